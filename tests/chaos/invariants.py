"""What must hold when a trial is over: the ledger and what people are shown, against the truth.

The truth is the emulator's bill and what the proxy saw on the wire. Nothing of the kit is used
here: the ledger's file is read by SQL, and outcomes are named once more from the service's contract.
"""

import contextlib
import sqlite3
from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

REFUSALS = {400, 401, 402, 403, 404, 405, 413, 415, 422}
LOOKED_FOR_SECONDS = 600
"""How long after a submission the kit looks for its prediction; in the laboratory 0.6 s."""
HELD = {"intent", "sent", "unknown"}
"""States in which a price may still be charged."""
ENDS = {"downloaded", "failed", "cancelled", "timeout", "deleted", "refused", "unknown"}


@dataclass(frozen=True)
class Row:
    """One job in the ledger's file."""

    id: int
    prompt: str
    take: int
    state: str
    price: Decimal
    refunded: Decimal
    prediction: str | None
    clip: str | None
    written_off: bool
    sent_at: datetime | None = None
    holder: str | None = None

    @property
    def held(self):
        """What is held against the budget: nothing for what was not sent and was let go of."""
        let_go = self.state == "intent" and self.holder is None
        return self.price if self.state in HELD and not let_go else Decimal(0)


def rows_of(library):
    """Read the ledger; an empty list where there is none yet."""
    path = library / "ledger.sqlite3"
    if not path.is_file():
        return []
    with contextlib.closing(sqlite3.connect(path, timeout=15)) as ledger:
        ledger.row_factory = sqlite3.Row
        try:
            found = ledger.execute(
                "SELECT jobs.*, requests.prompt FROM jobs JOIN requests"
                " ON requests.hash = jobs.request_hash"
                " WHERE jobs.service = 'wavespeed' ORDER BY jobs.id"
            ).fetchall()
        except sqlite3.OperationalError as error:
            if "no such table" in str(error):  # its process died as it was made
                return []
            raise
    return [
        Row(
            row["id"],
            row["prompt"],
            row["take"],
            row["state"],
            Decimal(row["price_micros"]) / 1_000_000,
            Decimal(row["refunded_micros"]) / 1_000_000,
            row["prediction_id"],
            row["clip_sha256"],
            bool(row["written_off"]),
            datetime.fromisoformat(row["sent_at"]) if row["sent_at"] else None,
            row["holder"],
        )
        for row in found
    ]


def verdict(exchange):
    """Name a submission's outcome: accepted, refused or ambiguous, as it came to the client."""
    if exchange.delivered != "whole":
        return "ambiguous"
    body = exchange.body
    data = body.get("data") if isinstance(body, dict) else None
    name = data.get("id") if isinstance(data, dict) else None
    if (isinstance(name, str) and name) or (isinstance(name, int) and not isinstance(name, bool)):
        return "accepted"
    if exchange.status == 429 or (exchange.status in REFUSALS and isinstance(body, dict)):
        return "refused"
    return "ambiguous"


def shown_at_once(worker_heard, exchanges, prompts):
    """Judge what a worker that lived showed of its lost submissions, before anybody resumed."""
    ended = {}
    for message in worker_heard:
        if message[0] == "seen" and message[4] and message[1] < len(prompts):
            ended[message[1]] = message[2:4]
    lost = {each.prompt for each in exchanges if verdict(each) == "ambiguous" and each.prompt}
    sent = Counter(each.prompt for each in exchanges)
    for number, (state, error) in ended.items():
        prompt = prompts[number]
        # Of two takes it may be the other one that was sent earlier, and has failed since.
        alone = sent[prompt] == 1 and prompts.count(prompt) == 1
        if prompt in lost and alone and state not in {"unknown", "sent"}:
            yield f"a lost submission of {prompt} was shown as {state} ({error})"


def swapped(rows, predictions, mistaken):
    """Find who has whose: a hasty person took a prediction unseen, and it was of another prompt.

    Parameters
    ----------
    mistaken : set of str
        Predictions that were adopted unseen.

    Returns
    -------
    dict
        By the prompt of a take whose own prediction was left behind, the prompts of those that it
        took instead.
    """
    of = {each["id"]: each["prompt"] for each in predictions}
    found = {}
    for row in rows:
        if row.prediction in mistaken and of.get(row.prediction, row.prompt) != row.prompt:
            found.setdefault(row.prompt, []).append(of[row.prediction])
    return found


