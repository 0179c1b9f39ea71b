"""The fault laboratory, as many trials as CI has time for; `make chaos` runs more."""

import dataclasses
import functools
import gzip
import json
import sqlite3
import zlib
from collections import Counter
from decimal import Decimal

import pytest

from hailuo_widgets.library.library import Library
from tests.chaos import (
    disguised_answers,
    invariants,
    names,
    reasons,
    scenes,
    tampering,
    trial_folders,
    trials,
    tunnel,
)
from tests.chaos.fault_phase import AROUND
from tests.chaos.faulty_proxy import Exchange
from tests.chaos.reasons import Ended
from tests.chaos.schedule import STATES, Press, draw
from tests.chaos.witness import durable_lines
from tests.support.samples import request

pytestmark = pytest.mark.long

SEED = 1
TRIALS = 200
PRICE = Decimal("0.49")


@pytest.fixture(scope="module")
def results():
    return trials.run(SEED, TRIALS)


def test_whatever_breaks_nothing_is_paid_twice_and_nothing_paid_is_lost(results):
    failed = [
        f"{trials.replay(each['seed'])}: {'; '.join(each['problems'])}"
        for each in results
        if each["problems"]
    ]
    assert failed == []
    assert [each["seed"] for each in results] == list(range(SEED, SEED + TRIALS))


@pytest.mark.parametrize(
    "happening",
    [
        "answers lost",
        "adopted",
        "refunds",
        "ended downloaded",
        "ended failed",
        "ended refused",
        "ended unknown",
        *(f"killed: {kind}" for kind in ("state", "wire", "call", "time", "write")),
        f"{AROUND}SIGINT",
        f"{AROUND}price changed",
        f"{AROUND}an odd environment",
        f"{AROUND}answers in gzip",
        f"{AROUND}challenge-403",
    ],
)
def test_the_trials_meet_every_kind_of_trouble(results, happening):
    """A laboratory in which nothing happens would let everything pass."""
    assert sum((Counter(each["counts"]) for each in results), Counter())[happening]


def test_a_trial_is_drawn_from_its_number_alone():
    assert draw(7) == draw(7)
    assert draw(7) != draw(8)


def test_deaths_come_in_every_state_that_a_job_passes_through():
    deaths = {
        kernel.death.where
        for seed in range(2000)
        for session in draw(seed).sessions
        for kernel in session.kernels
        if kernel.death and kernel.death.kind == "state"
    }
    assert deaths == set(STATES)


DRAWN = 2000


@functools.cache
def drawn():
    """Everything around the kit that is drawn in so many trials, by name."""
    found = Counter()
    for plan in map(draw, range(DRAWN)):
        found[f"ids {plan.ids}"] += 1
        for session in plan.sessions:
            found[f"tampering {session.tampering and session.tampering.kind}"] += 1
            found["restart"] += session.restart is not None
            for kernel in session.kernels:
                found[f"act {kernel.act and kernel.act.kind}"] += 1
                found[f"proxy {kernel.tunnel and kernel.tunnel.kind}"] += 1
                found[f"encoding {kernel.encoding}"] += 1
                found[f"drafts {kernel.drafts}"] += 1
                found["trap"] += kernel.trap
                found.update(f"variable {name}" for name in kernel.environment)
                found.update(f"stop {step}" for step, _ in kernel.interrupts)
                found.update(f"page {each.kind}" for each in kernel.mischief)
    return found


def test_everything_that_may_happen_around_the_kit_is_drawn():
    wanted = {
        "restart",
        "trap",
        "act price",
        *(f"act {kind}" for kind in trial_folders.KINDS),
        *(f"tampering {kind}" for kind in tampering.KINDS),
        *(f"proxy {kind}" for kind in tunnel.KINDS),
        *(f"encoding {kind}" for kind in disguised_answers.ENCODINGS),
        *(f"page {kind}" for kind in disguised_answers.PAGES),
        *(f"ids {form}" for form in names.FORMS),
        *(f"drafts {kind}" for kind in scenes.DRAFTS),
        *(f"stop {step}" for step in scenes.INTERRUPTIONS),
    }
    assert wanted - drawn().keys() == set()


