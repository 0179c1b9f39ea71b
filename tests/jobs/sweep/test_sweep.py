"""Sweeps asked for: one budget, one order, safe to run again, and told cell by cell."""

import asyncio
import contextlib
import itertools
import subprocess
import sys
import time
from decimal import Decimal

import pytest

import hailuo_widgets as hw
from hailuo_widgets import errors
from hailuo_widgets.jobs.runner.job import JobState
from hailuo_widgets.jobs.services.connect import connect
from hailuo_widgets.jobs.sweep.sweep import Sweep
from hailuo_widgets.library.ledger.disposition import Disposition, disposition_of, needed
from hailuo_widgets.library.ledger.records import Failure
from hailuo_widgets.library.ledger.states import AT_SERVICE, FINAL
from hailuo_widgets.library.library import Library
from hailuo_widgets.media.clip import VideoFacts
from hailuo_widgets.request.sweep.grid import plan
from tests.support.fast_clock import PATIENCE, deductions
from tests.support.kernel import FRAME, Kernel, sweep
from tests.support.samples import gradient, picture, request

pytestmark = pytest.mark.long

SCALE = 40  # of a Kernel


def submissions(emulator):
    return emulator.state()["requests"].get("submit", 0)


def clips(made):
    return [cell.job.clip.sha256 if cell.job and cell.job.clip else None for cell in made.cells]


@pytest.fixture
def kernels(tmp_path, emulator):
    made = []

    def start(**how):
        made.append(Kernel(tmp_path / "library", emulator, **how))
        return made[-1]

    yield start
    for each in made:
        each.close()


# -- what it would cost -----------------------------------------------------------------------


@pytest.fixture
def shots():
    """Three moves in four lights, two takes of each."""
    return {
        "prompt": "{move}, {light}",
        "takes": 2,
        "variables": {
            "move": ["push in", "pan left", "static shot"],
            "light": ["dawn", "noon", "dusk", "night"],
        },
    }


def test_a_dry_run_tells_every_cell_and_the_total_and_asks_nobody(tmp_path, shots):
    connect("wavespeed", api_key="k", budget=20, base_url="http://127.0.0.1:9", tier="bronze",
            library=tmp_path / "library")  # fmt: skip
    told = hw.Sweep(FRAME, shots["prompt"], takes=2, **shots["variables"]).dry_run()
    assert (len(told.lines), told.total, told.sending) == (24, Decimal("11.76"), 24)
    assert told.fits
    drawn = str(told).splitlines()
    assert drawn[0].split() == ["cell", "move", "light", "take", "what", "would", "happen", "cost"]
    assert drawn[24].split() == ["23", "static", "shot", "night", "2", "new", "$0.49"]
    assert told.sentence.startswith(
        "24 cells: 24 new. $11.76 (24 at $0.49, the list price). $20.00 is left of your budget of "
        "$20.00. It takes about 14 to 15 min under the bronze tier."
    )
    assert told.sentence in told._repr_html_()
    assert hw.connect().library.ledger.jobs.all() == []


def test_without_a_key_the_cost_is_told_and_nothing_is_sent(tmp_path):
    connect(library=tmp_path / "library")
    made = hw.Sweep(FRAME, ["dawn", "dusk"], service="wavespeed")
    assert 'hw.connect("wavespeed", budget=0.98) allows it' in made.dry_run().sentence
    with pytest.raises(errors.InputError, match="not connected"):
        made.run()
    assert made.cells[0].job is None


def test_drafts_are_free(tmp_path):
    connect(library=tmp_path / "library")
    told = hw.Sweep(FRAME, ["dawn", "dusk"], takes=2).dry_run()
    assert (told.total, told.sending) == (0, 4)
    assert "Drafts are free." in told.sentence


