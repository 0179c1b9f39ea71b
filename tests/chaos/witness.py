"""What stands on the disk when a paid request begins to arrive: looked up by name, from outside.

The file is opened anew each time by its path. A kernel that writes on in a ledger whose folder was
deleted, moved or replaced has no line here, whatever its own connection says.
"""

import contextlib
import sqlite3
from collections import Counter

_PATIENCE_SECONDS = 1.0
_TRIES = 3


def durable_lines(library):
    """Count, by prompt, the takes that a library holds as about to be sent, or as sent.

    One whose kernel has just ended may be in doubt by now: another kernel was quicker than the wire.

    Parameters
    ----------
    library : Path
        Its folder; neither it nor its ledger needs to be there.

    Returns
    -------
    Counter
        Empty where there is no ledger, or one that cannot be read.
    """
    for _ in range(_TRIES):
        with contextlib.suppress(sqlite3.Error):
            return _read(library / "ledger.sqlite3")
    return Counter()


def _read(path):
    ledger = sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True, timeout=_PATIENCE_SECONDS)
    with contextlib.closing(ledger):
        found = ledger.execute(
            "SELECT requests.prompt, COUNT(*) FROM jobs"
            " JOIN requests ON requests.hash = jobs.request_hash"
            " WHERE jobs.state IN ('intent', 'sent', 'unknown') GROUP BY requests.prompt"
        )
        return Counter(dict(found.fetchall()))
