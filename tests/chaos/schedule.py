"""What happens in a trial, all of it drawn from one number."""

import random
from dataclasses import dataclass, field
from decimal import Decimal

from tests.chaos import scenes
from tests.chaos.faulty_proxy import Mischief
from tests.chaos.quirks import HOUR, LATER, SHAPES, SUBMISSION
from tests.chaos.scenes import Act
from tests.chaos.tampering import Tampering
from tests.chaos.tunnel import Tunnel

SUBMISSION_CUTS = (
    "no-welcome", "cut-before", "cut-during", "cut-early", "cut-after", "cut-after", "cut-at-once",
    "half-head", "half-body", "garbage", "late", "slow", "hang-up",
)  # fmt: skip
LATER_CUTS = ("no-welcome", "cut-before", "cut-after", "half-head", "half-body", "garbage", "late",
              "slow", "hang-up")  # fmt: skip

STATES = ("intent", "sent", "accepted", "created", "processing", "completed", "downloaded")
STEPS = (
    *(f"submit:{step}" for step in ("head", "read", "passed", "answered", "delivered")),
    *(f"result:{step}" for step in ("head", "answered", "delivered")),
    *(f"output:{step}" for step in ("head", "answered", "half", "delivered")),
    *(f"list:{step}" for step in ("head", "delivered")),
)


@dataclass(frozen=True)
class Death:
    """When a worker is killed (SIGKILL, or SIGXFSZ within a write).

    ``kind`` is ``"state"`` (a job is told to be in that state), ``"wire"`` (the proxy sees that
    step), ``"call"`` (so many calls and returns inside jobs and library have been made),
    ``"time"`` (so many seconds have passed) or ``"write"`` (a file grows beyond so many bytes).
    """

    kind: str
    where: object
    nth: int = 1


@dataclass(frozen=True)
class Press:
    """A person asks for a clip: which prompt, and which take of it (a number or "another")."""

    prompt: str
    take: object = 1
    pause: float = 0.0


@dataclass(frozen=True)
class Kernel:
    """One process on the library.

    Attributes
    ----------
    resumes : bool
        Whether it takes up what was left before it presses anything.
    mischief : tuple of Mischief
        At its door to the service.
    disk_bytes : int or None
        No file may grow beyond: the disk is full there.
    disk_freed : float or None
        After how many seconds somebody frees it.
    clock : tuple of (float, float)
        How far its clock is off at the beginning, and by how much it jumps in the middle.
    offline : bool
        Whether nobody listens where it looks for the service.
    hasty : bool
        Whether its person takes the first candidate offered for a lost submission.
    together : bool
        Whether all that has a number is asked for at one press.
    broke : bool
        Whether its person connects without naming a budget.
    encoding : str
        How every answer that it gets is compressed; empty: not at all.
    interrupts : tuple of (str, int)
        At which steps on the wire, and which time, its process group gets SIGINT.
    environment : dict
        Variables that it is started with.
    host : str
        How loopback is spelled in the service's address.
    trap : bool
        Whether there is a proxy for http in its environment, which must never hear from it.
    tunnel : Tunnel or None
        What its proxy does, when the service is reached through one.
    act : Act or None
        What is done to its library, or to the price, while it lives.
    drafts : str
        One of :data:`chaos.scenes.DRAFTS`: it renders drafts, and its emulator ends so.
    """

    presses: tuple[Press, ...]
    resumes: bool = True
    mischief: tuple[Mischief, ...] = ()
    death: Death | None = None
    disk_bytes: int | None = None
    disk_freed: float | None = None
    clock: tuple[float, float] = (0.0, 0.0)
    offline: bool = False
    hasty: bool = False
    together: bool = False
    broke: bool = False
    encoding: str = ""
    interrupts: tuple[tuple[str, int], ...] = ()
    environment: dict = field(default_factory=dict)
    host: str = "127.0.0.1"
    trap: bool = False
    tunnel: Tunnel | None = None
    act: Act | None = None
    drafts: str = ""

    @property
    def told(self):
        """What is out of the ordinary, for people."""
        usual = Kernel(())
        return {name: value for name, value in vars(self).items() if value != getattr(usual, name)}


@dataclass(frozen=True)
class Session:
    """Kernels that run at the same time, and what the service does meanwhile.

    Attributes
    ----------
    tampering : Tampering or None
        What a stranger writes into the ledger before it, and what is taken out behind it.
    restart : (str, int) or None
        At which step on the wire of the first kernel, and which time, the service ends and begins.
    """

    kernels: tuple[Kernel, ...]
    faults: tuple[dict, ...] = ()
    tampering: Tampering | None = None
    restart: tuple[str, int] | None = None


@dataclass(frozen=True)
class Plan:
    """One trial.

    Attributes
    ----------
    ids : str
        One of :data:`chaos.names.FORMS`, when the service names its predictions so.
    """

    seed: int
    price: Decimal
    budget: Decimal
    tier: str
    settings: dict
    sessions: tuple[Session, ...]
    shapes: tuple[dict, ...]
    presses: tuple[Press, ...] = field(default=())
    ids: str = ""

    @property
    def repriced(self):
        """Whether the price changes on the way."""
        kernels = (kernel for session in self.sessions for kernel in session.kernels)
        return any(kernel.act is not None and kernel.act.price for kernel in kernels)

    def lines(self):
        """What it is, for people."""
        ids = f", ids with {self.ids}" if self.ids else ""
        yield f"seed {self.seed}: {self.tier}, {self.price} each, budget {self.budget}{ids}"
        for session in self.sessions:
            yield f"  session, faults {[*session.faults]}"
            if session.tampering or session.restart:
                yield f"    {session.tampering or ''} {session.restart or ''}"
            for kernel in session.kernels:
                yield f"    {kernel.told}"
        yield f"  shapes in the morning {[*self.shapes]}"