def test_a_dry_run_knows_what_is_there_and_what_is_on_its_way(paid, emulator):
    sweep(["dawn"]).run().wait(PATIENCE)
    emulator.renderer.open.clear()
    sweep(["dusk"]).run()
    emulator.until(lambda: len(deductions(emulator)) == 2)
    told = sweep(["dawn", "dusk", "night", "noon"], skip={"prompt": "noon"}).dry_run()
    assert [line.disposition for line in told.lines] == [
        Disposition.HELD,
        Disposition.JOINED,
        Disposition.NEW,
        None,
    ]
    assert [line.cost for line in told.lines] == [0, 0, Decimal("0.49"), 0]
    assert told.sentence.startswith(
        "4 cells: 1 in your library, 1 on its way, 1 new, 1 left out. $0.49. $4.02 is left"
    )


def test_ten_thousand_cells_are_told_in_seconds(tmp_path):
    connect(library=tmp_path / "library")
    began = time.perf_counter()
    made = hw.Sweep(FRAME, [f"shot {number}" for number in range(5000)], takes=2)
    told = made.dry_run()
    assert len(told.lines) == 10_000
    assert "9,880 more" in repr(told)
    assert str(told).count("\n") == 10_001
    assert time.perf_counter() - began < 20  # two to three on a machine that rests


STANDS = list(
    itertools.product(
        (*JobState, "written off"),
        (Decimal("0.49"), Decimal(0)),
        (None, "dead", "alive"),
        (False, True),
    )
)
"""State, price, who carries it, and whether its clip's file is there."""


def standing(ledger, number, state, price, holder):
    """Write a take down as it may stand when it is asked for again."""
    service, wanted = "wavespeed" if price else "emulator", request(f"case {number}")
    row, _ = ledger.begin(service, wanted, 1, price, holder="dead", is_alive=lambda _: False,
                          has_clip=lambda _: True)  # fmt: skip
    last = JobState.UNKNOWN if state == "written off" else state
    if last is JobState.DOWNLOADED:
        ledger.transitions.advance(
            row.id, last, clip=("c", VideoFacts(64, 36, 24.0, 0.5, 12, False), 9)
        )
    elif last is not JobState.INTENT:
        ledger.transitions.advance(
            row.id, last, failure=Failure("RefusedError", "no") if last.final else None
        )
    if state == "written off":
        ledger.transitions.write_off(row.id)
    ledger._table.update(row.id, holder=holder)
    return wanted, ledger.jobs.row(row.id)


def test_what_is_done_is_what_was_told(tmp_path):
    """For every way a take can stand: what is sent, and how much of the budget that needs."""
    library = Library(tmp_path / "library")
    ledger = library.ledger
    ledger.budget.set("wavespeed", Decimal(10_000))
    now = Decimal("0.55")
    for number, (state, price, holder, has_clip) in enumerate(STANDS):
        if holder == "alive" and state in {*FINAL, "written off"}:
            continue  # it is let go of in a moment
        wanted, row = standing(ledger, number, state, price, holder)
        told = disposition_of(row, executing=holder == "alive", has_clip=has_clip)
        left = ledger.budget.read("wavespeed").left
        ((after, mine),) = ledger.begin_all(
            row.service, [(wanted, 1)], now if price else price, holder="me",
            is_alive=lambda name: name == "alive", has_clip=lambda _, have=has_clip: have,
        )  # fmt: skip
        # The runner renders a draft again whose emulator has ended with its kernel.
        lost_draft = mine and not price and after.state in AT_SERVICE
        case = (state, price, holder, has_clip, told, after.state, mine)
        assert told.sends == ((mine and after.state is JobState.INTENT) or lost_draft), case
        assert left - ledger.budget.read("wavespeed").left == needed(row, told, now) * (
            price > 0
        ), case
    library.close()


