"""The README's one command from a frame and prompts to a report, with nobody before it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from hailuo_widgets.library.library import Library
from tests.support import run_notebooks
from tests.support.places import ROOT

pytestmark = pytest.mark.long

README = ROOT / "README.md"
PROMPTS = "slow push in | [Pan left] dawn"
COMMAND = f"""papermill 05_report.ipynb - -p frame images/cat.jpg -p prompts "{PROMPTS}" \\
  | jupyter nbconvert --stdin --to hailuo --output report"""
QUICK = "[Static shot] dawn | [Static shot] “dusk” & 'rain'"


def run(folder):
    """Run it in a shell, in a home where nobody has been."""
    home = folder / "home"
    home.mkdir(exist_ok=True)
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("HAILUO", "JUPYTER", "WAVESPEED"))
    }
    return subprocess.run(
        ["bash", "-euo", "pipefail", "-c", COMMAND.replace(PROMPTS, QUICK)],
        cwd=folder, capture_output=True, text=True, check=True,
        env={**kept, "HOME": str(home), "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"},
    )  # fmt: skip


def jobs(folder):
    library = Library(folder / "hailuo-library")
    entries, _ = library.ledger.history.page()
    library.close()
    return {(entry.row.id, entry.prompt, entry.row.service) for entry in entries}


def test_one_command_ends_as_a_report_and_a_second_run_makes_nothing(tmp_path):
    assert COMMAND in README.read_text(encoding="utf-8")
    run_notebooks.beside_a_copy(run_notebooks.NOTEBOOKS / "05_report.ipynb", tmp_path)
    done = run(tmp_path)
    made = jobs(tmp_path)
    assert {(prompt, service) for _, prompt, service in made} == {
        ("[Static shot] dawn", "emulator"),
        ("[Static shot] “dusk” & 'rain'", "emulator"),
    }
    page = (tmp_path / "report.html").read_text()
    assert page.count('<script type="text/plain" id="clip-') == 2
    assert "<mark>dawn</mark>" in page
    assert "This text stays out of the report" not in page
    assert str(tmp_path) not in page + done.stdout
    run(tmp_path)
    assert jobs(tmp_path) == made
    assert "$0, already in your library" in (tmp_path / "report.html").read_text()
