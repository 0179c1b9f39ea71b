"""Looks ahead over real loopback HTTP: one question at a time, the latest one answered."""

import queue

import httpx
import pytest

from hailuo_widgets.errors import EmulatorError, HailuoError
from hailuo_widgets.frame.frame import Frame
from hailuo_widgets.jobs import loop
from hailuo_widgets.jobs.services.preview_client import Preview, Previewer, ShotSummary
from hailuo_widgets.jobs.wavespeed.api_key import ApiKey
from hailuo_widgets.jobs.wavespeed.client import Client
from tests.support.emulator_server import PATIENCE_SECONDS, RunningEmulator
from tests.support.samples import gradient, picture


class Connected:
    """A connection to an emulator that runs already."""

    def __init__(self, url, key):
        self.url, self.key = url, key

    async def client(self, http):
        return Client(http, self.url, ApiKey(self.key))


@pytest.fixture
def sent():
    """The paths of all requests."""
    return []


@pytest.fixture
def http(sent):
    made = []

    async def note(request):
        sent.append(request.url.path.rpartition("/")[2])

    def client():
        if not made:
            made.append(httpx.AsyncClient(trust_env=False, event_hooks={"request": [note]}))
        return made[0]

    yield client
    if made:
        loop.submit(made[0].aclose).result(PATIENCE_SECONDS)


@pytest.fixture
def news():
    return queue.SimpleQueue()


@pytest.fixture
def previewer(emulator, http, news):
    return Previewer(http, lambda: Connected(emulator.url, emulator.key), news.put)


def next_of(news, kind):
    """The next news of a kind; what comes before it is dropped."""
    while not isinstance(found := news.get(timeout=PATIENCE_SECONDS), kind):
        pass
    return found


def test_first_comes_what_was_understood_then_the_preview(previewer, news):
    previewer.look("push in", Frame(gradient()), None)
    outlook = news.get(timeout=PATIENCE_SECONDS)
    assert outlook == ShotSummary("push in", ("rack focus",), "", 0.25, 0.125)
    preview = news.get(timeout=PATIENCE_SECONDS)
    assert preview == Preview("push in", outlook, f"push in [{len(gradient())}]".encode(), b"strip")


def test_both_pictures_are_given(previewer, news):
    start, end = Frame(gradient()), Frame(picture())
    previewer.look("pan", start, end)
    preview = next_of(news, Preview)
    assert preview.clip == f"pan [{len(start.data)}, {len(end.data)}]".encode()
    assert preview.outlook.way == "moves"


def test_without_a_picture_the_prompt_alone_is_read(previewer, news, emulator):
    previewer.look("push in", None, None)
    assert next_of(news, ShotSummary).understood == "push in"
    previewer.look("pan", Frame(gradient()), None)
    next_of(news, Preview)
    assert ("preview", "push in") not in emulator.looker.calls


def test_a_picture_travels_once(previewer, news, sent):
    new = Frame(gradient(404, 404))
    for prompt in ("one", "two", "three"):
        previewer.look(prompt, new, None)
        next_of(news, Preview)
    assert sent.count("pictures") == 1


def test_words_that_change_nothing_are_not_rendered_again(previewer, news, emulator):
    previewer.look("push in", Frame(gradient()), None)
    first = next_of(news, Preview)
    previewer.look("push in  ", Frame(gradient()), None)
    assert next_of(news, Preview) == first
    assert sorted(kind for kind, _ in emulator.looker.calls) == ["outlook", "outlook", "preview"]


def test_a_newer_question_cancels_the_one_before(previewer, news, emulator):
    emulator.looker.open.clear()
    previewer.look("old", Frame(gradient()), None)
    emulator.until(lambda: ("preview", "old") in emulator.looker.calls)
    previewer.look("new", Frame(gradient()), None)
    emulator.until(lambda: "old" in emulator.looker.cancelled)
    emulator.looker.open.set()
    assert next_of(news, Preview).outlook.understood == "new"
    assert news.empty()


def test_forms_do_not_cancel_each_other(emulator, http):
    emulator.looker.open.clear()
    heard = [queue.SimpleQueue(), queue.SimpleQueue()]
    for number, news in enumerate(heard):
        previewer = Previewer(http, lambda: Connected(emulator.url, emulator.key), news.put)
        previewer.look(f"form {number}", Frame(gradient()), None)
        emulator.until(lambda n=number: ("preview", f"form {n}") in emulator.looker.calls)
    emulator.looker.open.set()
    for number, news in enumerate(heard):
        assert next_of(news, Preview).outlook.understood == f"form {number}"


def test_after_stopping_nothing_is_told(emulator, http, previewer, news):
    emulator.looker.open.clear()
    previewer.look("old", Frame(gradient()), None)
    next_of(news, ShotSummary)
    previewer.stop()
    emulator.looker.open.set()
    later = queue.SimpleQueue()
    other = Previewer(http, lambda: Connected(emulator.url, emulator.key), later.put)
    other.look("later", Frame(gradient()), None)
    next_of(later, Preview)
    assert news.empty()


def test_no_emulator_is_a_sentence(http, news):
    class Broken:
        async def client(self, _):
            raise EmulatorError("The emulator did not start.")

    Previewer(http, Broken, news.put).look("push in", None, None)
    assert str(next_of(news, HailuoError)) == "The emulator did not start."


def test_trouble_on_the_way_is_a_sentence_and_the_next_look_works(http, news, emulator):
    gone = Previewer(http, lambda: Connected("http://127.0.0.1:9", "key"), news.put)
    gone.look("push in", None, None)
    assert "There is no preview now" in str(next_of(news, HailuoError))


def test_a_preview_without_a_picture_is_refused(emulator):
    answer = emulator.http.post("/emulator/preview", json={"prompt": "x", "image": None})
    assert answer.status_code == 400


def test_a_picture_that_cannot_be_read_is_refused_with_the_reason(emulator):
    name = emulator.http.post("/emulator/pictures", content=b"broken").json()["data"]["sha256"]
    answer = emulator.http.post("/emulator/outlook", json={"prompt": "x", "image": name})
    assert (answer.status_code, answer.json()["message"]) == (422, "That is no picture.")


def test_looking_ahead_is_no_part_of_the_service_and_costs_nothing(previewer, news, emulator):
    previewer.look("push in", Frame(gradient()), None)
    next_of(news, Preview)
    assert emulator.bill()["rows"] == []
    assert emulator.state()["predictions"] == []


def test_an_emulator_that_has_forgotten_a_picture_is_given_it_again(
    http, news, sent, emulator, another_emulator
):
    places = [emulator, another_emulator]
    previewer = Previewer(http, lambda: Connected(places[0].url, places[0].key), news.put)
    previewer.look("one", Frame(gradient(402, 402)), None)
    next_of(news, Preview)
    places.reverse()
    previewer.look("two", Frame(gradient(402, 402)), None)
    assert next_of(news, Preview).outlook.understood == "two"
    assert sent.count("pictures") == 2


@pytest.fixture
def another_emulator(emulator, tmp_path):
    running = RunningEmulator(tmp_path / "another", emulator.renderer)
    yield running
    running.close()