def test_what_is_slow_is_drawn_seldom():
    slow = sum(drawn()[f"drafts {kind}"] for kind in scenes.DRAFTS)
    assert slow < DRAWN * 0.01


# -- the judge itself: each rule is broken once, in made-up books ---------------------------


def row(state="downloaded", prediction="x", **changes):
    values = {"id": 1, "prompt": "p", "take": 1, "price": PRICE, "refunded": Decimal(0)}
    values |= {"clip": None, "written_off": False, **changes}
    return invariants.Row(state=state, prediction=prediction, **values)


def posted(status=200, answer=b'{"data": {"id": "x"}}', delivered="whole"):
    return Exchange("submit", "p", "whole", delivered, status, b"HTTP/1.1\r\n\r\n" + answer)


def accepted(name="x", status="completed"):
    return {"id": name, "prompt": "p", "status": status}


def line(name="x", kind="deduct", price="0.49"):
    return {"prediction": name, "billing_type": kind, "price": price}


ONE = Counter(p=1)
LOST = posted(delivered="nothing")
BOOKS = {"spent": PRICE, "committed": Decimal(0)}


def test_true_books_pass():
    assert not list(invariants.at_night([row()], [posted()], [accepted()], ONE))
    assert not list(invariants.settled([row()], [accepted()], [line()], Decimal(5), BOOKS))
    assert not list(invariants.lost_are_unknown([row("unknown", None)], [LOST], deadly=False))


@pytest.mark.parametrize(
    ("rows", "exchanges", "predictions"),
    [
        ([row()], [posted(), posted()], [accepted()]),
        ([row()], [LOST, posted()], [accepted()]),
        ([row()], [posted()], [accepted(), accepted("y")]),
        ([], [posted()], [accepted()]),
        ([row("refused", None)], [posted()], [accepted()]),
        ([row(), row(prediction="y")], [posted(), posted()], [accepted(), accepted("y")]),
    ],
    ids=["sent twice", "sent again", "billed twice", "unwritten", "forgotten", "not asked for"],
)
def test_the_judge_sees_what_was_sent_twice_or_lost(rows, exchanges, predictions):
    assert list(invariants.at_night(rows, exchanges, predictions, ONE))


def test_the_judge_knows_what_a_hasty_person_took_for_anothers():
    rows = [row(prediction="q's"), row("unknown", None, prompt="q")]
    predictions = [accepted("p's"), {**accepted("q's"), "prompt": "q"}]
    two = Counter(p=1, q=1)
    assert list(invariants.at_night(rows, [], predictions, two))
    assert not list(invariants.at_night(rows, [], predictions, two, {"q's"}))
    # With both taken by others there is nothing left to be in doubt about.
    assert list(invariants.at_night(rows[:1], [], predictions, two, {"q's"}))


def test_the_judge_lets_a_doubt_be_written_off_that_another_was_taken_for():
    rows = [row(prediction="q's"), row("refused", None, prompt="q", written_off=True)]
    predictions = [{**accepted("q's"), "prompt": "q"}]
    assert not list(invariants.at_night(rows, [], predictions, Counter(p=1, q=1), {"q's"}))


def test_the_judge_tells_two_takes_apart_by_what_was_sent():
    lost = [posted(delivered="nothing")]
    heard = [("seen", 0, "failed", "GenerationFailedError", True)]
    assert list(invariants.shown_at_once(heard, lost, ["p"]))
    assert not list(invariants.shown_at_once(heard, lost, ["p", "p"]))


@pytest.mark.parametrize("state", ["refused", "intent", "failed", "sent"])
def test_the_judge_sees_a_lost_submission_shown_as_anything_but_unknown(state):
    assert list(invariants.lost_are_unknown([row(state, None)], [LOST], deadly=True))


def test_the_judge_sees_a_clear_answer_shown_as_unknown():
    assert list(invariants.lost_are_unknown([row("unknown", None)], [posted()], deadly=False))


