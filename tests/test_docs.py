"""What the documents say is there, is there."""

import ast
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import hailuo_widgets
from tests.support.places import ROOT

DOCUMENTS = ["README.md", "CONTRIBUTING.md", "CHANGELOG.md"]
FENCED = re.compile(r"^```(\w*)\n(.*?)^```", re.MULTILINE | re.DOTALL)


def text_of(name):
    return (ROOT / name).read_text(encoding="utf-8")


@pytest.mark.parametrize("name", DOCUMENTS)
def test_links_and_pictures_lead_somewhere(name):
    for target in re.findall(r"\]\(([^)#]+)\)", text_of(name)):
        assert target.startswith("https://") or (ROOT / target).exists(), target


@pytest.mark.parametrize("name", DOCUMENTS)
def test_make_targets_exist(name):
    offered = set(re.findall(r"^([a-z-]+):.*##", text_of("Makefile"), re.MULTILINE))
    for block in FENCED.findall(text_of(name)):
        assert set(re.findall(r"^make ([a-z-]+)", block[1], re.MULTILINE)) <= offered


@pytest.mark.parametrize("name", DOCUMENTS)
def test_python_examples_use_public_names_only(name):
    for language, source in FENCED.findall(text_of(name)):
        if language != "python":
            continue
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.Attribute) and getattr(node.value, "id", "") == "hw":
                assert node.attr in hailuo_widgets.__all__


def test_the_terminal_commands_of_the_readme_are_understood():
    for line in re.findall(r"^python -m hailuo_widgets .*$", text_of("README.md"), re.MULTILINE):
        flags = set(re.findall(r"--?[a-z][a-z-]*", line.split("hailuo_widgets", 1)[1]))
        done = subprocess.run(
            [sys.executable, "-m", "hailuo_widgets", "--help"],
            capture_output=True, text=True, check=True,
        )  # fmt: skip
        assert all(re.search(rf"(?<![\w-]){flag}(?![\w-])", done.stdout) for flag in flags), line


PROGRAMS = frozenset({"jupyter", "python", "voila", "papermill", "make"})


def commands():
    """Every command of the README: fenced lines, and what stands in backquotes and begins like one."""
    text = text_of("README.md")
    for language, block in FENCED.findall(text):
        if language in {"", "bash", "sh", "console"}:
            for line in block.replace("\\\n", " ").split("\n"):
                yield from (part.strip() for part in line.split("|"))
    yield from re.findall(r"`([^`\n]+)`", re.sub(FENCED, "", text))


@pytest.mark.parametrize(
    "words",
    sorted(
        {
            tuple(line.split()[:2])
            for line in commands()
            if line.split()[:1] and line.split()[0] in PROGRAMS
        }
    ),
    ids=" ".join,
)
def test_each_command_of_the_readme_is_a_program_that_is_there(words):
    program = words[0]
    scripts = Path(sys.executable).parent
    if program in {"python", "make"}:
        return_code = subprocess.run(
            [program, "--version"], capture_output=True, check=False
        ).returncode
        assert return_code == 0
    elif program == "jupyter":
        # `jupyter x` runs the program jupyter-x.
        assert (scripts / f"jupyter-{words[1]}").exists(), words
    elif program == "voila":
        # An extra of its own, not needed for the tests: but its own package must name such a program.
        requirement = tomllib.loads(text_of("pyproject.toml"))["project"]["optional-dependencies"]
        assert any(each.startswith("voila") for each in requirement["app"])
        assert not (scripts / "jupyter-voila").exists()
    else:
        assert (scripts / program).exists(), words


def test_the_readme_warns_of_notebooks_from_elsewhere_where_it_tells_of_the_key():
    (said,) = [
        part
        for part in text_of("README.md").split("\n\n")
        if "WAVESPEED_API_KEY" in part and "memory" in part
    ]
    for word in ("scripts", "saved", "before any cell runs", "anywidget"):
        assert word in said


def test_each_dependency_has_its_line():
    project = tomllib.loads(text_of("pyproject.toml"))["project"]
    table = text_of("CONTRIBUTING.md").split("## Dependencies")[1]
    for requirement in project["dependencies"]:
        name = re.match(r"[\w-]+", requirement).group()
        assert name in table.lower(), name


def test_the_map_shows_every_folder():
    house = text_of("CONTRIBUTING.md").split("## Rules")[0]
    for folder in (ROOT / "hailuo_widgets").iterdir():
        if folder.is_dir() and folder.name != "__pycache__":
            assert f"hailuo_widgets/{folder.name}/" in house


def test_every_photograph_has_its_source():
    sources = text_of("notebooks/images/SOURCES.txt")
    for picture in (ROOT / "notebooks" / "images").glob("*.jpg"):
        assert picture.name in sources