def at_night(rows, exchanges, predictions, allowed, mistaken=frozenset()):
    """Judge what is left when every process has ended: nothing was sent twice.

    Parameters
    ----------
    allowed : Counter
        How many takes of each prompt a person has asked for.
    mistaken : set of str
        Predictions that a hasty person adopted unseen.
    """
    held = Counter(row.prompt for row in rows)
    for prompt, count in held.items():
        if count > allowed[prompt]:
            yield f"{count} takes of {prompt} in the ledger, {allowed[prompt]} asked for"
    sent = Counter(each.prompt for each in exchanges if verdict(each) != "refused")
    unread = sent.pop(None, 0)
    for prompt, count in sent.items():
        if count > held[prompt]:
            yield f"{count} POSTs of {prompt} that may cost, {held[prompt]} takes in the ledger"
    if sum(sent.values()) + unread > len(rows):
        yield f"{sum(sent.values()) + unread} POSTs that may cost, {len(rows)} takes"
    accepted = Counter(each["prompt"] for each in predictions)
    known = {row.prediction for row in rows if row.prediction}
    homeless = Counter(each["prompt"] for each in predictions if each["id"] not in known)
    doubtful = Counter(row.prompt for row in rows if row.state in {"sent", "unknown"})
    for own, taken in swapped(rows, predictions, mistaken).items():
        doubtful[own] += len(taken)  # what it left behind belongs to those whose it took
        doubtful.subtract(taken)  # below nought where such a one was written off since
    for prompt, count in accepted.items():
        if count > held[prompt]:
            yield f"{count} charges for {prompt}, {held[prompt]} takes in the ledger"
        if homeless[prompt] > max(0, doubtful[prompt]):
            yield (
                f"{homeless[prompt]} accepted predictions of {prompt} without an id in the ledger, "
                f"{doubtful[prompt]} of its takes in doubt"
            )


def lost_are_unknown(rows, exchanges, deadly):
    """Judge the morning's states: each ambiguous job is unknown, and nothing else is.

    Parameters
    ----------
    deadly : bool
        Whether a process died or a disk was full: an answer that came whole may be lost then.
    """
    ambiguous = Counter(e.prompt for e in exchanges if verdict(e) == "ambiguous")
    unread = ambiguous.pop(None, 0)
    unknown = Counter(row.prompt for row in rows if row.state == "unknown")
    named = Counter(row.prompt for row in rows if row.prediction)
    answered = Counter(e.prompt for e in exchanges if verdict(e) == "accepted")
    for prompt, count in ambiguous.items():
        adopted = max(0, named[prompt] - answered[prompt])
        if unknown[prompt] + adopted < count:
            states = [row.state for row in rows if row.prompt == prompt]
            yield f"{count} lost submissions of {prompt}, shown as {states}"
    if not deadly:
        for prompt, count in unknown.items():
            if count > ambiguous[prompt] + unread:
                yield f"{count} of {prompt} unknown, {ambiguous[prompt]} submissions were lost"
    for row in rows:
        if row.state == "sent":
            yield f"{row.prompt} take {row.take} is still shown as being sent"


def settled(rows, predictions, bill, budget, shown, mistaken=frozenset()):
    """Judge the end: ledger against bill, to the cent.

    Parameters
    ----------
    mistaken : set of str
        Predictions that a hasty person adopted unseen, so that the prompt may be another.
    shown : dict
        What the morning's process said of money.
    """
    charged, refunded = Counter(), Counter()
    for line in bill:
        amounts = charged if line["billing_type"] == "deduct" else refunded
        amounts[line["prediction"]] += Decimal(line["price"])
    known = {row.prediction: row for row in rows if row.prediction}
    for each in predictions:
        row = known.get(each["id"])
        if row is None:
            yield f"prediction {each['id']} of {each['prompt']} is not in the ledger"
        else:
            if row.prompt != each["prompt"] and each["id"] not in mistaken:
                yield f"{row.prompt} has the prediction of {each['prompt']}"
            yield from _at_one(row, each, charged[each["id"]], refunded[each["id"]])
    for row in known.values():
        if row.prediction not in charged:
            yield f"{row.prompt} names prediction {row.prediction}, which was never billed"
    total = sum(charged.values(), Decimal(0)) - sum(refunded.values(), Decimal(0))
    yield from _within(rows, bill, total, budget, shown)