@pytest.mark.parametrize(
    ("rows", "bill", "books"),
    [
        ([row(price=Decimal("0.48"))], [line()], BOOKS),
        ([row(refunded=PRICE)], [line()], BOOKS),
        ([row()], [line(), line(kind="refund")], BOOKS),
        ([row("processing")], [line()], BOOKS),
        ([row("failed")], [line()], BOOKS),
        ([row(prediction="y")], [line()], BOOKS),
        ([row()], [line()], BOOKS | {"spent": Decimal("0.48")}),
        ([row()], [line()], BOOKS | {"committed": PRICE}),
        ([row(), row("intent", None)], [line()], BOOKS | {"committed": PRICE}),
        ([row(), row("intent", None, holder="k")], [line()], BOOKS),
        ([row()], [line(), line("y", price="9.99"), line("y", "refund", "9.99")], BOOKS),
    ],
    ids=[
        "a cent", "no refund", "unseen refund", "not home", "no clip", "another id",
        "sum", "held", "held for nothing", "not held", "budget passed for a moment",
    ],
)  # fmt: skip
def test_the_judge_sees_books_that_do_not_agree(rows, bill, books):
    assert list(invariants.settled(rows, [accepted()], bill, Decimal(5), books))


@pytest.mark.parametrize(
    ("exchange", "verdict"),
    [
        (posted(), "accepted"),
        (posted(answer=b'{"data": {"id": 12}}'), "accepted"),
        (posted(403, disguised_answers.CHALLENGE), "ambiguous"),
        (posted(200, disguised_answers.CHALLENGE), "ambiguous"),
        (posted(502), "accepted"),
        (posted(400, b'{"code": 400}'), "refused"),
        (posted(429, b"<html>"), "refused"),
        (posted(400, b""), "ambiguous"),
        (posted(404, b"[]"), "ambiguous"),
        (posted(200, b'{"data": {"id": ""}}'), "ambiguous"),
        (posted(500, b'{"code": 500}'), "ambiguous"),
        (posted(307, b""), "ambiguous"),
        (LOST, "ambiguous"),
    ],
)
def test_outcomes_are_named_as_the_contract_does(exchange, verdict):
    assert invariants.verdict(exchange) == verdict


# -- rules besides money, each broken once ------------------------------------------------

SENTENCE = "Nothing was sent, because the folder was moved away."


def seen_with(lines, prompt="p"):
    return dataclasses.replace(posted(), prompt=prompt, lines=Counter(lines))


def ended(**changes):
    usual = {"state": "intent", "done": True, "has_clip": False, "error": "LibraryError"}
    return Ended(
        **{"number": 0, "prompt": "p", **usual, "words": SENTENCE, "detail": "", **changes}
    )


@pytest.mark.parametrize(
    ("exchange", "holds"),
    [
        (seen_with({"p": 1}), True),
        (seen_with({"p": 2, "q": 1}), True),
        (seen_with({}), False),
        (seen_with({"q": 1}), False),
        (seen_with({"q": 1}, prompt=None), True),
        (seen_with({}, prompt=None), False),
    ],
)
def test_the_judge_wants_a_line_on_the_disk_before_a_submission(exchange, holds):
    assert (not list(reasons.durable([exchange]))) == holds


@pytest.mark.parametrize(
    "job",
    [
        ended(),
        ended(has_clip=True, words=""),
        ended(state="unknown", error="UnknownOutcomeError", words="It may have been billed once."),
        ended(done=False, words="", detail="waiting for its turn, 2 before it", position=2),
        ended(done=False, words="", detail="may have been billed; looking for it just now"),
    ],
)
def test_the_judge_takes_a_reason_for_one(job):
    assert not list(reasons.readable([job]))


@pytest.mark.parametrize(
    "job",
    [
        ended(words=""),
        ended(words="stopped"),
        ended(words="[Errno 2] No such file or directory: it was moved."),
        ended(words="Something unexpected stopped this job; the log has the details."),
        ended(words="The object <Clip object at 0x7f> could not be sent today."),
        ended(done=False, words="", detail="waiting for its turn", position=0),
        ended(done=False, words="", detail="waiting for its turn, about 10 s", position=0),
        ended(done=False, words="", detail="accepted"),
    ],
)
def test_the_judge_sees_a_wait_without_a_reason(job):
    assert list(reasons.readable([job]))


