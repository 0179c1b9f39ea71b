"""All benchmarks, or those named: ``python -m tests.bench [imports submission kernel ...]``.

What stands behind a name and is none itself is handed to it: ``corpus FOLDER``.
"""

import importlib
import sys

ALL = (
    "imports", "submission", "uploads", "kernel", "http", "polling", "crowd", "history", "draft", "preview", "comparison", "peers", "corpus",
)  # fmt: skip

if __name__ == "__main__":
    asked = []
    for argument in sys.argv[1:] or ALL:
        if argument in ALL:
            asked.append((argument, []))
        else:
            asked[-1][1].append(argument)
    for name, rest in asked:
        importlib.import_module(f"tests.bench.{name}").run(*([rest] if rest else []))