def test_what_stands_for_a_take_is_followed_as_far_as_it_makes_sense(tmp_path):
    """Also in a ledger that damage, or a hand, has been at."""
    library = Library(tmp_path / "library")
    ledger = library.ledger
    rows = [standing(ledger, number, JobState.FAILED, Decimal(0), None)[1] for number in range(4)]
    place = (rows[0].request_hash, 1)

    def stands():
        return ledger.jobs.latest("emulator", [place, ("never asked", 1)])[place].id

    assert stands() == rows[0].id
    ledger.transitions.record_retry(rows[0].id, rows[1].id)
    ledger.transitions.record_retry(rows[1].id, rows[2].id)
    assert stands() == rows[2].id
    with pytest.raises(errors.LibraryError, match="came before"):
        ledger.transitions.record_retry(rows[2].id, rows[0].id)
    ledger._database.connection.execute("PRAGMA foreign_keys = OFF")
    for job_id, following in ((rows[2].id, rows[0].id), (rows[2].id, rows[2].id)):
        ledger._database.connection.execute(
            "REPLACE INTO retakes VALUES (?, ?)", (job_id, following)
        )
        assert stands() == rows[2].id
    ledger._database.connection.execute("REPLACE INTO retakes VALUES (?, 999)", (rows[2].id,))
    assert stands() == rows[0].id
    library.close()


def test_a_batch_is_begun_whole_or_not_at_all(tmp_path):
    library = Library(tmp_path / "library")
    ledger = library.ledger
    ledger.budget.set("wavespeed", Decimal("1.00"))
    who = {"holder": "me", "is_alive": lambda _: False, "has_clip": lambda _: True}
    price = Decimal("0.49")
    wanted = [(request(f"shot {number}"), 1) for number in range(3)]
    with pytest.raises(errors.BudgetError, match=r"would cost \$1\.47 and \$1\.00 is left"):
        ledger.begin_all("wavespeed", wanted, price, **who)
    assert ledger.jobs.all() == []
    ledger.begin_all("wavespeed", wanted[:2], price, **who)
    assert len(ledger.begin_all("wavespeed", wanted[:2], price, **who)) == 2
    assert ledger.budget.read("wavespeed").left == Decimal("0.02")
    library.close()


# -- asking -----------------------------------------------------------------------------------


def test_every_cell_comes_home_in_order_and_running_again_costs_nothing(paid, emulator):
    made = sweep(takes=2)
    assert made.run() is made
    assert made.wait(PATIENCE) is made
    assert len(set(clips(made))) == 6
    assert (made.failed, made.ended) == ((), True)
    rows = sorted(paid.library.ledger.jobs.all(), key=lambda row: row.id)
    assert [(row.request_hash, row.take) for row in rows] == [
        (cell.request.request_hash, cell.take) for cell in made.cells
    ]
    again = sweep(takes=2).run().wait(PATIENCE)
    assert clips(again) == clips(made)
    assert [cell.job for cell in again.cells] == [cell.job for cell in made.cells]
    assert made.run().dry_run().total == 0
    assert submissions(emulator) == len(deductions(emulator)) == 6


def test_a_cell_that_is_left_out_is_never_asked_for(paid, emulator):
    made = sweep(skip={"prompt": "dusk"}).run().wait(PATIENCE)
    assert [cell.job is not None for cell in made.cells] == [True, False, True]
    assert (made.cells[1].error, made.cells[1].skipped) == ("", True)
    assert len(deductions(emulator)) == 2


def test_expansion_on_and_off_is_a_pair(paid, emulator):
    made = sweep(["dawn"], enable_prompt_expansion=(True, False)).run().wait(PATIENCE)
    assert [cell.values["expansion"] for cell in made.cells] == ["on", "off"]
    assert [cell.request.enable_prompt_expansion for cell in made.cells] == [True, False]
    assert len(set(clips(made))) == 2


def test_what_would_pass_the_budget_is_not_begun_at_all(paid, emulator):
    made = sweep([f"shot {number}" for number in range(11)])
    told = made.dry_run()
    assert not told.fits
    assert "$5.00 is left of your budget of $5.00: $0.39 too little." in told.sentence
    with pytest.raises(errors.BudgetError) as refused:
        made.run()
    assert str(refused.value).startswith(
        "This would cost $5.39 and $5.00 is left of your budget of $5.00"
    )
    assert "hw.connect" in str(refused.value)
    assert paid.library.ledger.jobs.all() == []
    assert submissions(emulator) == 0


