"""What people see of money and of lost answers, in a real JupyterLab in a real browser."""

import re

import pytest
from playwright.sync_api import expect

from tests.support.large_libraries import PRICE, Past
from tests.support.samples import gradient

pytestmark = pytest.mark.browser

ARRIVAL_MS = 90_000
STUDIO = "import hailuo_widgets as hw\nhw.Studio('frame.jpg', '[Pan left]')"


def seen(place, text):
    """Text that eyes can see; the live region repeats it for ears."""
    return place.get_by_text(text).and_(place.locator(":not(.hw-unseen)"))


@pytest.fixture
def paid_lab(lab, emulator, tmp_path):
    """Open a Studio connected to the paid service: ``paid_lab(budget=5)``.

    The library knows from eight earlier clips, all refunded, that this service is quick.
    """
    folder = tmp_path / "library"
    past = Past(folder)
    for _ in range(8):
        past.job(service="wavespeed", seconds=1.0, refunded=PRICE)
    past.library.close()
    frame = tmp_path / "frame.jpg"
    frame.write_bytes(gradient(640, 360))

    opened = []

    def open_studio(*cells, budget="5.00", more=""):
        connect = (
            "import hailuo_widgets as hw\n"
            f"hw.connect('wavespeed', budget={budget}, library={str(folder)!r},"
            f" api_key={emulator.key!r}, base_url={emulator.url!r}{more})"
        )
        opened.append(lab(connect, *(cells or (STUDIO,)), files=[frame]))
        return opened[-1]

    yield open_studio
    # What a kernel still has in line must not reach the next test's emulator.
    for each in opened:
        each.page.evaluate("window.jupyterapp.shell.currentWidget.sessionContext.shutdown()")


def charges(emulator):
    return [row for row in emulator.bill()["rows"] if row["billing_type"] == "deduct"]


def count_looks(emulator):
    """How often the recent predictions were asked for."""
    return emulator.state()["requests"].get("list", 0)


def press(page, name):
    page.get_by_role("button", name=name).click()


def test_the_same_request_again_is_free_and_another_take_is_not(paid_lab, emulator):
    page = paid_lab().page
    expect(page.get_by_role("button", name="Another take")).to_be_hidden()
    press(page, "Run · $0.49")
    expect(seen(page, re.compile(r"Clip ready.*\$0\.49"))).to_be_visible(timeout=ARRIVAL_MS)
    expect(page.get_by_role("button", name="Already in your library · $0")).to_be_visible()
    press(page, "Already in your library · $0")
    expect(page.locator(".hw-player-video")).to_be_visible()
    press(page, "Another take · $0.49")
    expect(seen(page, "take 2").first).to_be_visible()
    expect(seen(page, re.compile(r"spent \$0\.98"))).to_be_visible(timeout=ARRIVAL_MS)
    expect(page.locator(".hw-progress-bar")).to_have_count(0, timeout=ARRIVAL_MS)
    assert len(charges(emulator)) == 2


def test_more_than_the_threshold_wants_a_second_press(paid_lab, emulator):
    page = paid_lab(more=", confirm_above='0.48'").page
    page.get_by_role("combobox", name="Takes at one press").select_option("2")
    press(page, "Run 2 takes · $0.98")
    question = page.get_by_role("alertdialog")
    expect(question).to_contain_text("This runs 2 takes for $0.98 in all.")
    press(page, "Not now")
    expect(question).to_be_hidden()
    assert charges(emulator) == []
    press(page, "Run 2 takes · $0.98")
    press(page, "Yes, run for $0.98")
    expect(seen(page, re.compile(r"spent \$0\.98"))).to_be_visible(timeout=ARRIVAL_MS)
    assert len(charges(emulator)) == 2
    page.get_by_role("combobox", name="Takes at one press").select_option("1")
    press(page, "Another take · $0.49")
    expect(question).to_contain_text("This runs 1 take for $0.49 in all.")
    press(page, "Not now")
    expect(page.get_by_role("button", name="Another take")).to_be_focused()
    press(page, "Another take · $0.49")
    press(page, "Yes, run for $0.49")
    expect(seen(page, re.compile(r"spent \$1\.47"))).to_be_visible(timeout=ARRIVAL_MS)
    assert len(charges(emulator)) == 3


def test_what_the_budget_does_not_allow_is_refused_before_anything_is_sent(paid_lab, emulator):
    page = paid_lab(budget="0.60").page
    page.get_by_role("combobox", name="Takes at one press").select_option("2")
    expect(seen(page, "The budget has $0.60 left; this would cost $0.98.")).to_be_visible()
    expect(page.get_by_role("button", name="Run 2 takes · $0.98")).to_be_disabled()
    assert charges(emulator) == []


def test_run_all_stops_with_a_sentence_at_what_the_budget_does_not_allow(paid_lab, emulator):
    cells = [f"import hailuo_widgets as hw\nhw.generate('frame.jpg', 'shot {n}')" for n in (1, 2)]
    lab = paid_lab(*cells, budget="0.60")
    (refusal,) = [each for each in lab.outputs(2) if each["output_type"] == "error"]
    assert refusal["ename"] == "BudgetError"
    assert "$0.49" in refusal["evalue"]
    assert "Nothing was sent" in refusal["evalue"]
    emulator.until(lambda: len(charges(emulator)) == 1)


def test_a_lost_answer_is_told_looked_for_and_adopted(paid_lab, emulator):
    emulator.fault(28, "after")
    page = paid_lab().page
    press(page, "Run · $0.49")
    expect(seen(page, "May have been billed").first).to_be_visible()
    expect(page.get_by_role("button", name="Send it again · $0.49")).to_be_visible()
    expect(
        page.get_by_role("button", name=re.compile("Keep looking|Look again now"))
    ).to_be_visible()
    press(page, "Adopt it")
    expect(seen(page, re.compile(r"Clip ready.*\$0\.49"))).to_be_visible(timeout=ARRIVAL_MS)
    assert len(charges(emulator)) == 1


def test_a_lost_request_can_be_looked_for_again_and_sent_again(paid_lab, emulator):
    emulator.fault(28, "before")
    page = paid_lab().page
    press(page, "Run · $0.49")
    expect(seen(page, "May have been billed").first).to_be_visible()
    # Each look reads two lists; by itself the third comes 10 s after the second, and the fourth 20 s
    # after that. Whoever presses need not wait: one comes at once and one after 5 s.
    emulator.until(lambda: count_looks(emulator) >= 4)
    looks = count_looks(emulator)
    press(page, "Look again now")
    emulator.until(lambda: count_looks(emulator) >= looks + 4)
    press(page, "Send it again · $0.49")
    expect(seen(page, re.compile(r"Clip ready.*\$0\.49"))).to_be_visible(timeout=ARRIVAL_MS)
    expect(seen(page, "May have been billed").first).to_be_visible()
    assert len(charges(emulator)) == 1


def test_a_fresh_kernel_brings_home_what_the_last_one_left(paid_lab, emulator):
    emulator.renderer.open.clear()
    lab = paid_lab()
    page = lab.page
    press(page, "Run · $0.49")
    emulator.until(lambda: charges(emulator))
    page.evaluate("window.jupyterapp.shell.currentWidget.sessionContext.restartKernel()")
    lab.run_all()
    expect(seen(page, re.compile("1 clip was on its way; 1 is still rendering"))).to_be_visible()
    emulator.renderer.open.set()
    expect(seen(page, re.compile("1 clip was on its way; 1 arrived"))).to_be_visible(
        timeout=ARRIVAL_MS
    )
    expect(page.locator(".hw-player-video")).to_be_visible()
    assert len(charges(emulator)) == 1