def _at_one(row, prediction, charged, refunded):
    """Judge one take against its prediction and its lines of the bill."""
    if row.price != charged:
        yield f"{row.prompt}: {row.price} in the ledger, {charged} billed"
    if row.refunded != refunded:
        yield f"{row.prompt}: {row.refunded} refunded in the ledger, {refunded} billed"
    if row.state not in ENDS:
        yield f"{row.prompt} take {row.take} was never brought home: {row.state}"
    finished = prediction["status"] in {"completed", "succeeded"} and not prediction.get("gone")
    if finished and row.state != "downloaded":
        yield f"{row.prompt} is completed at the service and {row.state} in the ledger"


def _within(rows, bill, total, budget, shown):
    """Judge the sums, and the budget at every moment: the bill's lines are in order."""
    held = sum((row.held for row in rows), Decimal(0))
    if shown["spent"] != total:
        yield f"spent is shown as {shown['spent']}, the bill says {total}"
    if shown["committed"] != held:
        yield f"committed is shown as {shown['committed']}, doubts and intents hold {held}"
    running, most = Decimal(0), Decimal(0)
    for line in bill:
        running += Decimal(line["price"]) * (1 if line["billing_type"] == "deduct" else -1)
        most = max(most, running)
    if most > budget:
        yield f"the bill reached {most}, the budget is {budget}"
    if shown["spent"] + shown["committed"] > budget:
        yield f"{shown['spent']} spent and {shown['committed']} held pass the budget of {budget}"


@dataclass(frozen=True)
class Shown:
    """One job as a fresh process shows it to a person."""

    number: int
    prompt: str
    take: int
    state: str
    error: str | None
    never_sent: bool
    candidates: tuple[str, ...]
    may_write_off: bool


def all_listed(before, shown):
    """Judge whether everything that was left is shown."""
    listed = {(job.prompt, job.take) for job in shown}
    for row in before:
        left = row.state not in ENDS or row.state == "unknown"
        if left and (row.prompt, row.take) not in listed:
            yield f"{row.prompt} take {row.take} was left {row.state} and is not listed"


def all_found(rows, shown, predictions, mistaken=frozenset()):
    """Judge whether every accepted prediction that has no row is offered to a person.

    Parameters
    ----------
    mistaken : set of str
        Predictions that a hasty person adopted unseen.
    """
    known = {row.prediction for row in rows}
    swaps = swapped(rows, predictions, mistaken)
    for each in predictions:
        if each["id"] in known:
            continue
        offered = [job for job in shown if each["id"] in job.candidates]
        owners = {each["prompt"], *swaps.get(each["prompt"], ())}
        if not any(job.prompt in owners for job in offered):
            seen = [(job.prompt, job.state, len(job.candidates)) for job in shown]
            late = [
                (datetime.fromisoformat(each["created_at"]) - row.sent_at).total_seconds()
                for row in rows
                if row.prompt == each["prompt"] and row.sent_at and row.prediction is None
            ]
            if late and min(late) > LOOKED_FOR_SECONDS:
                continue  # a busy machine has used the kit's ten minutes up
            yield (
                f"prediction {each['id']} of {each['prompt']} is not offered; accepted {late} s "
                f"after its takes were sent; shown: {seen}"
            )
    for job in shown:
        if job.candidates and job.state != "unknown":
            yield f"{job.prompt} is {job.state} and offers {job.candidates}"
        if set(job.candidates) & known:
            yield f"{job.prompt} offers a prediction that another take has"


def reconciled(money, rows, predictions):
    """Judge what reconciling says when everything has been settled."""
    if money["differences"]:
        yield f"reconciling finds differences: {money['differences']}"
    if money["total_ledger"] != money["spent"]:
        yield f"reconciling reads {money['total_ledger']} from a ledger with {money['spent']} spent"
    if money["total_service"] != money["total_ledger"]:
        yield f"reconciling: {money['total_ledger']} in the ledger, {money['total_service']} billed"
