"""A press costs what it showed, for every take it starts, or sends nothing."""

import contextlib
import functools
from collections import Counter
from decimal import Decimal

import pytest

from hailuo_widgets import errors
from hailuo_widgets.jobs.runner import api
from hailuo_widgets.jobs.services.connect import connect, connections
from hailuo_widgets.library.ledger.states import JobState
from hailuo_widgets.library.library import Library
from hailuo_widgets.request.video_request import VideoRequest
from hailuo_widgets.widgets.shared.job_actions import choices_of, decide
from hailuo_widgets.widgets.studio.studio import Studio
from tests.support.fake_page import Page
from tests.support.fake_previewer import Previewing
from tests.support.fast_clock import PATIENCE, RUNNER, deductions
from tests.support.samples import picture

SHOWN = Decimal("0.49")


class RisingPrice:
    """A price that is another one from its n-th reading on, as if the service had said so then."""

    listed = False
    fresh = True

    def __init__(self, reading, then="4.90"):
        self._left = reading
        self._then = Decimal(then)

    @property
    def amount(self):
        self._left -= 1
        return self._then if self._left < 0 else SHOWN

    async def renew(self, client):
        """Nothing newer is known."""


def generate(*request, take, service, price):
    return RUNNER.ask(connections().named(service), VideoRequest(*request), take, price)


def form(prompt="slow push in"):
    return Studio(
        picture(),
        prompt,
        previewer=Previewing,
        samples=[],
        generate=generate,
        generate_takes=functools.partial(api.generate_takes, runner=RUNNER),
    )


def connected(emulator, folder, **more):
    wishes = {"budget": 50, "tier": "ultra", "confirm_above": 100, **more}
    return connect(
        "wavespeed", api_key=emulator.key, base_url=emulator.url, library=folder, **wishes
    )


def rows(paid):
    return paid.library.ledger.jobs.all(service="wavespeed")


def settle(paid):
    """Wait for every job of the library's."""
    for (folder, *_), job in list(RUNNER._jobs.items()):
        if folder == str(paid.library.path):
            with contextlib.suppress(errors.PriceChangedError):
                job.wait(PATIENCE)


@pytest.mark.parametrize("reading", range(14))
@pytest.mark.parametrize(
    "how", [{"takes": 3, "amount": "$1.47"}, {"another": True, "amount": "$0.49"}]
)
def test_no_take_goes_out_at_a_price_that_the_button_did_not_show(emulator, tmp_path, reading, how):
    paid = connected(emulator, tmp_path / "library")
    studio = form()
    if how.get("another"):
        studio.run("wavespeed").wait(PATIENCE)
    before = len(deductions(emulator))
    paid._price = RisingPrice(reading)
    answer, _ = Page(studio).ask("run", service="wavespeed", **how)
    settle(paid)
    sent = [row for row in rows(paid) if row.state is not JobState.REFUSED][before:]
    assert len(deductions(emulator)) - before == len(sent)
    assert {row.price for row in sent} <= {SHOWN}
    if not answer["ok"]:
        assert "Nothing was sent" in answer["error"]
        assert len(rows(paid)) == before


def test_what_waits_for_its_turn_is_not_sent_once_the_price_is_another(emulator, tmp_path):
    paid = connected(emulator, tmp_path / "library", tier="bronze")
    emulator.renderer.open.clear()
    studio = form()
    assert Page(studio).ask("run", service="wavespeed", takes=5, amount="$2.45")[0]["ok"] is True
    emulator.until(lambda: len(deductions(emulator)) == 2)
    paid._price = RisingPrice(0)
    emulator.renderer.open.set()
    settle(paid)
    states = Counter(row.state for row in rows(paid))
    assert states == {JobState.DOWNLOADED: 2, JobState.REFUSED: 3}
    assert len(deductions(emulator)) == 2
    assert paid.budget.spent + paid.budget.committed == Decimal("0.98")


@pytest.mark.parametrize(("takes", "spent_elsewhere"), [(10, 5), (3, 8), (2, 9), (4, 9)])
def test_takes_that_do_not_all_fit_the_budget_send_nothing_at_all(
    emulator, tmp_path, takes, spent_elsewhere
):
    paid = connected(emulator, tmp_path / "library", budget="4.90")
    studio = form()
    shown = studio.paid["total"] if takes == 1 else f"${takes * SHOWN:.2f}"
    page = Page(studio)
    # Another kernel spends after this one has looked, so that only the ledger can know.
    elsewhere = Library(tmp_path / "library")
    for number in range(spent_elsewhere):
        elsewhere.ledger.begin(
            "wavespeed",
            VideoRequest(picture(), f"other {number}"),
            1,
            SHOWN,
            holder=paid.library.holder.name,
            is_alive=lambda _: True,
            has_clip=lambda _: True,
        )
    answer, _ = page.ask("run", service="wavespeed", takes=takes, amount=shown)
    assert answer["ok"] is False
    assert "Nothing was sent" in answer["error"]
    assert deductions(emulator) == []
    assert len(rows(paid)) == spent_elsewhere


