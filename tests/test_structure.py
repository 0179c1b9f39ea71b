"""The house's own rules: which way imports run, and who may use which library."""

import ast
import re
import subprocess
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

import hailuo_widgets
from tests.support.places import TESTS

PACKAGE = Path(hailuo_widgets.__file__).parent
MODULES = sorted(PACKAGE.rglob("*.py"))
PACKAGES = packages_distributions()

# Bottom to top: what each room may stand on, besides itself and the leaves.
LEAVES = {"errors", "renamed", "text", "terminal"}
STANDS_ON = {
    "errors": set(),
    "renamed": set(),
    "text": set(),
    "terminal": set(),
    "service": set(),
    "redaction": {"service"},
    "child_process": {"redaction"},
    "money": set(),
    "network": {"redaction"},
    # What is asked for.
    "files": set(),
    "prompt": {"service"},
    "frame": {"files", "network", "service"},
    "request": {"frame", "service"},
    "request.sweep": {"request", "prompt", "frame", "files"},
    # What is kept.
    # One way of opening a regular file.
    "media.formats": {"files"},
    "media.provenance": {"media.formats", "files", "frame", "request", "service"},
    "media": {"media.formats", "media.provenance", "files", "frame"},
    "media.video": {"media", "media.formats", "files"},
    "media.editing": {"media.video", "media", "media.formats", "files"},
    "library.ledger": {"media", "request", "frame", "files", "money", "service"},
    "library": {
        "library.ledger",
        "media.formats", "media", "media.provenance", "request", "frame", "files", "service",
    },
    # How it is asked for.
    "jobs": {"redaction"},
    "jobs.wavespeed": {
        "jobs", "library.ledger",
        "media.formats", "media", "media.provenance", "request", "frame", "files",
        "money", "network", "service", "redaction",
    },
    "jobs.services": {
        "jobs.wavespeed", "jobs", "library", "library.ledger", "request", "frame", "money",
        "network", "service", "redaction", "child_process",
    },
    "jobs.runner": {
        "jobs.services", "jobs.wavespeed", "jobs", "library", "library.ledger", "media", "request",
        "frame", "money", "service",
    },
    "jobs.sweep": {
        "jobs.runner", "jobs.services", "jobs.wavespeed", "library", "library.ledger",
        "request", "request.sweep", "frame", "files", "money",
    },
    # How it is shown and handed on.
    "widgets.shared": {
        "jobs.runner", "jobs.services", "jobs.wavespeed", "library.ledger", "media", "frame",
        "files", "money",
    },
    "widgets.player": {"widgets.shared", "media"},
    "widgets.frame_well": {
        "widgets.shared", "media", "media.formats", "media.provenance", "frame",
    },
    "widgets.job_view": {"widgets.player", "widgets.shared", "jobs.runner"},
    "widgets.shot_preview": {"widgets.shared", "jobs.runner", "jobs.services", "frame"},
    "widgets.compare": {
        "widgets.player", "widgets.shared", "jobs.sweep", "jobs.runner", "jobs.services",
        "library.ledger", "media", "media.formats", "media.video", "media.editing",
        "request", "request.sweep", "prompt", "frame", "files", "money",
    },
    "widgets": {
        "widgets.compare", "widgets.job_view", "widgets.player", "widgets.shared",
        "jobs.sweep", "jobs.runner", "media", "request", "frame",
    },
    "widgets.studio": {
        "widgets", "widgets.frame_well", "widgets.shot_preview", "widgets.player",
        "widgets.shared", "jobs.runner", "jobs.services", "library", "library.ledger", "media",
        "media.provenance", "request", "prompt", "frame", "files", "service",
    },
    "widgets.history": {
        "widgets.studio", "widgets.player", "widgets.shared", "jobs.runner", "jobs.services",
        "library", "library.ledger", "frame", "money", "service",
    },
    "widgets.strip": {
        "widgets.studio", "widgets.player", "widgets.shared", "jobs.runner", "media",
        "media.video", "media.editing", "frame", "files",
    },
    # Of the widgets a report takes what the page needs: their scripts, styles and states.
    "reports": {
        "files", "library", "media", "frame", "widgets.shared.bundle", "widgets.compare.state", "redaction",
        "child_process",
    },
    # Its drafts open and show pictures as the kit does; it judges requests by itself.
    # Files appear whole, and are hashed, in one way.
    "emulator": {
        "files", "service", "prompt", "frame.open_picture", "frame.colour", "frame.image_headers",
    },
    "": {"jobs", "library", "media", "reports", "request", "frame", "widgets"},
    "__main__": {"jobs", "files", "money", "prompt", "request"},
}  # fmt: skip
# Rooms that stand on whatever lies below their folder.
WHOLE = {"reports", "emulator", "", "__main__"}