def test_without_a_budget_nothing_is_begun(emulator, tmp_path):
    connect("wavespeed", api_key=emulator.key, base_url=emulator.url, library=tmp_path / "library")
    with pytest.raises(errors.BudgetError, match=r"would cost \$1\.47 and no budget was set"):
        sweep().run()
    assert submissions(emulator) == 0


def test_what_the_library_holds_needs_no_budget(paid, emulator):
    sweep(["dawn"]).run().wait(PATIENCE)
    connect("wavespeed", budget="0.49", api_key=emulator.key, base_url=emulator.url)
    assert sweep(["dawn"]).run().wait(PATIENCE).failed == ()
    with pytest.raises(errors.BudgetError):
        sweep(["dawn", "dusk"]).run()


def test_a_price_that_changed_since_the_dry_run_stops_it(emulator, tmp_path):
    emulator.reset(price=0.55)
    paid = connect("wavespeed", budget=5, api_key=emulator.key, base_url=emulator.url, tier="ultra",
                   library=tmp_path / "library")  # fmt: skip
    paid._price.amount = Decimal("0.40")  # as a service that was cheaper yesterday has said it
    made = sweep(connection=paid)
    assert made.dry_run().total == Decimal("1.20")
    paid._price.amount = Decimal("0.55")
    with pytest.raises(errors.PriceChangedError, match=r"now \$0\.55, it was \$0\.40"):
        made.run()
    assert submissions(emulator) == 0
    assert made.run().wait(PATIENCE).failed == ()
    assert {row["price"] for row in deductions(emulator)} == {"0.55"}


def test_a_price_that_changes_on_the_way_is_told_by_every_cell(emulator, tmp_path, kernels):
    emulator.reset(price=0.55)
    kernel = kernels(tier="ultra")
    made = kernel.sweep()
    assert made.dry_run().total == Decimal("1.47")
    made.run().wait(PATIENCE)
    assert ["The price is now $0.55, it was $0.49" in cell.error for cell in made.cells] == [
        True
    ] * 3
    assert made.failed == made.cells
    assert submissions(emulator) == 0
    assert kernel.paid.budget.committed == 0


# -- pausing, waiting, hearing ----------------------------------------------------------------


def test_a_pause_takes_back_what_has_not_left_and_resume_asks_for_it(kernels, emulator):
    emulator.renderer.open.clear()
    kernel = kernels()
    made = kernel.sweep(["a", "b", "c", "d", "e"]).run()
    emulator.until(lambda: len(deductions(emulator)) == 2)
    assert made.pause() is made
    assert [cell.job.state.final for cell in made.cells] == [False, False, True, True, True]
    assert made.failed == ()
    assert kernel.paid.budget.left == Decimal(20) - 2 * Decimal("0.49")
    emulator.renderer.open.set()
    made.wait(PATIENCE)
    assert [clip is not None for clip in clips(made)] == [True, True, False, False, False]
    assert len(deductions(emulator)) == 2
    assert made.resume() is made
    made.wait(PATIENCE)
    assert len(set(clips(made)) - {None}) == 5
    assert submissions(emulator) == len(deductions(emulator)) == 5


def test_waiting_has_an_end_that_takes_nothing_along(paid, emulator):
    emulator.renderer.open.clear()
    made = sweep().run()
    with pytest.raises(errors.WaitTimeoutError, match="The sweep goes on"):
        made.wait(0.05)
    emulator.renderer.open.set()
    assert None not in clips(made.wait(PATIENCE))


def test_a_sweep_can_be_awaited_and_giving_up_takes_nothing_along(paid, emulator):
    emulator.renderer.open.clear()
    made = sweep().run()

    async def give_up_then_wait():
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(made, 0.05)
        emulator.renderer.open.set()
        return await made

    assert asyncio.run(give_up_then_wait()) is made
    assert None not in clips(made)


