"""``python -m tests.chaos --seed N [--trials T]``: trials N, N+1, ... of the fault laboratory."""

import sys

from tests.chaos import trials

if __name__ == "__main__":
    sys.exit(trials.main(sys.argv[1:]))
