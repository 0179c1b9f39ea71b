"""Fetching a clip: whole, verified, and without the key."""

import asyncio
import base64
import gzip
import io
import random
import threading
import zlib
from http.server import BaseHTTPRequestHandler, HTTPServer

import av
import httpx
import pytest
from PIL import Image

from hailuo_widgets.errors import DownloadError
from hailuo_widgets.jobs.wavespeed import poll
from hailuo_widgets.jobs.wavespeed.download import download, download_all, is_address
from hailuo_widgets.media.store import Media
from tests.support.samples import clip

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


# -- what is no MP4 -----------------------------------------------------------------------------


def film(container, codec):
    target = io.BytesIO()
    with av.open(target, "w", format=container) as made:
        stream = made.add_stream(codec, rate=24)
        stream.width, stream.height, stream.pix_fmt = 64, 36, "yuv420p"
        for _ in range(6):
            made.mux(stream.encode(av.VideoFrame(64, 36, "yuv420p")))
        made.mux(stream.encode())
    return target.getvalue()


def still(kind):
    target = io.BytesIO()
    Image.new("RGB", (64, 36), "teal").save(target, kind)
    return target.getvalue()


OTHERS = {
    ".webm": (lambda: film("webm", "libvpx"), "WebM"),
    ".mov": (lambda: film("mov", "libx264"), "QuickTime"),
    ".riff": (lambda: film("avi", "mpeg4"), "AVI"),
    ".jpg": (lambda: still("JPEG"), "JPEG"),
    ".png": (lambda: still("PNG"), "PNG"),
    ".gif": (lambda: still("GIF"), "GIF"),
}


def others(tmp_path):
    return sorted((tmp_path / "others").glob("*")) if (tmp_path / "others").is_dir() else []