def test_whoever_observes_hears_every_cell_to_its_end(paid, emulator):
    made = sweep()
    heard = []
    stop = made.observe(
        lambda each: heard.append([cell.job and cell.job.state for cell in each.cells])
    )
    made.run().wait(PATIENCE)
    stop()
    assert heard[0] == [None] * 3
    assert heard[-1] == [JobState.DOWNLOADED] * 3
    assert len(heard) > 6


# -- failing ----------------------------------------------------------------------------------


def test_a_failed_cell_says_why_and_is_tried_again_alone_as_another_take(paid, emulator):
    emulator.fault(15)
    made = sweep(["dusk"]).run().wait(PATIENCE)
    (failed,) = made.failed
    assert "refunds failed generations" in failed.error
    assert [line.disposition for line in made.dry_run().lines] == [Disposition.ENDED]
    assert made.run().wait(PATIENCE).failed == (failed,)
    assert len(deductions(emulator)) == 1
    job = made.retry(0)
    assert (job.take, made.cells[0].take, made.cells[0].job) == (2, 2, job)
    made.wait(PATIENCE)
    assert made.failed == ()
    assert len(deductions(emulator)) == 2
    again = sweep(["dusk"])
    assert [line.disposition for line in again.dry_run().lines] == [Disposition.HELD]
    assert clips(again.run().wait(PATIENCE)) == clips(made)
    assert (again.cells[0].take, again.cells[0].values.get("take")) == (2, None)
    assert len(deductions(emulator)) == 2


def test_a_refused_cell_is_sent_as_the_take_it_is(paid, emulator):
    emulator.fault(32)
    made = sweep(["dusk"]).run().wait(PATIENCE)
    assert "othing was billed" in made.cells[0].error
    assert made.retry(0).take == 1
    assert made.wait(PATIENCE).failed == ()
    assert len(deductions(emulator)) == 1


def test_what_may_have_been_billed_is_not_tried_again_by_that(paid, emulator):
    emulator.fault(29)
    made = sweep(["dusk"]).run().wait(PATIENCE)
    assert "may have been billed" in made.cells[0].error
    with pytest.raises(errors.InputError, match=r"sweep\.cells\[0\]\.job"):
        made.retry(0)
    assert [line.disposition for line in sweep(["dusk"]).dry_run().lines] == [Disposition.IN_DOUBT]
    made.run().wait(PATIENCE)
    assert submissions(emulator) == 1
    job = made.cells[0].job
    job.adopt(deductions(emulator)[0]["prediction"])
    assert made.wait(PATIENCE).failed == ()
    assert len(deductions(emulator)) == 1


def test_a_persons_word_on_what_may_have_been_billed_holds_for_the_cell(paid, emulator):
    emulator.fault(29)
    made = sweep(["dusk"]).run().wait(PATIENCE)
    again = made.cells[0].job.send_again()
    made.go_on_with(0, again)
    assert made.wait(PATIENCE).failed == ()
    later = sweep(["dusk"]).run().wait(PATIENCE)
    assert (later.cells[0].take, later.failed, clips(later)) == (2, (), clips(made))
    assert len(deductions(emulator)) == 2
    with pytest.raises(errors.InputError, match="something else than cell 0"):
        made.go_on_with(0, sweep(["dawn"]).run().wait(PATIENCE).cells[0].job)


@pytest.mark.parametrize(
    ("index", "said"),
    [(0, "not failed: it is ready"), (1, "it is left out"), (3, "There is no cell 3"),
     (-1, "There is no cell -1"), (True, "There is no cell True")],
)  # fmt: skip
def test_what_has_not_failed_is_not_tried_again(paid, emulator, index, said):
    made = sweep(skip={"prompt": "dusk"}).run().wait(PATIENCE)
    with pytest.raises(errors.InputError, match=said):
        made.retry(index)
    assert len(deductions(emulator)) == 2


def test_another_price_than_was_shown_stops_a_retry(paid, emulator):
    emulator.fault(15)
    made = sweep(["dusk"]).run().wait(PATIENCE)
    with pytest.raises(errors.PriceChangedError):
        made.retry(0, price=Decimal("0.40"))
    assert len(deductions(emulator)) == 1


