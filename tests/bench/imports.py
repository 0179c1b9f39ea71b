"""``import hailuo_widgets`` beside ``import ipywidgets``, whole processes, interleaved."""

import statistics
import subprocess
import sys
import time

from tests.bench.table import show

RUNS = 9


def seconds(statement):
    began = time.perf_counter()
    subprocess.run([sys.executable, "-c", statement], check=True)
    return time.perf_counter() - began


def run():
    took = {"import ipywidgets": [], "import hailuo_widgets": []}
    for _ in range(RUNS):
        for statement, times in took.items():
            times.append(seconds(statement))
    medians = {statement: statistics.median(times) for statement, times in took.items()}
    peer = medians["import ipywidgets"]
    rows = [(name, f"{value * 1000:.0f}", f"{value / peer:.2f}") for name, value in medians.items()]
    show("Import (goal: ratio <= 1.15)", ("statement", "ms", "ratio"), rows)
