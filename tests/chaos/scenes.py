"""What happens around the kit in a trial, drawn from its number: disks, strangers, proxies, stops."""

from dataclasses import dataclass, replace

from tests.chaos import disguised_answers, names, tampering, trial_folders, tunnel
from tests.chaos.faulty_proxy import Mischief
from tests.chaos.tampering import Tampering
from tests.chaos.tunnel import Tunnel

NEW = "n0"
"""A prompt of a session that something is done in, so that something is left to be sent."""

DEARER = ("0.98", "0.51", "4.90")
CHEAPER = ("0.45",)

# What a person's environment may hold, and what has nothing to do with a service on loopback.
ENVIRONMENTS = (
    {"ALL_PROXY": "socks://127.0.0.1:9"},
    {"ALL_PROXY": "socks5://127.0.0.1:9"},
    {"all_proxy": "socks4a://user:sesame-of-the-proxy@127.0.0.1:9"},
    {"NO_PROXY": "localhost,fd00::/8"},
    {"NO_PROXY": "[::1],10.0.0.0/8"},
    {"HTTPS_PROXY": "127.0.0.1:9:9"},
    {"HTTP_PROXY": "htp//:oops"},
    {"SSL_CERT_FILE": "/nowhere/ca.pem"},
    {"SSL_CERT_DIR": "/nowhere/certificates"},
    {"REQUESTS_CA_BUNDLE": "/nowhere/ca.pem", "no_proxy": "*"},
)

# What makes the way to a service elsewhere unusable before anything can leave.
UNUSABLE = (
    {"HTTPS_PROXY": "socks://user:sesame-of-the-proxy@127.0.0.1:9"},
    {"HTTPS_PROXY": "http://user:sesame-of-the-proxy@[oops:1"},
    {"SSL_CERT_FILE": "/nowhere/ca.pem"},
)

LOOPBACK = ("127.0.0.1", "localhost", "[::1]")

INTERRUPTIONS = ("press", "submit:head", "submit:passed", "submit:delivered", "result:head",
                 "result:delivered", "output:head")  # fmt: skip
RESTARTS = ("submit:head", "submit:passed", "submit:delivered", "result:head", "output:head")
DISK_STEPS = ("submit:read", "submit:passed", "submit:delivered", "result:head",
              "result:delivered", "output:head", "output:half")  # fmt: skip
DRAFTS = ("killed once", "killed twice", "interrupted")

TARGETS = ("result", "list", "output", "price", "submit")


@dataclass(frozen=True)
class Act:
    """Something that is done to a kernel's surroundings while it lives.

    Attributes
    ----------
    kind : str
        One of :data:`chaos.shelf.KINDS`, or ``"price"``.
    before : int or None
        The number of the press that it comes before, when nothing is on its way out.
    step : str
        Otherwise: what the proxy sees just then, of the one request of that kernel.
    again : bool
        Whether its person opens the library anew when it is refused.
    price : str
        What a generation costs from then on.
    """

    kind: str
    before: int | None = 0
    step: str = ""
    again: bool = False
    price: str = ""


def stage(dice, plan):
    """Put what happens around the kit into a trial that has been drawn."""
    kind = dice.choices(tuple(_SCENES), tuple(weight for weight, _ in _SCENES.values()))[0]
    plan = _SCENES[kind][1](dice, plan)
    if dice.random() < 0.12 and not any(each.tampering for each in plan.sessions):
        plan = replace(plan, ids=dice.choice(tuple(names.FORMS)), sessions=_plain_ids(plan))
    sessions = tuple(
        replace(session, kernels=tuple(_clothed(dice, kernel) for kernel in session.kernels))
        for session in plan.sessions
    )
    return replace(plan, sessions=sessions)


def _plain_ids(plan):
    """Leave the emulator's own other ids away."""
    return tuple(
        replace(each, faults=tuple(fault for fault in each.faults if fault["quirk"] != 12))
        for each in plan.sessions
    )


def _clothed(dice, kernel):
    """Give a kernel what may come with any other trouble."""
    changes = {}
    if dice.random() < 0.12:
        changes["encoding"] = dice.choice(disguised_answers.ENCODINGS)
    if dice.random() < 0.15:
        target = dice.choice(TARGETS)
        kinds = (
            tuple(disguised_answers.PAGES)
            if target == "result"
            else ("challenge-403", "challenge-200")
        )
        first, times = dice.choice((1, 1, 2, 3)), dice.choice((1, 3, 6, 30))
        if kernel.act and kernel.act.price and target == "price":
            times = min(times, 3)  # a new price that is never told cannot be known
        page = Mischief(target, first, dice.choice(kinds), times=times)
        if kernel.act is None or target != "submit":
            changes["mischief"] = (page, *kernel.mischief)
    if dice.random() < 0.08 and not kernel.drafts:
        step = dice.choice(INTERRUPTIONS)
        changes["interrupts"] = tuple((step, nth) for nth in range(1, dice.choice((2, 3, 4))))
    if dice.random() < 0.2 and len(kernel.presses) > 1:
        changes["together"] = True
    if dice.random() < 0.06 and kernel.tunnel is None and not kernel.environment:
        changes["environment"] = dice.choice(ENVIRONMENTS)
        changes["host"] = dice.choice(LOOPBACK)
    if dice.random() < 0.03 and kernel.tunnel is None and not changes.get("environment"):
        changes["trap"], changes["host"] = True, dice.choice(LOOPBACK)
    return replace(kernel, **changes)


