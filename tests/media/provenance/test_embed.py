"""Clips of the library say where they come from; what relies on their bytes goes on as before."""

import contextlib
import io
import signal
import subprocess
import sys
import zipfile

import numpy as np
import pytest

from hailuo_widgets.errors import InputError, LibraryError
from hailuo_widgets.library.library import Library
from hailuo_widgets.media.clip import read_facts
from hailuo_widgets.media.provenance import embed, provenance
from hailuo_widgets.media.store import Media
from tests.support import samples
from tests.support.fast_clock import PATIENCE, deductions, generate
from tests.support.films import mp4_builds
from tests.support.library_factory import FREE, finished, full_disk
from tests.support.provenance import origin

FILM = samples.clip(frames=12)


def keep(media, data, told=None):
    with media.incoming() as arrived:
        arrived.write_bytes(data)
        return media.keep_clip(arrived, told)


@pytest.fixture
def media(tmp_path):
    return Media(tmp_path / "library")


def files(media):
    return sorted(path.name for path in media.clips.iterdir())


# -- from the service to the file ---------------------------------------------------------------


def test_a_clip_tells_its_request_service_prediction_take_and_times(paid, emulator):
    start, end = samples.gradient(), samples.picture()
    job = generate(start, "DRAFT of a <b>pan</b>", end, False, take=2)
    clip = job.wait(PATIENCE)
    told = clip.provenance()
    row = paid.library.ledger.jobs.row(paid.library.ledger.history.ids()[0])
    assert (told.service, told.model, told.draft) == (
        "wavespeed",
        "minimax/hailuo-02/i2v-pro",
        False,
    )
    assert (told.prediction_id, told.take) == (job.prediction_id, 2)
    assert (told.prompt, told.enable_prompt_expansion) == ("DRAFT of a <b>pan</b>", False)
    assert told.image.sha256 == job.request.image.sha256
    assert told.end_image.sha256 == job.request.end_image.sha256
    assert (told.asked_at, told.accepted_at, told.completed_at) == (
        row.asked_at,
        row.accepted_at,
        row.completed_at,
    )
    assert None not in {told.asked_at, told.accepted_at, told.completed_at}
    assert clip.draft is False
    assert clip.bytes == clip.path.stat().st_size
    assert read_facts(clip.path).draft is False
    assert mp4_builds.packets(clip.path.read_bytes()) == mp4_builds.packets(emulator.renderer.clip)
    assert paid.library.verify().ok


def test_neither_the_key_nor_a_path_is_in_the_file(paid, emulator, tmp_path):
    picture = tmp_path / "holiday.jpg"
    picture.write_bytes(samples.gradient())
    data = generate(picture, "pan").wait(PATIENCE).path.read_bytes()
    assert b"holiday.jpg" in data
    for secret in (emulator.key, str(tmp_path), str(tmp_path.parent), emulator.url):
        assert secret.encode() not in data


def test_a_clip_that_was_deleted_comes_home_with_the_same_bytes(paid, emulator):
    job = generate(samples.gradient(), "again")
    first = job.wait(PATIENCE)
    before = first.path.read_bytes()
    paid.library.remove_clip(paid.library.ledger.history.ids()[0])
    again = generate(samples.gradient(), "again").wait(PATIENCE)
    assert (again.sha256, again.path.read_bytes()) == (first.sha256, before)
    assert len(deductions(emulator)) == 1


def test_a_draft_tells_that_it_is_none_whoever_was_asked(paid, emulator):
    emulator.renderer.clip, usual = samples.clip(comment="DRAFT: rendered"), emulator.renderer.clip
    clip = generate(samples.gradient(), "drawn").wait(PATIENCE)
    emulator.renderer.clip = usual
    told = clip.provenance()
    assert (clip.draft, told.draft, told.model, told.service) == (True, True, "", "wavespeed")
    assert str(told).startswith("Draft: rendered from the pictures given, not generated.")
    assert read_facts(clip.path).draft is True


