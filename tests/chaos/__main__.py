"""``python -m tests.chaos --seed N [--trials T]``: trials N, N+1, ... of the fault laboratory."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))  # tests import their helpers flat

from chaos import laboratory

if __name__ == "__main__":
    sys.exit(laboratory.main(sys.argv[1:]))
