# Everything a person runs, and everything CI runs. `make help` lists it.
.DEFAULT_GOAL := help
SHELL := /bin/bash -euo pipefail

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
NODE_MODULES := tests/js/node_modules
# Jupyter refuses root unless told; in a container there is often nobody else.
AS_ROOT := $(if $(filter 0,$(shell id -u)),--allow-root)
LAB_FLAGS ?=

.PHONY: help
help: ## list what can be made
	@echo "make ..."
	@sed -nE 's/^([a-z-]+):.*## (.*)/  \1\t\2/p' $(MAKEFILE_LIST) | expand -t 12

.PHONY: lab
lab: $(VENV)/.lab ## set everything up and open JupyterLab on the first notebook
	$(BIN)/jupyter lab $(AS_ROOT) $(LAB_FLAGS) notebooks/01_first_clip.ipynb

.PHONY: demo
demo: $(VENV)/.lab ## set everything up and render a sample picture in the terminal
	$(BIN)/python -m hailuo_widgets notebooks/images/dandelions.jpg \
		"[Push in] slowly, golden hour light, drifting dust"

# More than the two cores: most tests wait for a process, a socket or a disk at times.
PROCESSES ?= 4
.PHONY: test
test: $(VENV)/.test chromium ## set everything up and run all tests, browser included
	$(BIN)/node --test "tests/js/**/*.test.mjs"
	$(BIN)/pytest -m "not browser and not alone" --numprocesses=$(PROCESSES) --dist=loadfile --no-loadscope-reorder
	$(BIN)/pytest -m "browser and not alone" --numprocesses=3 --dist=loadfile
	$(BIN)/pytest -m alone

.PHONY: quick
quick: $(VENV)/.test ## the tests without browser and fault laboratory, for the loop at work
	$(BIN)/pytest -m "not browser and not alone and not long and not slow" --numprocesses=2 --dist=worksteal

.PHONY: check
check: $(VENV)/.test $(NODE_MODULES)/.installed ## formatting, lint, types, JavaScript types, import rules
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/node $(NODE_MODULES)/typescript/bin/tsc --project tests/js/tsconfig.json
	$(BIN)/node --test tests/js/structure.test.mjs
	$(BIN)/pytest -q tests/test_structure.py

.PHONY: bench
bench: $(VENV)/.test chromium ## measure against peers; prints tables, takes some minutes
	$(BIN)/python -m tests.bench

SEED ?= 0
TRIALS ?= 200
.PHONY: chaos
chaos: $(VENV)/.test ## the fault laboratory: make chaos SEED=n TRIALS=t, any trial again by its number
	$(BIN)/python -m tests.chaos --seed $(SEED) --trials $(TRIALS)

.PHONY: format
format: $(VENV)/.test ## put the code into its format
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

.PHONY: notebooks
notebooks: $(VENV)/.test ## run the notebooks and keep their outputs
	$(BIN)/python -m tests.support.run_notebooks

.PHONY: lock
lock: ## resolve anew what Binder installs, and pin it
	@.ci/need venv $(PYTHON)
	.ci/lock $(PYTHON)

FRAME ?= notebooks/images/dandelions.jpg
PROMPTS ?= [Push in] slowly, golden hour light | [Push in] slowly, storm light, rain
.PHONY: report
report: $(VENV)/.test ## shoot FRAME by PROMPTS="one | another" and write notebooks/report.html
	cd notebooks && export PATH="$(abspath $(BIN)):$$PATH" && \
		papermill --kernel python3 05_report.ipynb - -p frame "$(abspath $(FRAME))" -p prompts "$(PROMPTS)" \
		| jupyter nbconvert --stdin --to hailuo --output report

.PHONY: clean
clean: ## remove what the other commands made (never a library)
	rm -rf $(VENV) $(NODE_MODULES) .mypy_cache .ruff_cache .pytest_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

.PHONY: chromium
chromium:
	@.ci/need chromium

$(VENV)/bin/python:
	@.ci/need venv $(PYTHON)
	$(PYTHON) -m venv $(VENV)

$(VENV)/.lab: pyproject.toml | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --editable ".[lab]"
	@touch $@

$(VENV)/.test: pyproject.toml | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --editable ".[test]"
	@touch $@ $(VENV)/.lab

$(NODE_MODULES)/.installed: tests/js/package-lock.json | $(VENV)/.test
	PATH="$(abspath $(BIN)):$$PATH" $(BIN)/npm --prefix tests/js ci --no-audit --no-fund --silent
	@touch $@