def test_what_the_emulator_writes_is_inscribed_and_stays_a_draft(media, tmp_path):
    import av

    from hailuo_widgets.emulator.draft.output.encode import encode

    path = tmp_path / "draft.mp4"
    frame = av.VideoFrame.from_ndarray(np.full((96 * 3 // 2, 128), 90, np.uint8), format="nv12")
    encode([frame] * 8, path, count=8, size=(128, 96), fps=24)
    data = path.read_bytes()
    assert data.index(b"moov") < data.index(b"mdat")
    sha256, facts = keep(media, data, origin(service="emulator"))
    done = media.clip_path(sha256).read_bytes()
    assert facts.draft is read_facts(media.clip_path(sha256)).draft is True
    assert mp4_builds.packets(done) == mp4_builds.packets(data)
    assert mp4_builds.complaints(done) == []
    assert embed.read(done) == origin(service="emulator")


# -- between the download and the name ----------------------------------------------------------


def test_the_name_is_the_hash_of_the_inscribed_file(media):
    sha256, facts = keep(media, FILM, origin())
    assert files(media) == [f"{sha256}.mp4"]
    assert provenance.from_json(origin().to_json()) == embed.read(
        media.clip_path(sha256).read_bytes()
    )
    assert facts == read_facts(media.clip_path(sha256))
    assert keep(media, FILM, origin())[0] == sha256


SEALED = (
    FILM + b"\0\0\0\x1c" + b"uuid" + bytes.fromhex("D8FEC3D61B0E483C92975828877EC481") + b"seal"
)
TRAILED = FILM + b"\xff" * 5


@pytest.mark.parametrize("data", [SEALED, TRAILED], ids=["signed", "no box at its end"])
def test_a_clip_that_cannot_be_inscribed_is_kept_as_it_came(media, data):
    sha256, _ = keep(media, data, origin())
    assert media.clip_path(sha256).read_bytes() == data
    assert files(media) == [f"{sha256}.mp4"]


def test_a_clip_is_kept_as_it_came_when_its_film_would_have_changed(media, caplog):
    """What is not understood is not trusted: the two files are compared packet by packet."""
    odd = mp4_builds.hidden_tables(FILM)
    assert mp4_builds.packets(odd)[1] == mp4_builds.packets(FILM)[1]
    target = io.BytesIO()
    assert embed.embed_origin(io.BytesIO(odd), target, origin())
    assert mp4_builds.packets(target.getvalue()) != mp4_builds.packets(odd)
    sha256, _ = keep(media, odd, origin())
    assert media.clip_path(sha256).read_bytes() == odd
    assert "would have changed it" in caplog.text


def test_a_kit_that_dies_while_it_writes_leaves_no_half_clip(media):
    """Killed by the system in the middle of writing the inscribed copy."""
    arrived = media.clips / "incoming-0.part"
    arrived.write_bytes(FILM)
    script = (
        "import resource, signal, sys\n"
        "from pathlib import Path\n"
        "from hailuo_widgets.media.store import Media\n"
        "from tests.support.provenance import origin\n"
        f"media = Media(Path({str(media.clips.parent)!r}))\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_DFL)\n"
        "resource.setrlimit(resource.RLIMIT_CORE, (0, 0))\n"
        f"resource.setrlimit(resource.RLIMIT_FSIZE, ({len(FILM)}, {len(FILM)}))\n"
        f"media.keep_clip(Path({str(arrived)!r}), origin())\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, check=False)
    assert done.returncode == -signal.SIGXFSZ, done.stderr.decode()
    left = files(media)
    assert len(left) == 2
    assert all(name.endswith(".part") for name in left)
    assert list(media.posters.iterdir()) == []
    assert arrived.read_bytes() == FILM


def test_a_disk_that_fills_up_meanwhile_is_told_and_leaves_nothing(media):
    with media.incoming() as arrived:
        arrived.write_bytes(FILM)
        with (
            pytest.raises(LibraryError, match="could not be written to"),
            full_disk(len(FILM) + 10),
        ):
            media.keep_clip(arrived, origin())
    assert files(media) == []


# -- what was there before ----------------------------------------------------------------------


def test_a_clip_from_before_tells_what_the_library_knows_and_is_not_rewritten(tmp_path):
    library = Library(tmp_path / "library")
    row = finished(library, samples.request("an older one"), FILM, price=FREE)
    clip = library.clip(row.clip_sha256, prompt="an older one", service="wavespeed")
    before = clip.path.read_bytes()
    assert str(clip.provenance()).splitlines() == [
        "Generated with AI: minimax/hailuo-02/i2v-pro at WaveSpeedAI.",
        "Prompt       an older one",
        "Source type  http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia",
    ]
    assert clip.path.read_bytes() == before == FILM
    assert library.verify().ok
    library.close()


def test_credits_of_a_file_that_is_gone_or_damaged_are_told_in_a_sentence(tmp_path):
    library = Library(tmp_path / "library")
    row = finished(library, samples.request("x"), FILM, price=FREE)
    clip = library.clip(row.clip_sha256)
    clip.path.write_bytes(FILM[:-5])
    with pytest.raises(InputError, match="The video is damaged"):
        clip.provenance()
    clip.path.unlink()
    with pytest.raises(LibraryError, match="can no longer be read"):
        clip.provenance()
    library.close()


def test_a_library_made_before_goes_on_beside_new_clips(paid, emulator, tmp_path):
    old = finished(paid.library, samples.request("old"), FILM)
    new = generate(samples.gradient(), "new").wait(PATIENCE)
    assert paid.library.verify().ok
    assert paid.library.media.clip_path(old.clip_sha256).read_bytes() == FILM
    with contextlib.closing(Library(tmp_path / "library")) as again:
        assert again.clip(new.sha256).provenance().prompt == "new"


def test_the_file_that_a_person_takes_home_is_inscribed(paid, tmp_path):
    clip = generate(samples.gradient(), "for the client").wait(PATIENCE)
    archive = paid.library.export(paid.library.ledger.history.ids(), tmp_path / "out.zip")
    with zipfile.ZipFile(archive) as opened:
        (name,) = [each for each in opened.namelist() if each.endswith(".mp4")]
        assert embed.read(io.BytesIO(opened.read(name))) == clip.provenance()
