"""What must hold besides money: a line on a disk that has a name, and a reason for every wait.

As in the invariants, nothing of the kit is used. What a worker says of its jobs is judged against what
the laboratory did to it and what the proxy saw.
"""

import json
import re
from dataclasses import dataclass

from tests.chaos import tunnel

_INNARDS = re.compile(r"Traceback|object at 0x|\bErrno\b|<class |\bNone\b(?! of)|�|[\ud800-\udfff]")
_EXCUSE = "Something unexpected"
_LEAST_WORDS = 5


@dataclass(frozen=True)
class Ended:
    """One job as its kernel leaves it when all is calm."""

    number: int
    prompt: str
    state: str
    done: bool
    has_clip: bool
    error: str | None
    words: str
    detail: str
    position: int | None = None


def durable(exchanges):
    """Judge whether a line stood on the disk before each submission's first byte arrived."""
    for each in exchanges:
        if each.lines is None:
            continue
        if each.prompt is None and not each.lines:
            yield "a POST that was cut had no line in the ledger at its path"
        elif each.prompt is not None and not each.lines[each.prompt]:
            yield f"a POST of {each.prompt} had no line in the ledger at its path: {each.lines}"


def readable(ended):
    """Judge whether each job has come to its end, or says in a sentence why not."""
    for job in ended:
        if job.done and (job.has_clip or job.state == "downloaded"):
            continue
        who = f"{job.prompt} ({job.state})"
        if not job.done and job.detail.startswith("waiting for its turn") and not job.position:
            yield f"{who} waits for its turn, with nothing ahead of it"
        elif not (_is_sentence(job.words) or (not job.done and _is_reason(job.detail))):
            yield f"{who} gives no reason: {job.error} {job.words!r}, {job.detail!r}"
        if _EXCUSE in job.words:
            yield f"{who} was stopped by something that nobody had thought of: {job.words}"


def _is_sentence(text):
    words = len(text.split())
    return words >= _LEAST_WORDS and text.rstrip()[-1] in ".!?" and not _INNARDS.search(text)


def _is_reason(text):
    return len(text.split()) >= _LEAST_WORDS and not _INNARDS.search(text)


def key_is_good(ended, exchanges):
    """Judge whether the key is blamed by nobody but the service: it is the right one.

    Parameters
    ----------
    exchanges : list of Exchange
        All of the trial so far: what was said once is told again from the ledger.
    """
    said = any(each.status in {401, 403} and isinstance(each.body, dict) for each in exchanges)
    for job in ended:
        if job.error == "AuthError" and not said:
            yield f"{job.prompt} blames the key, which the service has not: {job.words}"


def nothing_held(before, after, exchanges, ended):
    """Judge a kernel that no byte of whose requests has left: its presses hold no money.

    Parameters
    ----------
    before, after : list of Row
        The ledger when it began and when it ended.
    """
    left = {each.prompt for each in exchanges}
    known = {(row.prompt, row.take) for row in before if row.held}
    for row in after:
        if row.held and (row.prompt, row.take) not in known and row.prompt not in left:
            yield f"{row.prompt} never left, is {row.state} and holds {row.held}"
    asked = {row.prompt for row in before}
    for job in ended:
        if job.prompt not in left | asked and "may have been billed" in f"{job.words} {job.detail}":
            yield f"{job.prompt} never left and may have been billed, it says: {job.words}"


def named(ended, names):
    """Judge whether what stands in the way is named: a variable or a proxy."""
    for job in ended:
        said = job.words.casefold()
        if job.error is not None and not any(name.casefold() in said for name in names):
            yield f"{job.prompt} does not name {' or '.join(names)}: {job.error} {job.words}"


def kept_secret(heard):
    """Judge whether a proxy's password is shown to nobody."""
    said = json.dumps(heard, default=str)
    if tunnel.SECRET in said:
        place = said.index(tunnel.SECRET)
        yield f"a proxy's password is shown: {said[max(0, place - 80) : place + 20]}"


def refused_whole(heard):
    """Judge whether a ledger with another schema was opened by nobody."""
    if not any(message[0] == "closed" for message in heard):
        yield "a ledger with a schema that is not ours was opened"


def opened(heard):
    """Judge whether a ledger with one damaged row was opened all the same."""
    for message in heard:
        if message[0] == "closed":
            yield f"one damaged row has closed the whole library: {message[1]}"


def all_or_nothing(heard, before, exchanges):
    """Judge a press of many takes that was refused: none of them has left.

    Parameters
    ----------
    before : list of Row
        The ledger when the kernel began; what was asked for then may go out by itself.
    """
    refused = [message for message in heard if message[0] == "denied together"]
    presses = [message for message in heard if message[0] == "press"]
    again = {message[1] for message in heard if message[0] == "asked"}
    pressed = {m[2].prompt for m in presses} - {m[2].prompt for m in presses if m[1] in again}
    known = {row.prompt for row in before}
    for each in exchanges:
        if refused and each.prompt in pressed - known:
            yield f"{each.prompt} was sent though the press was refused: {refused[0][2]}"


def asked_anew(exchanges):
    """Judge whether a budget from elsewhere has paid for anything."""
    for each in exchanges:
        yield f"{each.prompt} was sent on a budget that was set by somebody else"


def drafted(ended, ends):
    """Judge drafts whose emulator ended: after one end they come all the same.

    Parameters
    ----------
    ends : int
        How often it has ended while they were rendered.
    """
    for job in ended:
        if not job.done or not (job.has_clip or job.error):
            yield f"a draft waits for an emulator that has ended: {job.state}, {job.detail}"
        elif not job.has_clip and (ends < 2 or job.error != "EmulatorError"):
            yield f"a draft did not come after {ends} ends of its emulator: {job.error} {job.words}"