def test_the_judge_sees_the_key_blamed_for_somebody_elses_page():
    blamed = ended(error="AuthError", words="The service does not accept the API key (HTTP 403).")
    page, envelope = posted(403, disguised_answers.CHALLENGE), posted(403, b'{"code": 403}')
    assert list(reasons.key_is_good([blamed], [page]))
    assert not list(reasons.key_is_good([blamed], [page, envelope]))


WAITS = row("intent", None, holder="somebody")


@pytest.mark.parametrize(
    ("before", "after", "jobs", "holds"),
    [
        ([], [row("refused", None)], [], True),
        ([], [row("intent", None)], [], True),
        ([WAITS], [WAITS], [], True),
        ([], [WAITS], [], False),
        ([], [row("unknown", None)], [], False),
        ([], [], [ended(words="The answer was lost. It may have been billed.")], False),
    ],
    ids=["refused", "let go of", "held before", "intent", "unknown", "said"],
)
def test_the_judge_sees_money_held_for_what_never_left(before, after, jobs, holds):
    assert (not list(reasons.nothing_held(before, after, [], jobs))) == holds


def test_the_judge_knows_that_what_has_left_may_hold_money():
    assert not list(reasons.nothing_held([], [row("unknown", None)], [LOST], []))


def test_the_judge_wants_what_stands_in_the_way_named():
    job = ended(words="The proxy 127.0.0.1:3128 refuses (407). Nothing was sent.")
    assert not list(reasons.named([job], ("proxy",)))
    assert list(reasons.named([job], ("SSL_CERT_FILE",)))


def test_the_judge_sees_a_proxys_password():
    said = ("denied", 0, "NotSentError", f"http://me:{tunnel.SECRET}@proxy refuses")
    assert list(reasons.kept_secret([("press", 0), said]))
    assert not list(reasons.kept_secret([("press", 0)]))


def test_the_judge_wants_another_schema_refused_and_one_bad_row_not():
    closed = [("closed", "This ledger is not ours."), ("done",)]
    assert list(reasons.refused_whole([("done",)]))
    assert not list(reasons.refused_whole(closed))
    assert list(reasons.opened(closed))
    assert not list(reasons.opened([("done",)]))


def test_the_judge_sees_one_of_many_sent_though_the_press_was_refused():
    pressed = [("press", 0, Press("p")), ("press", 1, Press("q"))]
    refused = [*pressed, ("denied together", "BudgetError", "Nothing was sent.")]
    assert list(reasons.all_or_nothing(refused, [], [posted()]))
    assert not list(reasons.all_or_nothing(refused, [], []))
    assert not list(reasons.all_or_nothing(refused, [row()], [posted()]))
    assert not list(reasons.all_or_nothing([*pressed, ("asked", 0, 1)], [], [posted()]))
    assert not list(reasons.all_or_nothing([*refused, ("asked", 0, 1)], [], [posted()]))
    another = [*refused, ("press", 2, Press("p", "another")), ("asked", 2, 2)]
    assert not list(reasons.all_or_nothing(another, [], [posted()]))


def test_the_judge_sees_a_foreign_budget_spent():
    assert list(reasons.asked_anew([posted()]))
    assert not list(reasons.asked_anew([]))


@pytest.mark.parametrize(
    ("job", "ends", "holds"),
    [
        (ended(state="downloaded", has_clip=True, error=None, words=""), 1, True),
        (ended(error="EmulatorError"), 2, True),
        (ended(error="EmulatorError"), 1, False),
        (ended(error="WaitTimeoutError"), 2, False),
        (ended(done=False, error=None, words=""), 1, False),
    ],
)
def test_the_judge_wants_a_draft_to_come_though_its_emulator_ended(job, ends, holds):
    assert (not list(reasons.drafted([job], ends))) == holds


# -- the tools of the laboratory do what they are there for -------------------------------


