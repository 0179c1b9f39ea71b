"""The house's own rules: which way imports run, and who may use which library."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import hailuo_widgets

PACKAGE = Path(hailuo_widgets.__file__).parent
MODULES = sorted(PACKAGE.rglob("*.py"))

# What each folder may stand on, besides itself and errors.
STANDS_ON = {
    "errors.py": set(),
    "request": set(),
    "library": {"request"},
    "jobs": {"library", "request"},
    "widgets": {"jobs", "library", "request"},
    # Of the widgets a report takes what the page needs: their scripts and styles.
    "report": {"library", "request", "widgets.assets"},
    "emulator": {"request.service", "request.prompt"},
    "__init__.py": {"jobs", "library", "report", "request", "widgets"},
    "__main__.py": {"jobs", "library", "request"},
}

# Who may use which library. A name stands for itself and everything below it.
ONLY_IN = {
    "httpx": {"jobs"},
    "h11": {"jobs/line.py"},
    "sqlite3": {
        "library/store.py",
        "library/migrations.py",
        "library/salvage.py",
        "emulator/state.py",
    },
    "av": {
        "library/film.py",
        "library/coding.py",
        "library/flipbook.py",
        "library/joining.py",
        "library/media.py",
        "library/mosaic.py",
        "library/packets.py",
        "library/reel.py",
        "library/shrink.py",
        "library/sound.py",
        "library/splicing.py",
        "library/streams.py",
        "emulator/draft",
    },
    "cv2": {"library/media.py", "emulator/draft"},
    "numpy": {"emulator/draft", "library/mosaic.py", "library/sound.py", "request"},
    "ipywidgets": {"widgets"},
    "anywidget": {"widgets"},
    "traitlets": {"report", "widgets"},
    "pandas": {"jobs/sweep.py", "jobs/sweep_table.py"},
    "IPython": {"report/running.py", "widgets", "__init__.py"},
    "nbconvert": {"report"},
    "jinja2": {"report"},
    "bs4": {"report"},
    "starlette": {"emulator"},
    "uvicorn": {"emulator"},
    "nest_asyncio2": {"jobs/job.py"},
    "c2pa": {"library/signing.py"},
    "cryptography": {"library/signing.py"},
}

HEAVY = [
    "av",
    "cv2",
    "numpy",
    "starlette",
    "nbconvert",
    "ipywidgets",
    "httpx",
    "PIL",
    "pandas",
    "c2pa",
]


def name_of(module):
    parts = module.relative_to(PACKAGE.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imports_of(module):
    """All modules a file imports, those for types only included."""
    found = set()
    for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{module.name}: imports are absolute"
            base = node.module or ""
            found.add(base)
            found.update(f"{base}.{alias.name}" for alias in node.names)
    return found


def relative(module):
    return module.relative_to(PACKAGE).as_posix()


@pytest.mark.parametrize("module", MODULES, ids=relative)
def test_imports_run_one_way(module):
    place = relative(module).split("/")[0]
    allowed = STANDS_ON[place] | {place.removesuffix(".py"), "errors"}
    for name in imports_of(module):
        head, _, rest = name.partition(".")
        # `from hailuo_widgets.request import service` names its parent too.
        if head != "hailuo_widgets" or rest in {"", "errors", "request"}:
            continue
        assert any(rest == room or rest.startswith(f"{room}.") for room in allowed), name


@pytest.mark.parametrize("module", MODULES, ids=relative)
def test_each_library_is_used_where_it_belongs(module):
    here = relative(module)
    for name in imports_of(module):
        places = ONLY_IN.get(name.partition(".")[0])
        if places is not None:
            assert any(here == place or here.startswith(f"{place}/") for place in places), name


def test_no_module_imports_itself_in_a_circle():
    known = {name_of(module): module for module in MODULES}
    edges = {
        name: {other for other in imports_of(module) if other in known and other != name}
        for name, module in known.items()
        if name != "hailuo_widgets"
    }
    done = set()

    def visit(name, path):
        assert name not in path, " -> ".join([*path, name])
        if name in done:
            return
        for other in edges.get(name, ()):
            visit(other, [*path, name])
        done.add(name)

    for name in edges:
        visit(name, [])


def test_importing_the_kit_loads_nothing_heavy_and_patches_nothing():
    script = (
        "import asyncio, sys; run, task = asyncio.run, asyncio.Task\n"
        "import hailuo_widgets\n"
        f"print([name for name in {HEAVY!r} if name in sys.modules])\n"
        "print(asyncio.run is run and asyncio.Task is task and 'nest_asyncio2' not in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout.split("\n")[:2] == ["[]", "True"]


def test_the_public_names_are_sorted_and_all_can_be_had():
    assert hailuo_widgets.__all__ == sorted(hailuo_widgets.__all__)
    for name in hailuo_widgets.__all__:
        assert getattr(hailuo_widgets, name) is not None


def test_an_unknown_public_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'Nothing'"):
        _ = hailuo_widgets.Nothing