def draw(seed):
    """Draw a trial."""
    dice = random.Random(f"chaos {seed}")
    price = Decimal(dice.choices(("0.49", "0.55"), (9, 1))[0])
    tier = dice.choices(("ultra", "bronze"), (5, 1))[0]
    presses = _presses(dice)
    budget = price * dice.choice((len(presses) + 3, len(presses), max(1, len(presses) - 1), 1))
    sessions = tuple(
        _session(dice, presses, number) for number in range(dice.choice((1, 1, 2, 2, 3)))
    )
    shapes = tuple(
        {"quirk": quirk, "variant": variant, "share": 1.0, **_shape_place(quirk)}
        for quirk, variant in dice.sample(SHAPES, dice.choice((0, 0, 1, 2)))
    )
    settings = {
        "latency": "real",
        "latency_seconds": dice.choice(([1, 10], [5, 40], [30, 90])),
        "tier": tier,
        "price": str(price),
        "refund_seconds": dice.choice((0, 60, HOUR)),
        "seed": seed,
    }
    plan = Plan(seed, price, budget, tier, settings, sessions, shapes, presses)
    return scenes.stage(random.Random(f"scenes {seed}"), plan)


def _shape_place(quirk):
    return {"at": ["submit", "result", "list", "price", "billings"]} if quirk == 50 else {}


def _presses(dice):
    prompts = [f"p{number}" for number in range(dice.choice((1, 1, 2, 3, 4)))]
    presses = [Press(prompt) for prompt in prompts]
    if dice.random() < 0.3:
        presses.append(Press(dice.choice(prompts), 2))
    if dice.random() < 0.2:
        presses.append(Press(dice.choice(prompts), "another"))
    return tuple(presses)


def _session(dice, presses, number):
    kernels = 2 if dice.random() < 0.3 else 1
    faults = []
    for of, table, most in (("submission", SUBMISSION, 2), ("later", LATER, 3)):
        for quirk, variant, wishes in dice.sample(table, dice.randint(0, most)):
            fault = {"of": of, "quirk": quirk, "seed": dice.randrange(1 << 30), **wishes}
            if variant is not None:
                fault["variant"] = variant
            if dice.random() < 0.5:
                fault["times"] = dice.choice((1, 1, 2, 4))
                fault["skip"] = dice.choice((0, 0, 1, 2))
            else:
                fault["share"] = dice.choice((0.3, 0.6, 1.0))
                fault["times"] = 6
            faults.append(fault)
    made = tuple(_kernel(dice, presses, number, mate) for mate in range(kernels))
    return Session(made, tuple(faults))


def _kernel(dice, presses, number, mate):
    chosen = list(presses)
    if number or mate:
        # Later, and elsewhere, most things are asked for again and some are not.
        chosen = [press for press in presses if dice.random() < 0.8 and press.take != "another"]
    dice.shuffle(chosen)
    chosen = tuple(
        Press(each.prompt, each.take, dice.choice((0.0, 0.0, 0.002, 0.02))) for each in chosen
    )
    return Kernel(
        presses=chosen,
        resumes=dice.random() < 0.8,
        mischief=_mischief(dice),
        death=_death(dice) if dice.random() < 0.6 else None,
        disk_bytes=int(10 ** dice.uniform(4.3, 5.7)) if dice.random() < 0.12 else None,
        disk_freed=dice.choice((None, 0.02, 0.1)),
        clock=_clock(dice) if dice.random() < 0.25 else (0.0, 0.0),
        offline=dice.random() < 0.04,
        hasty=dice.random() < 0.3,
    )


def _mischief(dice):
    found = []
    if dice.random() < 0.45:
        found.append(_one_mischief(dice, "submit", SUBMISSION_CUTS))
    targets = [each for each in ("result", "list", "output", "price") if dice.random() < 0.2]
    return (*found, *(_one_mischief(dice, target, LATER_CUTS) for target in targets))


def _one_mischief(dice, target, kinds):
    return Mischief(
        target,
        dice.randint(1, 3),
        dice.choice(kinds),
        dice.random() < 0.5,
        dice.choice((0.005, 0.03)),
    )


def _death(dice):
    kind = dice.choices(("state", "wire", "call", "time", "write"), (4, 4, 6, 1, 2))[0]
    nth = dice.choice((1, 1, 1, 2, 3))
    if kind == "state":
        return Death(kind, dice.choice(STATES), nth)
    if kind == "wire":
        return Death(kind, dice.choice(STEPS), nth)
    if kind == "call":
        return Death(kind, int(10 ** dice.uniform(1, 4)))
    if kind == "time":
        return Death(kind, dice.uniform(0.0, 0.2))
    return Death(kind, int(10 ** dice.uniform(4.3, 5.7)))


def _clock(dice):
    def jump():
        return dice.choice((1, -1)) * dice.choice((0.0, 30.0, HOUR, 30 * HOUR))

    return jump(), jump()
