"""Where things lie in the checkout, and how a child process is started that imports from it."""

import os
from pathlib import Path

ROOT = Path(__file__).parents[2]
TESTS = ROOT / "tests"
DATA = TESTS / "data"
NOTEBOOKS = ROOT / "notebooks"
IMAGES = NOTEBOOKS / "images"


def importing(environment=None):
    """Return an environment (default: this process's) whose Python finds the kit and the tests."""
    environment = dict(os.environ if environment is None else environment)
    places = [str(ROOT), *filter(None, [environment.get("PYTHONPATH")])]
    return environment | {"PYTHONPATH": os.pathsep.join(places)}