# -- time, and death --------------------------------------------------------------------------


def test_it_takes_as_long_as_the_dry_run_said(kernels, emulator, shots):
    """Under the Bronze tier, with the page's 30 to 90 s a generation, in scaled time."""
    emulator.reset(latency="real", tier="bronze", time_scale=SCALE, seed=5)
    kernel = kernels()
    made = Sweep.from_plan(plan(FRAME, **shots), connection=kernel.paid, runner=kernel.runner)
    low, high = made.dry_run().seconds
    made.run().wait(PATIENCE * 3)
    rows = kernel.library.ledger.jobs.all()
    took = max(row.finished_at for row in rows) - min(row.asked_at for row in rows)
    assert len(deductions(emulator)) == 24
    assert took.total_seconds() == pytest.approx((low + high) / 2, rel=0.15)


CHILD = """
import sys, time
from pathlib import Path
from tests.support.kernel import Kernel
class Place:
    url, key = {url!r}, {key!r}
kernel = Kernel(Path({library!r}), Place)
made = kernel.sweep([f"shot {{number}}" for number in range(12)], takes=2)
made.run()
print("asked", flush=True)
time.sleep(600)
"""


def test_killed_in_the_middle_and_run_again_no_cell_is_lost_and_none_sent_twice(
    kernels, emulator, tmp_path
):
    script = CHILD.format(
        url=emulator.url,
        key=emulator.key,
        library=str(tmp_path / "library"),
    )
    child = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True)
    try:
        assert child.stdout.readline() == "asked\n"
        emulator.until(lambda: len(deductions(emulator)) >= 4)
        emulator.renderer.open.clear()
        kernel = kernels()
        ledger = kernel.library.ledger

        def stands():
            """Two are at the service, and what is left waits for its turn."""
            states = [row.state for row in ledger.jobs.all()]
            waiting = states.count(JobState.INTENT)
            return (
                waiting
                and not {JobState.SENT, JobState.COMPLETED} & set(states)
                and (
                    states.count(JobState.CREATED)
                    + states.count(JobState.PROCESSING)
                    + states.count(JobState.ACCEPTED)
                    == 2
                )
            )

        emulator.until(stands)
    finally:
        child.kill()
        child.wait()
        child.stdout.close()
    emulator.renderer.open.set()
    before = len(deductions(emulator))
    made = kernel.sweep([f"shot {number}" for number in range(12)], takes=2)
    told = made.dry_run()
    assert {line.disposition for line in told.lines} == {
        Disposition.HELD,
        Disposition.JOINED,
        Disposition.UNSENT,
    }
    assert told.sending == 24 - before
    assert told.needed == 0
    made.run().wait(PATIENCE * 3)
    assert made.failed == ()
    assert len(set(clips(made)) - {None}) == 24
    assert submissions(emulator) == len(deductions(emulator)) == 24


# -- lists and tables -------------------------------------------------------------------------


def test_a_sweep_and_its_list_are_the_same(paid, tmp_path, shots):
    file = tmp_path / "pictures" / "harbour.jpg"
    file.parent.mkdir()
    file.write_bytes(picture())
    made = hw.Sweep({"sea": file, "pasted": gradient()}, shots["prompt"], takes=2,
                    end_image=[None, gradient(800, 450)], enable_prompt_expansion=(True, False),
                    skip={"move": "pan left", "light": "noon"}, **shots["variables"])  # fmt: skip
    written = made.to_csv(tmp_path / "lists.csv")
    assert '"pictures/harbour.jpg"' in written.read_text("utf-8-sig")
    again = hw.Sweep.from_csv(written)
    assert [
        (
            cell.request,
            cell.take,
            cell.skipped,
            {k: v for k, v in cell.values.items() if "image" not in k},
        )
        for cell in again.cells
    ] == [
        (
            cell.request,
            cell.take,
            cell.skipped,
            {k: v for k, v in cell.values.items() if "image" not in k},
        )
        for cell in made.cells
    ]
    assert [factor.name for factor in again.factors] == [factor.name for factor in made.factors]


