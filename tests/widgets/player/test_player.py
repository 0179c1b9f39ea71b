"""The player without a browser: what the page is told and given."""

import hashlib
import json
import os

import pytest

from hailuo_widgets.frame.frame import Frame
from hailuo_widgets.widgets.player.player import Player, served_path
from hailuo_widgets.widgets.shared.transfer import PIECE_BYTES
from tests.support.clips import make_clip
from tests.support.fake_page import Page, saved
from tests.support.samples import clip as video


@pytest.fixture(scope="module")
def film():
    return video(frames=12)


@pytest.fixture
def clip(tmp_path, film):
    return make_clip(tmp_path / "hailuo-library", film)


def test_the_page_is_told_the_facts_of_the_file(clip):
    player = Player(clip)
    assert player.facts == {
        "sha256": clip.sha256,
        "bytes": clip.bytes,
        "width": 320,
        "height": 180,
        "fps": 24.0,
        "frames": 12,
        "draft": True,
        "name": f"draft-{clip.sha256[:8]}",
        "summary": clip.facts,
    }


def test_a_paid_clip_is_not_called_a_draft(tmp_path, film):
    player = Player(make_clip(tmp_path, film, draft=False))
    assert player.facts["draft"] is False
    assert player.facts["name"].startswith("clip-")


def test_an_empty_player_can_be_given_a_clip_and_emptied_again(clip):
    player = Player()
    assert (player.clip, player.facts, player.relpath) == (None, {}, "")
    player.clip = clip
    assert player.facts["sha256"] == clip.sha256
    player.clip = None
    assert player.facts == {}


def test_the_pieces_the_page_asks_for_are_the_file(tmp_path):
    film = video(frames=4)
    clip = make_clip(tmp_path, film + bytes(2 * PIECE_BYTES + 5))
    page = Page(Player(clip))
    whole = b"".join(
        page.ask("piece", sha256=clip.sha256, offset=at, length=min(PIECE_BYTES, clip.bytes - at))[
            1
        ][0]
        for at in range(0, clip.bytes, PIECE_BYTES)
    )
    assert hashlib.sha256(whole).hexdigest() == clip.sha256


def test_the_poster_comes_on_request(clip):
    page = Page(Player(clip))
    assert page.ask("poster", sha256=clip.sha256)[1] == [clip.poster.read_bytes()]


@pytest.mark.parametrize("kind", ["piece", "poster", "last_frame"])
def test_a_question_about_another_clip_is_refused(clip, kind):
    page = Page(Player(clip))
    fields, _ = page.ask(kind, sha256="0" * 64, offset=0, length=10)
    assert "Another clip" in fields["error"]


@pytest.mark.parametrize("kind", ["piece", "poster", "last_frame"])
def test_a_file_that_is_gone_is_a_sentence(clip, kind):
    page = Page(Player(clip))
    clip.path.unlink()
    clip.poster.unlink()
    fields, _ = page.ask(kind, sha256=clip.sha256, offset=0, length=10)
    assert "can no longer be read" in fields["error"]
    assert str(clip.path.parent) not in fields["error"]


def test_the_last_frame_is_handed_on_as_a_picture(clip):
    player = Player(clip)
    assert player.chainable is False
    heard = []
    player.on_last_frame(heard.append)
    assert player.chainable is True
    assert Page(player).ask("last_frame", sha256=clip.sha256)[0]["ok"] is True
    assert (Frame(heard[0]).width, Frame(heard[0]).height) == (320, 180)


def test_the_notebook_holds_neither_clip_nor_path(clip, tmp_path):
    text = saved(Player(clip))
    assert len(text) < 1200
    assert str(tmp_path) not in text


@pytest.fixture
def server(tmp_path, monkeypatch):
    """A Jupyter server's runtime file, as this kernel would find it."""
    root = tmp_path / "root"
    root.mkdir()
    runtime = tmp_path / "runtime"
    runtime.mkdir()
    (runtime / "jpserver-4711.json").write_text(json.dumps({"root_dir": str(root), "token": "x"}))
    monkeypatch.setenv("JUPYTER_RUNTIME_DIR", str(runtime))
    monkeypatch.setenv("JPY_PARENT_PID", "4711")
    return root


def test_a_clip_below_the_servers_root_has_a_path_there(server):
    assert served_path(server / "a b" / "hailuo-library" / "x.mp4") == "a b/hailuo-library/x.mp4"


def test_links_are_followed_before_paths_are_compared(server, tmp_path):
    (tmp_path / "link").symlink_to(server)
    assert served_path(tmp_path / "link" / "x.mp4") == "x.mp4"


def test_what_the_server_does_not_serve_has_no_path(server, tmp_path):
    assert served_path(tmp_path / "elsewhere" / "x.mp4") == ""
    assert served_path(server / ".hidden" / "x.mp4") == ""
    assert served_path(server / ".." / "x.mp4") == ""


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"root_dir": 3}', "not json"])
def test_an_unreadable_runtime_file_means_no_path(server, text):
    (server.parent / "runtime" / "jpserver-4711.json").write_text(text)
    assert served_path(server / "x.mp4") == ""


def test_without_a_server_there_is_no_path(server, monkeypatch):
    monkeypatch.setenv("JPY_PARENT_PID", str(os.getpid()))
    assert served_path(server / "x.mp4") == ""
