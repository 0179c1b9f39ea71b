"""What pages ask and what kernels answer are the same kinds of questions, in both languages."""

import ast
import re
from pathlib import Path

from hailuo_widgets import widgets

FOLDER = Path(widgets.__path__[0])
SCRIPTS = "\n".join(path.read_text(encoding="utf-8") for path in sorted(FOLDER.rglob("*.js")))


def answered():
    """Return the kinds that handlers are named for, in every widget."""
    kinds = {"now"}  # every widget answers it: see Rpc
    for module in FOLDER.rglob("*.py"):
        for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef) and node.name == "handlers":
                kinds |= {
                    key.value
                    for each in ast.walk(node)
                    if isinstance(each, ast.Dict)
                    for key in each.keys
                    if isinstance(key, ast.Constant)
                }
    return kinds


def test_whatever_a_page_asks_has_a_handler():
    asked = set(re.findall(r"\bask\(\s*\"(\w+)\"", SCRIPTS))
    assert len(asked) > 30
    assert asked <= answered()


def test_whatever_a_kernel_answers_is_asked_by_a_page():
    assert {kind for kind in answered() if f'"{kind}"' not in SCRIPTS} == set()
