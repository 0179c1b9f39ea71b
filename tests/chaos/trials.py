"""Many trials, in several processes side by side, and what came of them."""

import argparse
import json
import logging
import subprocess
import sys
import tempfile
import traceback
from collections import Counter
from pathlib import Path

from tests.chaos.fault_phase import AROUND
from tests.chaos.schedule import draw
from tests.chaos.trial import Laboratory
from tests.support.places import ROOT

MEMORY = Path("/dev/shm")
LANES = 4
"""A trial mostly waits, so there are more lanes than cores."""


def main(arguments):
    """Run trials as the command line says; the exit code tells whether all held."""
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("--seed", type=int, default=0, help="number of the first trial")
    parser.add_argument("--trials", type=int, default=1)
    parser.add_argument("--lanes", type=int, default=LANES, help="trials at the same time")
    parser.add_argument("--step", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.step:
        _lane(options.seed, options.trials, options.step)
        return 0
    results = run(options.seed, options.trials, options.lanes, report=_report)
    _summary(results)
    return 1 if any(each["problems"] for each in results) else 0


def run(seed, trials, lanes=LANES, report=lambda _: None):
    """Run trials; return their results.

    Parameters
    ----------
    report : callable
        Told of each result as it comes.

    Returns
    -------
    list of dict
        ``seed``, ``problems``, ``counts``, ``seconds``; a lane that ended early is a problem.
    """
    lanes = min(lanes, trials)
    running = [
        subprocess.Popen(
            [sys.executable, "-m", "tests.chaos", "--seed", str(seed + lane),
             "--trials", str(len(range(seed + lane, seed + trials, lanes))), "--step", str(lanes)],
            cwd=ROOT,
            stdout=subprocess.PIPE,
        )
        for lane in range(lanes)
    ]  # fmt: skip
    results = []
    for line in _lines(running):
        results.append(json.loads(line))
        report(results[-1])
    missing = set(range(seed, seed + trials)) - {each["seed"] for each in results}
    for lost in sorted(missing)[:1]:
        ended = {"seed": lost, "problems": ["the laboratory broke"], "counts": {}, "seconds": 0}
        results.append(ended)
        report(ended)
    return sorted(results, key=lambda each: each["seed"])


def _lines(running):
    """Give the lines of all lanes as they come."""
    import selectors

    with selectors.DefaultSelector() as selector:
        for process in running:
            selector.register(process.stdout, selectors.EVENT_READ)
        while selector.get_map():
            for key, _ in selector.select():
                line = key.fileobj.readline()
                if line:
                    yield line
                else:
                    selector.unregister(key.fileobj)
                    key.fileobj.close()
    for process in running:
        process.wait()


def _lane(seed, trials, step):
    """Run every `step`-th trial from a number on; print each result as a line of JSON."""
    logging.getLogger("uvicorn").setLevel(logging.CRITICAL)  # it tells of each restart at length
    # Ledgers are on disk before a call returns; where that costs nothing, trials are quick.
    place = MEMORY if MEMORY.is_dir() else None
    with tempfile.TemporaryDirectory(prefix="chaos-", dir=place) as folder:
        laboratory = Laboratory(Path(folder))
        try:
            for number in range(seed, seed + trials * step, step):
                try:
                    line = vars(laboratory.run(number))
                except Exception:  # noqa: BLE001  a trial that cannot be run is told like one that failed
                    trouble = f"the laboratory broke: {traceback.format_exc()}"
                    line = {"seed": number, "problems": [trouble], "counts": {}, "seconds": 0.0}
                print(json.dumps(line), flush=True)
        finally:
            laboratory.close()


def replay(seed):
    """How a person sees a trial again."""
    return f"make chaos SEED={seed} TRIALS=1"


def _report(result):
    if result["problems"]:
        print(f"\ntrial {result['seed']} FAILED; see it again: {replay(result['seed'])}")
        for problem in result["problems"]:
            print(f"  - {problem}")
        print("\n".join(draw(result["seed"]).lines()), flush=True)


def _summary(results):
    counts = sum((Counter(each["counts"]) for each in results), Counter())
    failed = [each["seed"] for each in results if each["problems"]]
    seconds = sorted(each["seconds"] for each in results)
    print(f"\n{len(results)} trials, {len(failed)} failed {failed or ''}")
    print(f"median {seconds[len(seconds) // 2]:.2f} s, longest {seconds[-1]:.2f} s")
    quirks = {name: count for name, count in counts.items() if name.startswith("Q")}
    around = {name: count for name, count in counts.items() if name.startswith(AROUND)}
    for name in sorted(counts.keys() - quirks.keys() - around.keys()):
        print(f"  {name:28} {counts[name]:7}")
    told = ", ".join(f"{name.removeprefix(AROUND)} {around[name]}" for name in sorted(around))
    print(f"  faults around the kit        {sum(around.values()):7}  ({told})")
    struck = ", ".join(f"{q} {quirks[q]}" for q in sorted(quirks, key=lambda q: int(q[1:])))
    print(f"  faults of the service        {sum(quirks.values()):7}  ({struck})")