@pytest.fixture
def shelved(tmp_path):
    """A shelf whose library has one take that waits to be sent, and was opened by nobody."""
    place = trial_folders.TrialFolders(tmp_path, 0)
    library = Library(place.path)
    library.ledger.budget.set("wavespeed", Decimal(5))
    library.ledger.begin(
        "wavespeed",
        request("p"),
        1,
        PRICE,
        holder=library.holder.name,
        is_alive=lambda _: False,
        has_clip=lambda _: False,
    )
    library.close()
    return place


@pytest.mark.parametrize("kind", ["deleted", "moved", "unmounted", "older copy", "swapped"])
def test_the_witness_sees_no_line_of_a_folder_that_has_gone(shelved, kind):
    assert durable_lines(shelved.path) == {"p": 1}
    if kind == "older copy":
        shelved.copy()
        with sqlite3.connect(shelved._older / "ledger.sqlite3") as older:
            older.execute("DELETE FROM transitions")
            older.execute("DELETE FROM search")
            older.execute("DELETE FROM jobs")
        older.close()
    if kind == "swapped":
        shelved.other.mkdir()
    shelved.act(kind)
    assert durable_lines(shelved.path) == {}
    came_back = shelved.put_back(kind)
    assert came_back == (kind in {"moved", "unmounted", "swapped"})
    assert durable_lines(shelved.path) == ({"p": 1} if came_back else {})


@pytest.mark.parametrize("kind", tampering.KINDS)
def test_what_a_stranger_wrote_is_taken_out_again(shelved, kind):
    path = shelved.path / "ledger.sqlite3"

    def content():
        with sqlite3.connect(path) as ledger:
            found = list(ledger.iterdump())
        ledger.close()
        return found

    before = content()
    tampered = tampering.Tampered(path, tampering.Tampering(kind))
    assert content() != before
    tampered.undo()
    assert sorted(content()) == sorted(before)


@pytest.mark.parametrize("form", names.FORMS)
def test_an_id_of_any_form_goes_out_and_comes_back(form):
    ours = "0123456789abcdef" * 2
    known = names.Names(form)
    answer = json.loads(known.answer(b'{"data": {"id": "%s", "n": 5}}' % ours.encode()))
    name = str(answer["data"]["id"])
    assert name == known.shown(ours) != ours
    line = f"GET /api/v3/predictions/{names.quote(name, safe='')}/result HTTP/1.1"
    assert known.path(line) == f"GET /api/v3/predictions/{ours}/result HTTP/1.1"
    asked = known.question(json.dumps({"ids": [answer["data"]["id"]], "page": 1}).encode())
    assert json.loads(asked) == {"ids": [ours], "page": 1}


def test_an_id_that_is_not_encoded_in_its_path_does_not_come_back():
    known = names.Names("slash")
    name = known.shown("0" * 32)
    line = f"GET /api/v3/predictions/{name}/result HTTP/1.1"
    assert known.path(line) == line


@pytest.mark.parametrize(
    ("encoding", "accepts", "unpack"),
    [
        ("gzip", "identity", gzip.decompress),
        ("deflate", "identity", zlib.decompress),
        ("br", "identity", gzip.decompress),
        ("br", "gzip, br", lambda packed: packed[3:-1]),
    ],
)
def test_answers_are_compressed(encoding, accepts, unpack):
    answer = b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\nX: y\r\n\r\nbody"
    head, _, body = disguised_answers.compressed(
        answer, encoding, b"GET / HTTP/1.1\r\nAccept-Encoding: %s\r\n\r\n" % accepts.encode()
    ).partition(b"\r\n\r\n")
    assert unpack(body) == b"body"
    assert b"Content-Length: %d" % len(body) in head
    assert b"Content-Encoding: " in head


def test_a_file_beside_the_library_that_was_touched_is_missed(tmp_path):
    place = trial_folders.TrialFolders(tmp_path, 0)
    place.set_canaries()
    assert place.lost_canaries() == []
    (tmp_path / "trial-0" / "canary.lock").unlink()
    (tmp_path / "trial-0" / "canary.mp4").write_bytes(b"")
    assert place.lost_canaries() == ["canary.lock", "canary.mp4"]