def test_takes_already_there_are_not_paid_again_and_the_rest_is(emulator, tmp_path):
    paid = connected(emulator, tmp_path / "library")
    studio = form()
    page = Page(studio)
    page.ask("run", service="wavespeed", takes=2, amount="$0.98")
    settle(paid)
    assert page.ask("run", service="wavespeed", takes=4, amount="$1.96")[0]["ok"] is False
    assert page.ask("run", service="wavespeed", takes=4, amount="$0.98")[0]["ok"] is True
    settle(paid)
    assert len(deductions(emulator)) == 4


def test_more_than_was_agreed_to_is_never_begun(emulator, tmp_path):
    connected(emulator, tmp_path / "library")
    with pytest.raises(errors.InputError, match=r"cost \$1\.47 now; you agreed to \$0\.98"):
        api.generate_takes(
            picture(), takes=[1, 2, 3], price=SHOWN, at_most=Decimal("0.98"), runner=RUNNER
        )
    assert deductions(emulator) == []


@pytest.mark.parametrize(
    ("price", "shown"),
    [
        ("0.004", "$0.004"),
        ("0.0000012", "$0.000002"),
        ("0.4900001", "$0.490001"),
        ("1.5", "$1.50"),
    ],
)
def test_a_price_is_shown_to_its_last_digit_agreed_to_and_sent(emulator, tmp_path, price, shown):
    emulator.reset(price=float(price))
    paid = connected(emulator, tmp_path / "library")
    emulator.until(lambda: not paid.price_is_listed)
    studio = form()
    assert studio.paid["run"] == f"Run · {shown}"
    assert Page(studio).ask("run", service="wavespeed", amount="$0.00")[0]["ok"] is False
    assert Page(studio).ask("run", service="wavespeed", amount=shown)[0]["ok"] is True
    settle(paid)
    assert [row.price for row in rows(paid)] == [Decimal(shown[1:])]


@pytest.mark.parametrize("variant", ["html", "empty", "text"])
def test_one_page_of_a_gateway_does_not_hide_the_price(emulator, tmp_path, variant):
    emulator.reset(price=0.55)
    emulator.fault(6, variant, at=["price"], times=2)
    paid = connected(emulator, tmp_path / "library")
    emulator.until(lambda: not paid.price_is_listed)
    assert paid.price == Decimal("0.55")


# -- the second press -------------------------------------------------------------------------


@pytest.mark.parametrize(
    "how",
    [
        {"takes": 1, "amount": "$0.49"},
        {"takes": 3, "amount": "$1.47"},
        {"another": True, "amount": "$0.49"},
    ],
)
def test_every_press_above_the_threshold_is_asked_about(emulator, tmp_path, how):
    paid = connected(emulator, tmp_path / "library", confirm_above="0.48")
    page = Page(form())
    for confirmed in (None, False, "true", 1):
        answer, _ = page.ask("run", service="wavespeed", **how, confirmed=confirmed)
        assert "confirm it first" in answer["error"]
    assert deductions(emulator) == []
    assert page.ask("run", service="wavespeed", **how, confirmed=True)[0]["ok"] is True
    settle(paid)
    assert len(deductions(emulator)) == how.get("takes", 1)


def never_sent(emulator, folder, **more):
    """A paid job that an earlier kernel asked for and never sent."""
    paid = connected(emulator, folder, **more)
    request = VideoRequest(picture(), "left behind")
    paid.library.media.keep_frame(request.image)
    paid.library.ledger.begin(
        "wavespeed",
        request,
        1,
        SHOWN,
        holder="0" * 32,
        is_alive=lambda _: True,
        has_clip=lambda _: True,
    )
    (job,) = RUNNER.resume(paid).jobs
    emulator.until(lambda: job.never_sent)
    return paid, job


def test_sending_again_shows_todays_price_and_sends_at_no_other(emulator, tmp_path):
    paid, job = never_sent(emulator, tmp_path / "library")
    old, *_ = choices_of(job)
    assert old["label"] == "Send it now · $0.49"
    paid._price.amount = Decimal("0.60")
    assert choices_of(job)[0]["label"] == "Send it now · $0.60"
    with pytest.raises(errors.InputError, match=r"costs .*\$0\.60 now; the button said .*\$0\.49"):
        decide(job, {"act": "send", "prediction": "", "label": old["label"]})
    with pytest.raises(errors.InputError, match="Nothing was sent"):
        decide(job, {"act": "send", "prediction": ""})
    assert deductions(emulator) == []


def test_sending_again_above_the_threshold_is_asked_about(emulator, tmp_path):
    _, job = never_sent(emulator, tmp_path / "library", confirm_above="0.10")
    choice, *_ = choices_of(job)
    word = {"act": "send", "prediction": "", "label": choice["label"]}
    assert choice["confirm"] == "This runs 1 take for $0.49 in all."
    with pytest.raises(errors.InputError, match="confirm it first"):
        decide(job, word)
    decide(job, {**word, "confirmed": True}).wait(PATIENCE)
    assert len(deductions(emulator)) == 1