@pytest.mark.parametrize("suffix", OTHERS)
def test_what_is_whole_and_no_mp4_is_kept_as_what_it_is_at_once(tmp_path, suffix):
    make, words = OTHERS[suffix]
    data = make()
    asked = []

    def answer(request):
        asked.append(request)
        return httpx.Response(200, content=data, headers={"Content-Type": "video/mp4"})

    with pytest.raises(DownloadError, match=rf"{words}.* kept as others/\w+\{suffix}\.") as caught:
        fetch_from(tmp_path, answer)
    (kept,) = others(tmp_path)
    assert (kept.suffix, kept.read_bytes(), len(asked)) == (suffix, data, 1)
    assert kept.name in str(caught.value)
    assert list((tmp_path / "clips").iterdir()) == []


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".gif", ".mov", ".riff"])
def test_what_did_not_come_to_its_end_is_fetched_again(tmp_path, suffix):
    data = OTHERS[suffix][0]()
    queue = [data[: len(data) // 2], WHOLE]
    found = fetch_from(tmp_path, lambda _: httpx.Response(200, content=queue.pop(0)))
    assert found[1].frame_count == 12


@pytest.mark.parametrize("data", [WHOLE[: len(WHOLE) // 2], b"\x00\x9f\xffbytes of no kind" * 9])
def test_what_cannot_be_decoded_at_all_is_kept_too(tmp_path, data):
    with pytest.raises(DownloadError, match=r"did not arrive whole.* kept as others/"):
        fetch_from(tmp_path, lambda _: httpx.Response(200, content=data))
    (kept,) = others(tmp_path)
    assert kept.read_bytes() == data


@pytest.mark.parametrize("page", [b"<html>sorry</html>", b'{"error": "no"}', b""])
def test_a_page_in_place_of_a_file_is_not_kept(tmp_path, page):
    with pytest.raises(DownloadError):
        fetch_from(tmp_path, lambda _: httpx.Response(200, content=page))
    assert others(tmp_path) == []


def fetch_from(tmp_path, answer, addresses=(ADDRESS,), all_of_them=False):
    async def no_wait(_seconds):
        await asyncio.sleep(0)

    async def run():
        media = Media(tmp_path)
        clock = poll.Clock(lambda: 0.0, no_wait, random.Random(1))
        async with httpx.AsyncClient(transport=httpx.MockTransport(answer)) as http:
            if all_of_them:
                return await download_all(http, addresses, media, "p1", clock)
            return await download(http, addresses[0], media, "p1", clock)

    try:
        return asyncio.run(run())
    finally:
        assert list(tmp_path.rglob("incoming-*")) == []


# -- how it comes -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("told", "fine"),
    [
        (f"bytes 0-{len(WHOLE) - 1}/{len(WHOLE)}", True),
        (f"bytes 0-{len(WHOLE) - 1}/*", True),
        (None, True),
        (f"bytes 0-{len(WHOLE) - 1}/{2 * len(WHOLE)}", False),
        (f"bytes 10-{len(WHOLE) + 9}/{len(WHOLE) + 10}", False),
    ],
)
def test_a_206_is_taken_when_it_is_the_whole_file(tmp_path, told, fine):
    headers = {"Content-Range": told} if told else {}

    def answer(_):
        return httpx.Response(206, content=WHOLE, headers=headers)

    if fine:
        assert fetch_from(tmp_path, answer)[1].frame_count == 12
    else:
        with pytest.raises(DownloadError, match="only a part"):
            fetch_from(tmp_path, answer)


@pytest.mark.parametrize(
    ("coding", "code"),
    [("gzip", gzip.compress), ("deflate", zlib.compress), ("gzip", bytes), ("deflate", bytes)],
    ids=["gzip", "deflate", "said to be gzip", "said to be deflate"],
)
def test_codings_are_undone_also_where_they_are_only_said(tmp_path, coding, code):
    data = code(WHOLE)

    async def pieces():
        yield data

    def answer(request):
        assert request.headers["Accept-Encoding"] == "identity"
        return httpx.Response(200, content=pieces(), headers={"Content-Encoding": coding})

    assert fetch_from(tmp_path, answer)[1].frame_count == 12


@pytest.mark.parametrize("place", ["../other/b.mp4?x=1", "/b.mp4", "//else.test/b.mp4", "b c.mp4"])
def test_a_relative_redirect_is_joined(tmp_path, place):
    asked = []

    def answer(request):
        asked.append(str(request.url))
        if len(asked) == 1:
            return httpx.Response(307, headers={"Location": place})
        return httpx.Response(200, content=WHOLE)

    assert fetch_from(tmp_path, answer)[1].frame_count == 12
    assert asked[1] == str(httpx.URL(ADDRESS).join(place))


@pytest.mark.parametrize(
    "address",
    ["http://[::1", "https://", "https://a:99999999/x", "s3://bucket/a.mp4", "unreadable:x"],
)
def test_an_address_that_cannot_be_read_is_a_sentence(tmp_path, address):
    assert not is_address(address)
    with pytest.raises(DownloadError, match="no web address"):
        fetch_from(tmp_path, lambda _: httpx.Response(200, content=WHOLE), (address,))


@pytest.mark.parametrize("spelling", ["urlsafe", "no padding", "with line ends"])
def test_bytes_inside_an_answer_are_read_in_any_spelling(tmp_path, spelling):
    coded = base64.b64encode(WHOLE).decode()
    spelt = {
        "urlsafe": coded.replace("+", "-").replace("/", "_"),
        "no padding": coded.rstrip("="),
        "with line ends": "\r\n".join(coded[n : n + 76] for n in range(0, len(coded), 76)),
    }[spelling]
    found = fetch_from(tmp_path, lambda _: None, (f"data:video/mp4;base64,{spelt}",))
    assert found[1].frame_count == 12


def test_a_length_that_lies_does_not_lose_a_film(tmp_path):
    """Over a real connection: the host promises more than it has, and closes."""

    class Lying(BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.send_header("Content-Length", str(len(WHOLE) + 1000))
            self.end_headers()
            self.wfile.write(WHOLE)

        def log_message(self, *_):
            pass

    server = HTTPServer(("127.0.0.1", 0), Lying)
    threading.Thread(target=server.serve_forever, daemon=True).start()

    async def run():
        clock = poll.Clock(lambda: 0.0, asyncio.sleep, random.Random(1))
        async with httpx.AsyncClient(trust_env=False) as http:
            address = f"http://127.0.0.1:{server.server_port}/a.mp4"
            return await download(http, address, Media(tmp_path), "p1", clock)

    try:
        assert asyncio.run(run())[1].frame_count == 12
    finally:
        server.shutdown()
        server.server_close()


# -- several files ------------------------------------------------------------------------------


def test_all_files_of_a_prediction_are_kept_and_said(tmp_path):
    files = {"/cover.jpg": still("JPEG"), "/a.mp4": WHOLE, "/b.mp4": clip(frames=9)}

    def answer(request):
        data = files.get(request.url.path)
        return httpx.Response(404) if data is None else httpx.Response(200, content=data)

    addresses = [f"https://files.test{path}" for path in (*files, "/gone.mp4")]
    (sha256, facts, _), note = fetch_from(tmp_path, answer, addresses, all_of_them=True)
    assert facts.frame_count == 12
    assert (tmp_path / "clips" / f"{sha256}.mp4").is_file()
    assert {path.read_bytes() for path in others(tmp_path)} == {
        files["/cover.jpg"],
        files["/b.mp4"],
    }
    assert all(path.name in note for path in others(tmp_path))
    assert "gave 4 files" in note
    assert "did not arrive" in note


def test_one_file_needs_no_note(tmp_path):
    _, note = fetch_from(tmp_path, lambda _: httpx.Response(200, content=WHOLE), all_of_them=True)
    assert note == ""


def test_a_crowd_of_files_is_bounded_and_said(tmp_path):
    asked = []

    def answer(request):
        asked.append(request)
        return httpx.Response(200, content=WHOLE)

    addresses = [f"https://files.test/{number}" for number in range(64)]
    _, note = fetch_from(tmp_path, answer, addresses, all_of_them=True)
    assert len(asked) == 9
    assert "55 more were not fetched" in note
