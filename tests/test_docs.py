"""What the documents say is there, is there."""

import ast
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import hailuo_widgets

ROOT = Path(__file__).parent.parent
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