# Who may use which library. A name stands for itself and everything below it.
ONLY_IN = {
    "httpx": {"jobs", "network", "frame/download.py"},
    "httpx_aiohttp": {"jobs/wavespeed/http.py"},
    "aiohttp": {"jobs/wavespeed/http.py"},
    "certifi": {"network/trust.py"},
    "truststore": {"network/trust.py"},
    # All parts of the ledger are the SQL of one file.
    "sqlite3": {"library/ledger", "emulator/account/database.py"},
    "av": {
        "media/formats/writer.py",
        "media/video/codec.py",
        "media/video/scrub_frames.py",
        "media/editing/concatenate.py",
        "media/editing/compose.py",
        "media/formats/open_media.py",
        "media/video/packet_index.py",
        "media/video/reader.py",
        "media/video/transcode.py",
        "media/video/audio.py",
        "media/video/audio_samples.py",
        "media/video/stream_copy.py",
        "media/provenance/same_streams.py",
        "media/formats/orientation.py",
        "emulator/draft",
    },
    "cv2": {"emulator/draft"},
    "numpy": {
        "emulator/draft",
        "frame",
        "media/editing/compose.py",
        "media/video/audio.py",
        "media/video/audio_samples.py",
    },
    "ipywidgets": {"widgets"},
    "anywidget": {"widgets"},
    "traitlets": {"reports", "widgets"},
    "pandas": {"jobs/sweep/sweep.py", "jobs/sweep/table.py"},
    "IPython": {"reports/current_notebook.py", "widgets", "__init__.py"},
    "nbconvert": {"reports"},
    "jinja2": {"reports"},
    "bs4": {"reports"},
    "starlette": {"emulator"},
    "uvicorn": {"emulator"},
    "rapidfuzz": {"prompt/word_diff.py"},
    "regex": {"prompt/word_diff.py"},
    "nest_asyncio2": {"jobs/runner/waiting.py"},
    "c2pa": {"media/provenance/content_credentials.py"},
    "cryptography": {"media/provenance/content_credentials.py"},
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
    "rapidfuzz",
    "regex",
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


def room_of(name):
    """The room that a module lies in, by the longest name that the table has."""
    parts = name.split(".")[1:]
    for length in range(len(parts), 0, -1):
        if ".".join(parts[:length]) in STANDS_ON:
            return ".".join(parts[:length])
    return ""


def test_the_rooms_stand_one_on_another():
    """Each room is named in the table after all that it stands on, so there is no way around."""
    above = list(STANDS_ON)
    for room, below in STANDS_ON.items():
        for other in below:
            lower = room_of(f"hailuo_widgets.{other}")
            assert room in WHOLE or above.index(lower) < above.index(room), f"{room} on {other}"


@pytest.mark.parametrize("module", MODULES, ids=relative)
def test_imports_run_one_way(module):
    here = room_of(name_of(module))
    for name in imports_of(module):
        head, _, rest = name.partition(".")
        # `from hailuo_widgets.frame import source` names its parent too.
        if head != "hailuo_widgets" or (PACKAGE / rest.replace(".", "/")).is_dir():
            continue
        there = room_of(name)
        if there in {here, *LEAVES}:
            continue
        allowed = STANDS_ON[here]
        within = any(rest == each or rest.startswith(f"{each}.") for each in allowed)
        assert there in allowed or (here in WHOLE and within), f"{name} ({there})"


MOST_ENTRIES = 25
GENERATED = {"__pycache__", "node_modules", "build", "build.lock", ".hypothesis"}


def folders_of(root):
    """Yield every folder below a root, itself included, but for what tools have made."""
    yield root
    for folder in root.rglob("*/"):
        if not GENERATED & set(folder.parts):
            yield folder


def test_no_folder_is_crowded():
    for folder in folders_of(PACKAGE):
        entries = [each for each in folder.iterdir() if each.name not in GENERATED]
        assert len(entries) <= MOST_ENTRIES, folder.relative_to(PACKAGE).as_posix()


def test_no_folder_of_tests_is_crowded():
    for folder in folders_of(TESTS):
        files = [each for each in folder.glob("*.py") if each.name != "__init__.py"]
        assert len(files) <= MOST_ENTRIES, folder.relative_to(TESTS).as_posix()


MOST_LINES = 350
MOST_LINES_OF_A_FUNCTION = 60

# Longer ones, and why each is read better in one piece.
LONG_MODULES: dict[str, str] = {}
LONG_FUNCTIONS: dict[str, str] = {
    "emulator/draft/plan/effect_words.py:_light": "a table: one row for each wording of a light",
}


def test_no_module_is_long_without_a_reason():
    long = {
        relative(module)
        for module in MODULES
        if module.read_text(encoding="utf-8").count("\n") > MOST_LINES
    }
    assert long == set(LONG_MODULES)


def lines_of(function):
    """Count a function's lines without its docstring, which is as long as it has to be."""
    length = function.end_lineno - function.lineno + 1
    if ast.get_docstring(function) is None:
        return length
    docstring = function.body[0]
    return length - (docstring.end_lineno - docstring.lineno + 1)


def test_no_function_is_long_without_a_reason():
    long = {
        f"{relative(module)}:{node.name}"
        for module in MODULES
        for node in ast.walk(ast.parse(module.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and lines_of(node) > MOST_LINES_OF_A_FUNCTION
    }
    assert long == set(LONG_FUNCTIONS)


TEST_MODULES = sorted(module for module in TESTS.rglob("*.py") if not GENERATED & set(module.parts))


def test_no_test_imports_another_test():
    """What two tests need lies in ``support/``."""
    for module in TEST_MODULES:
        for name in imports_of(module):
            assert not re.search(r"^tests\..*\btest_", name), f"{module.name}: {name}"


@pytest.mark.parametrize("module", MODULES, ids=relative)
def test_each_library_is_used_where_it_belongs(module):
    here = relative(module)
    for name in imports_of(module):
        places = ONLY_IN.get(name.partition(".")[0])
        if places is not None:
            assert any(here == place or here.startswith(f"{place}/") for place in places), name


def opens_of(module, *names):
    """Calls of such functions, and their arguments: (line, positional and named ones, as text)."""
    for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and ast.unparse(node.func) in names:
            given = [*node.args[1:2], *[key.value for key in node.keywords if key.arg == "mode"]]
            yield node.lineno, [ast.unparse(argument) for argument in given]


@pytest.mark.parametrize("module", MODULES, ids=relative)
def test_films_and_sounds_are_opened_at_one_door(module):
    doors = {"media/formats/open_media.py"}
    for line, given in opens_of(module, "av.open", "av.container.open", "open_container"):
        writes = any(mode in {"'w'", "'a'"} for mode in given)
        assert writes or relative(module) in doors, f"{relative(module)}:{line}"


@pytest.mark.parametrize("module", MODULES, ids=relative)
def test_pictures_are_opened_at_one_door(module):
    for line, _ in opens_of(module, "Image.open", "PIL.Image.open"):
        raise AssertionError(f"{relative(module)}:{line}")


# What an extra brings is asked for where it is used, and a sentence says so where it is missing.
BY_EXTRA = {
    "pandas": {"jobs/sweep/sweep.py", "jobs/sweep/table.py"},
    "c2pa": {"media/provenance/content_credentials.py"},
    "cryptography": {"media/provenance/content_credentials.py"},
    "nbconvert": {"reports"},
    "nbformat": {"reports"},
    "jinja2": {"reports"},
    "bs4": {"reports"},
    # Every kernel has it; without one there is no server to look for.
    "jupyter_core": {"widgets/shared/served.py"},
}


@pytest.mark.parametrize("module", MODULES, ids=relative)
def test_only_what_is_declared_is_imported(module):
    declared = tomllib.loads((PACKAGE.parent / "pyproject.toml").read_text())["project"]
    packages = {re.split(r"[^\w.-]", each)[0].lower() for each in declared["dependencies"]}
    here = relative(module)
    for name in imports_of(module):
        head = name.partition(".")[0]
        if head in sys.stdlib_module_names or head in {"hailuo_widgets", "__future__"}:
            continue
        brought_by = {each.lower() for each in PACKAGES.get(head, [head])}
        places = BY_EXTRA.get(head, set())
        allowed = any(here == place or here.startswith(f"{place}/") for place in places)
        assert allowed or brought_by & packages, name


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