def test_a_picture_that_was_changed_since_is_taken_from_the_library(paid, tmp_path):
    file = tmp_path / "harbour.jpg"
    file.write_bytes(picture())
    made = hw.Sweep(file, "x")
    file.write_bytes(gradient())
    again = hw.Sweep.from_csv(made.to_csv(tmp_path / "list.csv"))
    assert again.cells[0].request == made.cells[0].request


def test_a_list_never_takes_another_files_place(paid, tmp_path):
    made = hw.Sweep(gradient(), "x")
    written = made.to_csv(tmp_path / "list.csv")
    assert made.to_csv(written) == written
    other = tmp_path / "other.csv"
    other.write_text("mine")
    with pytest.raises(errors.InputError, match="exists already"):
        made.to_csv(other)
    assert other.read_text() == "mine"
    with pytest.raises(errors.LibraryError, match="could not be written"):
        made.to_csv(tmp_path / "nowhere" / "list.csv")


@pytest.mark.parametrize("name", ["nothing.csv", ".", "a\0b.csv"])
def test_a_list_that_cannot_be_read_is_a_sentence(paid, tmp_path, name):
    with pytest.raises(errors.InputError, match="cannot be read"):
        hw.Sweep.from_csv(tmp_path / name)


def test_a_list_that_is_wrong_is_told_with_its_name(paid, tmp_path):
    (tmp_path / "shots.csv").write_text("prompt,mood\nx,sad\n")
    with pytest.raises(errors.InputError, match=r"“shots\.csv”: .*a column “mood”"):
        hw.Sweep.from_csv(tmp_path / "shots.csv", FRAME)


def test_a_table_has_a_row_for_every_cell(paid, emulator):
    emulator.fault(15)
    made = sweep(["{light} one"], variables={"light": ["dawn", "dusk", "night"]},
                 skip={"light": "dusk"})  # fmt: skip
    made.run().wait(PATIENCE)
    frame = made.to_frame()
    assert list(frame["index"]) == [0, 1, 2]
    assert list(frame["light"]) == ["dawn", "dusk", "night"]
    assert list(frame["prompt"]) == ["dawn one", "dusk one", "night one"]
    assert list(frame["image"]) == ["harbour.jpg"] * 3
    assert set(frame["image_sha256"]) == {FRAME.sha256}
    assert sorted(frame["state"]) == ["downloaded", "failed", "skipped"]
    assert sorted(frame["cost"]) == [0.0, 0.49, 0.49]
    assert sorted(frame["money"]) == ["", "spent", "spent"]
    good = frame[frame["state"] == "downloaded"].iloc[0]
    assert (good["width"], good["height"], good["fps"], good["frames"]) == (64, 36, 24.0, 16)
    assert good["file"] == f"{good['clip_sha256']}.mp4"
    assert good["seconds"] > 0
    assert good["error"] == ""
    bad = frame[frame["state"] == "failed"].iloc[0]
    assert "refunds" in bad["error"]


def test_a_table_of_what_was_never_asked_for(paid):
    frame = sweep(takes=2).to_frame()
    assert list(frame["state"]) == ["not asked for"] * 6
    assert frame["cost"].sum() == 0
    assert frame["asked_at"].isna().all()


def test_without_pandas_it_says_what_to_install(tmp_path):
    script = (
        "import sys; sys.modules['pandas'] = None\n"
        "import numpy as np, hailuo_widgets as hw\n"
        "from hailuo_widgets.errors import InputError\n"
        f"hw.connect(library={str(tmp_path / 'library')!r})\n"
        "made = hw.Sweep(np.zeros((720, 1280, 3), np.uint8), 'x')\n"
        "try:\n    made.to_frame()\nexcept InputError as error:\n    print(error)\n"
    )
    said = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert "pip install pandas" in said.stdout