# -- scenes -------------------------------------------------------------------------------


def _nothing(_, plan):
    return plan


def _calm(kernel, **changes):
    """Return a kernel that nothing happens to but what the scene brings."""
    calm = {"death": None, "disk_bytes": None, "hasty": False, "offline": False}
    mischief = tuple(each for each in kernel.mischief if each.target not in {"submit", "price"})
    return replace(kernel, **{**calm, "mischief": mischief, **changes})


def _later_only(session):
    """Return the faults of a session that come after a submission was answered."""
    return tuple(fault for fault in session.faults if fault.get("of") == "later")


def _alone(dice, plan, **changes):
    """Make one session calm, with one kernel; return it and its place."""
    place = dice.randrange(len(plan.sessions))
    session = plan.sessions[place]
    kernel = session.kernels[0]
    presses = kernel.presses or plan.presses[:1]
    kernel = _calm(kernel, presses=presses, **changes)
    return place, replace(session, kernels=(kernel,), faults=_later_only(session))


def _more(plan, session):
    """Let a kernel's person want something that nobody has asked for, and can pay it."""
    kernel = session.kernels[0]
    new = replace(kernel.presses[0], prompt=NEW, take=1)
    session = replace(session, kernels=(replace(kernel, presses=(*kernel.presses, new)),))
    return session, replace(plan, budget=plan.budget + plan.price)


def _with(plan, place, session, **changes):
    sessions = (*plan.sessions[:place], session, *plan.sessions[place + 1 :])
    return replace(plan, sessions=sessions, **changes)


def _disk(dice, plan):
    """Let the library's folder go another way below a living kernel."""
    kind = dice.choice(trial_folders.KINDS)
    place, session = _alone(dice, plan)
    session, plan = _more(plan, session)
    kernel = session.kernels[0]
    again = kind in {"deleted", "moved", "unmounted"} and dice.random() < 0.5
    if dice.random() < 0.6:
        act = Act(kind, before=dice.randrange(len(kernel.presses)), again=again)
    else:
        act = Act(kind, before=None, step=dice.choice(DISK_STEPS), again=again)
        kernel = replace(kernel, presses=kernel.presses[-1:])
    session = replace(session, kernels=(replace(kernel, act=act),))
    return _patient(_with(plan, place, session))


def _patient(plan):
    """Let nobody take a prediction unseen: it may be of a library that is gone, or another's."""
    sessions = tuple(
        replace(each, kernels=tuple(replace(kernel, hasty=False) for kernel in each.kernels))
        for each in plan.sessions
    )
    return replace(plan, sessions=sessions)


def _stranger(dice, plan):
    """Let a stranger write into the ledger before a session."""
    kind = dice.choice(tampering.KINDS)
    sessions = plan.sessions if len(plan.sessions) > 1 else (*plan.sessions, plan.sessions[0])
    plan = replace(plan, sessions=sessions)
    place = dice.randrange(1, len(sessions))
    kernel = _calm(sessions[place].kernels[0], broke=kind == tampering.BUDGET)
    written = Tampering(kind, dice.randrange(8))
    session = replace(sessions[place], kernels=(kernel,), faults=(), tampering=written)
    return _with(plan, place, session)


def _company(dice, plan):
    """Put a company's proxy between a kernel and the service."""
    seconds = 20.0 if dice.random() < 0.02 else dice.choice((0.02, 0.1, 0.3))
    kind = dice.choice(tunnel.KINDS)
    first, last = dice.choice(((1, 1 << 30), (1, 1 << 30), (2, 3), (3, 1 << 30), (1, 1)))
    wall = Tunnel(kind, first, last, seconds, dice.random() < 0.5)
    place, session = _alone(dice, plan, tunnel=wall)
    if dice.random() < 0.15:
        kernel = replace(session.kernels[0], environment=dice.choice(UNUSABLE))
        session = replace(session, kernels=(kernel,))
    return _with(plan, place, session)


def _dearer(dice, plan):
    """Let the price change between what a person has read and what is sent."""
    place, session = _alone(dice, plan)
    session, plan = _more(plan, session)
    kernel = session.kernels[0]
    price = dice.choice((*DEARER, *CHEAPER))
    act = Act("price", before=dice.randrange(len(kernel.presses)), price=price)
    session = replace(session, kernels=(replace(kernel, act=act),), faults=())
    return _with(plan, place, session)


def _restart(dice, plan):
    """Let the service end and come back with all that it knew."""
    place = dice.randrange(len(plan.sessions))
    session = replace(plan.sessions[place], restart=(dice.choice(RESTARTS), dice.choice((1, 1, 2))))
    return _with(plan, place, session)


def _drafts(dice, plan):
    """Let the local emulator end while it renders."""
    place, session = _alone(dice, plan)
    kernel = replace(session.kernels[0], presses=(), drafts=dice.choice(DRAFTS), mischief=())
    return _with(plan, place, replace(session, kernels=(kernel,), faults=()))


_SCENES = {
    "nothing": (600, _nothing),
    "disk": (110, _disk),
    "stranger": (100, _stranger),
    "company": (90, _company),
    "price": (50, _dearer),
    "restart": (25, _restart),
    "drafts": (6, _drafts),
}
"""By name: how many of a thousand trials it has, about; and what it makes of one."""
