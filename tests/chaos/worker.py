"""A process that carries jobs: a kernel without Jupyter, with a person who presses Run.

It says everything it is told and shown to the laboratory. Nothing of the kit is replaced; deaths
come from where they come in life: from outside, or from the operating system within a write.
"""

import logging
import os
import traceback
from dataclasses import dataclass, field
from pathlib import Path

from tests.chaos.drafts import Drafts
from tests.chaos.schedule import Kernel
from tests.chaos.user_session import LOADED, Life
from tests.support import samples

PATIENCE_SECONDS = 15.0
"""For everything a worker has to bring to its end: a hundred times what it takes."""

WEARY_SECONDS = 3.0
"""After which a person restarts a kernel that waits for a full disk, or for one that does."""


@dataclass(frozen=True)
class Script:
    """What a worker does.

    Attributes
    ----------
    began : float
        When the hurried world began.
    patience : float
        Seconds for everything it has to bring to its end.
    weary : bool
        Whether its person may give up waiting and shut it down, because a disk is full.
    wait_for_price : bool
        Whether its person presses only when the service has named its price.
    morning : bool
        Whether it is the one that comes after everything, resumes and reconciles.
    environment : dict
        Variables that it begins with.
    """

    kernel: Kernel
    library: Path
    url: str
    budget: object
    tier: str
    began: float
    patience: float = PATIENCE_SECONDS
    weary: bool = False
    wait_for_price: bool = False
    morning: bool = False
    environment: dict = field(default_factory=dict)


def load():
    """Import what workers use, so that a fork has it; no thread may begin here."""
    import av  # noqa: F401
    import httpx  # noqa: F401

    from hailuo_widgets.frame.frame import Frame
    from hailuo_widgets.jobs.runner import api  # noqa: F401

    # An empty trust store: reading the usual one is half of a short life, and all is plain HTTP.
    os.environ["SSL_CERT_DIR"] = str(Path(__file__).parent)
    LOADED["frame"] = frame = Frame(samples.picture())
    assert frame.problems == ()


def live(connection):
    """Be a worker until the end of its script."""
    script = connection.recv()
    logging.disable()  # what goes wrong here is meant to
    os.setpgid(0, 0)  # as a kernel of Jupyter: its group is itself and what it starts
    os.environ.update(script.environment)
    life = (Drafts if script.kernel.drafts else Life)(script, connection)
    try:
        life.go()
    except BaseException:  # noqa: BLE001  whatever it is, the laboratory must hear of it
        life.say("broken", traceback.format_exc())
    life.say("done")
