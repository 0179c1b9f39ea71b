"""Clips in order that play as one, and are saved as one film."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import traitlets

from hailuo_widgets.errors import FrameError, InputError, LibraryError
from hailuo_widgets.files.atomic_write import CLIP, require_new
from hailuo_widgets.files.user_path import file_of, written_place
from hailuo_widgets.frame.frame import Frame
from hailuo_widgets.jobs.runner.job import Job
from hailuo_widgets.media.clip import Clip, gone
from hailuo_widgets.media.editing.concatenate import join
from hailuo_widgets.widgets.shared import headless
from hailuo_widgets.widgets.shared import static_view as shared_view
from hailuo_widgets.widgets.shared.bundle import script, style
from hailuo_widgets.widgets.shared.downloads import Downloads
from hailuo_widgets.widgets.shared.rpc import in_background
from hailuo_widgets.widgets.shared.transfer import read_piece
from hailuo_widgets.widgets.strip import static_view
from hailuo_widgets.widgets.strip.shots import Shots, file_name, finished, read_keys
from hailuo_widgets.widgets.strip.soundtrack import Soundtrack
from hailuo_widgets.widgets.studio.inline_studio import WithInlineStudio
from hailuo_widgets.widgets.studio.studio import Studio

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path

    from hailuo_widgets.media.editing.concatenate import Joined
    from hailuo_widgets.widgets.shared.rpc import Answer, Buffers, Fields, Handler

_PICTURES_AT_MOST: Final = 24
_SIDES: Final = {"240": 240, "480": 480}
_DAY: Final = 86_400.0


class Strip(WithInlineStudio):
    """Clips in order, as one film: it plays them, changes their order, and saves them as one MP4.

    Parameters
    ----------
    clips : iterable of Clip or Job, optional
        In order. A job's clip takes its place when it has come.
    audio : str or Path, optional
        Music, a voice-over, or a video with sound, played along from the beginning.
    studio : callable, optional
        What makes the Studio in which a next shot is made; default: :class:`Studio`.

    Raises
    ------
    InputError
        Something else than clips and jobs is given, or the sound cannot be read.

    Examples
    --------
    >>> strip = Strip([first.wait(), second])  # doctest: +SKIP
    >>> hw.generate(strip.last_frame(), "[Pan left] on into the hall")  # doctest: +SKIP
    >>> strip.save("film.mp4", audio="music.mp3").why  # doctest: +SKIP
    'Copied without encoding: all 2 clips are coded alike.'
    """

    kind = "strip"
    _esm = script("strip")
    _css = style("strip")

    shots = traitlets.List(
        traitlets.Dict(), help="What stands in each place: a clip's facts, or how its job stands."
    ).tag(sync=True)
    sound = traitlets.Dict(help="The sound's name, length and hash; empty without one.").tag(
        sync=True
    )
    audio_offset = traitlets.Float(
        0.0, min=-_DAY, max=_DAY, help="When the sound begins, in the strip's seconds."
    ).tag(sync=True)
    audio_gain = traitlets.Float(
        0.0, min=-60.0, max=20.0, help="How much louder the sound is made, in decibels."
    ).tag(sync=True)
    offered = traitlets.Bool(False, help="Whether the Studio shows a clip that can be added.").tag(
        sync=True
    )

    def __init__(
        self,
        clips: Iterable[Clip | Job] | Clip | Job | None = None,
        *,
        audio: str | os.PathLike[str] | None = None,
        studio: Callable[..., Studio] = Studio,
    ) -> None:
        self._shots = Shots(self._show_shots)
        self._downloads = Downloads(self)
        self._soundtrack = Soundtrack(self, self._show_sound)
        self._studio = studio
        super().__init__()
        self._shots.put([clips] if isinstance(clips, Clip | Job) else clips or ())
        if audio is not None:
            self.audio = audio

    # -- for Python -----------------------------------------------------------------------

    @property
    def clips(self) -> list[Clip | Job]:
        """What stands in the strip, in order: clips, and the jobs whose clips are not here yet.

        Assign a list to change it; changes to the list itself change nothing.
        """
        return self._shots.items

    @clips.setter
    def clips(self, clips: Iterable[Clip | Job]) -> None:
        self._shots.put(clips)

    @property
    def audio(self) -> Path | None:
        """The file of the sound that plays along."""
        return self._soundtrack.path

    @audio.setter
    def audio(self, audio: str | os.PathLike[str] | None) -> None:
        self._soundtrack.set(audio)

    def append(self, clip: Clip | Job) -> None:
        """Put one more at the end.

        Raises
        ------
        InputError
            It is neither a clip nor a job.
        """
        self._shots.append(clip)

    def last_frame(self) -> Frame:
        """Return the last frame of the last clip, to start the next shot with.

        Raises
        ------
        InputError
            There is no clip, or the last one is still on its way.
        LibraryError
            Its file is gone.
        """
        return finished(self.clips[-1:])[-1].last_frame()

    def save(
        self, path: str | os.PathLike[str], audio: str | os.PathLike[str] | None = None
    ) -> Joined:
        """Write the strip to one MP4.

        Parameters
        ----------
        path : str or Path
            The file, which must not exist; or a folder, where it gets a name with the date.
        audio : str or Path, optional
            Another sound than the strip's own.

        Returns
        -------
        Joined
            Where it is, whether the pictures were copied as they are, and why (not).

        Raises
        ------
        InputError
            There is no clip, one is still on its way, a file cannot be read, or a file of that name
            exists.
        LibraryError
            The file cannot be written.
        """
        place = written_place(path)
        if not place.is_dir():
            require_new(place, CLIP)
        clips = finished(self.clips)
        if place.is_dir():
            place /= file_name(clips)
        sound = self.audio if audio is None else file_of(audio)
        return self._join(clips, place, sound)

    def close(self) -> None:
        """Let go of the page; jobs on their way go on."""
        self._shots.close()
        self._downloads.close()
        self._soundtrack.close()
        self.show_studio(None)
        super().close()

    def draw_static_view(self) -> shared_view.MimeBundle:
        """Draw the strip's static view."""
        shown = self.clips
        clips = [each for each in shown if isinstance(each, Clip)]
        return static_view.draw(clips, len(shown) - len(clips), str(self.sound.get("name", "")))

    def _ipython_display_(self) -> None:
        super()._ipython_display_()
        self._draw_moments()
        headless.ends_with(
            *(each for each in self.clips if isinstance(each, Job) and not each.done)
        )

    # -- what follows from what -----------------------------------------------------------

    def _show_shots(self) -> None:
        """Show what stands in it now; called in any thread."""
        with self._lock:
            before = [shot["facts"] for shot in self.shots]
            self.shots = self._shots.told()
            if [shot["facts"] for shot in self.shots] == before:
                return
        self.update_static_views()
        self._draw_moments()

    def _show_sound(self, facts: dict[str, Any]) -> None:
        self.sound = facts
        self.update_static_views()

    def _draw_moments(self) -> None:
        """Draw the static views anew with moments of each clip: decoding takes longer than all else."""
        clips = [each for each in self.clips if isinstance(each, Clip)]

        def work() -> None:
            if static_view.moments(clips):
                self.update_static_views()

        if self._static_views and static_view.worth_moments(clips):
            in_background(work)

    def _join(
        self,
        clips: Sequence[Clip],
        place: Path,
        sound: Path | None,
        progress: Callable[[float], None] | None = None,
    ) -> Joined:
        return join(
            [clip.path for clip in clips],
            place,
            audio=sound,
            audio_offset=self.audio_offset,
            audio_gain=self.audio_gain,
            progress=progress,
        )

    # -- for the page ---------------------------------------------------------------------

    def handlers(self) -> dict[str, Handler]:
        """Name what the page may ask."""
        return {
            "arrange": self._arrange,
            "piece": self._piece,
            "pictures": self._give_pictures,
            "export": self._export,
            "exported": self._downloads.exported,
            "upload": self._soundtrack.begin,
            "cancel": self._soundtrack.cancel,
            "silence": self._silence,
            "next": self._next_shot,
            "take": self._take_shot,
            "close_studio": self._close_studio,
        }

    def _arrange(self, fields: Fields, _: Buffers) -> Answer:
        self._shots.arrange(read_keys(fields.get("keys")), read_keys(fields.get("known")))
        return {}, []

    def _piece(self, fields: Fields, buffers: Buffers) -> Answer | None:
        """Take a piece of a sound from the page, or give one of a clip, the sound or the film."""
        if buffers:
            return self._soundtrack.receive(fields, buffers)
        offset, length = fields.get("offset"), fields.get("length")
        if "parcel" in fields:
            return self._downloads.piece(fields, buffers)
        sound = self._soundtrack
        if sound.path is not None and fields.get("sha256") == sound.facts.get("sha256"):
            try:
                return {}, [read_piece(sound.path, offset, length)]
            except OSError:
                raise InputError("The sound's file is gone. Choose it again.") from None
        clip = self._shots.clip(fields.get("sha256"))
        try:
            return {}, [read_piece(clip.path, offset, length)]
        except OSError:
            raise gone(clip) from None

    def _give_pictures(self, fields: Fields, _: Buffers) -> None:
        keys = read_keys(fields.get("keys"))[:_PICTURES_AT_MOST]
        # Making them small takes a while, and the kernel stays free.
        self.later(fields, lambda: ({}, [self._picture(key) for key in keys]))

    def _picture(self, key: str) -> bytes:
        """Make a small poster: ``clip:<hash>@240``; empty where there is none."""
        sha256, _, side = key.removeprefix("clip:").partition("@")
        try:
            return Frame(self._shots.clip(sha256).poster).thumbnail(_SIDES.get(side, 240))
        except (FrameError, LibraryError, OSError):
            return b""

    def _export(self, fields: Fields, buffers: Buffers) -> None:
        self._arrange(fields, buffers)
        clips, sound = finished(self.clips), self.audio
        made: list[Joined] = []

        def write(path: Path, tell: Callable[[float], None]) -> Path:
            made.append(self._join(clips, path, sound, tell))
            return path

        def about() -> dict[str, Any]:
            (film,) = made
            count = f"{len(clips)} clip{'s' * (len(clips) > 1)}"
            words = f"{count}, {film.frame_count} frames, {film.duration:.1f} s"
            return {"copied": film.copied, "words": f"{words}. {film.why} {film.sound}"}

        self._downloads.prepare(fields, file_name(clips), write, about)

    def _silence(self, _: Fields, __: Buffers) -> Answer:
        self.audio = None
        return {}, []

    def _next_shot(self, fields: Fields, _: Buffers) -> Answer:
        """Open a Studio that begins where a clip ends."""
        clip = self._shots.get(str(fields.get("key")))
        if not isinstance(clip, Clip):
            raise InputError("That clip is not here yet, so no shot can go on from it.")
        self.show_studio(self._studio(clip.last_frame()))
        return {}, []

    def _take_shot(self, _: Fields, __: Buffers) -> Answer:
        """Put the clip that the Studio shows at the end."""
        clip = None if self.studio is None else self.studio.player.clip
        if clip is None:
            raise InputError("The Studio has no clip yet. Render a draft, or run it, first.")
        self.append(clip)
        return {}, []

    def show_studio(self, studio: Studio | None) -> None:
        """Open a Studio below, or none; its clip can be added as the next shot."""
        super().show_studio(studio)
        with self._lock:
            self.offered = False
            if studio is not None:
                studio.player.observe(self._look_at_studio, "facts")

    def _look_at_studio(self, _: object) -> None:
        """Offer the clip that the Studio shows; called in any thread."""
        with self._lock:
            self.offered = self.studio is not None and self.studio.player.clip is not None
