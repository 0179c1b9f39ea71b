"""Fetching a clip: whole, verified, and without the key."""

import asyncio
import base64
import random

import httpx
import pytest

from hailuo_widgets.errors import DownloadError
from hailuo_widgets.jobs import poll
from hailuo_widgets.jobs.download import download
from hailuo_widgets.library.media import Media
from samples import clip

WHOLE = clip()
ADDRESS = "https://files.test/output/a.mp4"


def fetch(tmp_path, answers, address=ADDRESS):
    """Download from hosts that give these answers in turn, the last one for ever."""
    queue, asked = list(answers), []

    def answer(request):
        asked.append(request)
        return queue.pop(0) if len(queue) > 1 else queue[0]

    async def no_wait(_seconds):
        await asyncio.sleep(0)

    async def run():
        media = Media(tmp_path)
        clock = poll.Clock(lambda: 0.0, no_wait, random.Random(1))
        async with httpx.AsyncClient(transport=httpx.MockTransport(answer)) as http:
            return await download(http, address, media, "p1", clock)

    try:
        return asyncio.run(run()), asked
    finally:
        assert list(tmp_path.rglob("incoming-*")) == []


def whole(**headers):
    return httpx.Response(200, content=WHOLE, headers=headers)


def test_a_whole_file_is_kept(tmp_path):
    (sha256, facts, size), asked = fetch(tmp_path, [whole()])
    assert (tmp_path / "clips" / f"{sha256}.mp4").read_bytes() == WHOLE
    assert (facts.frame_count, size, len(asked)) == (12, len(WHOLE), 1)


def test_the_key_is_not_sent_to_where_files_lie(tmp_path):
    _, asked = fetch(tmp_path, [whole()])
    assert all("authorization" not in request.headers for request in asked)


@pytest.mark.parametrize(
    "first",
    [
        httpx.Response(403),
        httpx.Response(404),
        httpx.Response(503),
        httpx.Response(200, content=WHOLE[: len(WHOLE) // 2]),
        httpx.Response(200, content=b""),
        httpx.Response(200, content=b"<html>sorry</html>", headers={"Content-Type": "video/mp4"}),
    ],
    ids=["403", "404", "503", "short", "empty", "html"],
)
def test_a_file_that_does_not_arrive_whole_is_fetched_again(tmp_path, first):
    (_, facts, _), asked = fetch(tmp_path, [first, whole()])
    assert (facts.frame_count, len(asked)) == (12, 2)


@pytest.mark.parametrize("kind", ["binary/octet-stream", "text/html", ""])
def test_the_declared_type_does_not_matter(tmp_path, kind):
    (_, facts, _), _ = fetch(tmp_path, [whole(**{"Content-Type": kind})])
    assert facts.frame_count == 12


def test_a_redirect_on_the_web_is_followed(tmp_path):
    away = httpx.Response(302, headers={"Location": "https://other.test/b.mp4"})
    _, asked = fetch(tmp_path, [away, whole()])
    assert [str(request.url) for request in asked] == [ADDRESS, "https://other.test/b.mp4"]


@pytest.mark.parametrize("place", ["file:///etc/passwd", "ftp://x.test/a", "gopher://x.test/"])
def test_a_redirect_off_the_web_is_not_followed(tmp_path, place):
    with pytest.raises(DownloadError, match="leads away from the web"):
        fetch(tmp_path, [httpx.Response(302, headers={"Location": place})])


def test_a_circle_of_redirects_ends(tmp_path):
    with pytest.raises(DownloadError, match="in circles"):
        fetch(tmp_path, [httpx.Response(302, headers={"Location": ADDRESS})])


@pytest.mark.parametrize("address", ["file:///etc/passwd", "/etc/passwd", "javascript:alert(1)"])
def test_an_address_off_the_web_is_never_opened(tmp_path, address):
    with pytest.raises(DownloadError, match="no web address"):
        fetch(tmp_path, [whole()], address)


def test_bytes_that_came_inside_the_answer_are_kept_too(tmp_path):
    address = "data:video/mp4;base64," + base64.b64encode(WHOLE).decode()
    (_, facts, size), asked = fetch(tmp_path, [whole()], address)
    assert (facts.frame_count, size, asked) == (12, len(WHOLE), [])


def test_when_it_never_arrives_the_error_says_that_it_is_not_lost(tmp_path):
    with pytest.raises(DownloadError, match=r"finished and paid for.*7 days") as caught:
        fetch(tmp_path, [httpx.Response(404)])
    assert caught.value.prediction_id == "p1"
