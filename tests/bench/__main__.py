"""All benchmarks, or those named: ``python -m tests.bench [imports submission kernel draft]``."""

import importlib
import sys

ALL = ("imports", "submission", "kernel", "draft")

if __name__ == "__main__":
    for name in sys.argv[1:] or ALL:
        importlib.import_module(f"tests.bench.{name}").run()
