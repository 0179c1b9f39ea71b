"""Serve a comparison's page with clips, posters, pictures and scrub frames."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hailuo_widgets.errors import LibraryError
from hailuo_widgets.media.clip import gone, last_frame, read_facts
from hailuo_widgets.media.formats.open_media import NotAVideoError
from hailuo_widgets.widgets.compare import page_state
from hailuo_widgets.widgets.compare.playback.scrub_frames import ScrubFrames
from hailuo_widgets.widgets.shared.transfer import read_piece

if TYPE_CHECKING:
    from collections.abc import Callable

    from hailuo_widgets.widgets.compare.contents import Contents
    from hailuo_widgets.widgets.compare.saving.film_export import Films
    from hailuo_widgets.widgets.shared.rpc import Answer, Buffers, Fields, Handler


class MediaRequests:
    """Handlers of what a page asks of files.

    Parameters
    ----------
    later : callable
        :meth:`hailuo_widgets.widgets.shared.rpc.Rpc.later` of the widget: large pictures take a while
        to make small, and the kernel stays free.

    Attributes
    ----------
    on_last_frame : callable or None
        Gets the PNG of a last frame that the user wants to go on with.
    """

    def __init__(
        self,
        contents: Contents,
        films: Films,
        later: Callable[[Fields, Callable[[], Answer]], None],
    ) -> None:
        self._contents = contents
        self._films = films
        self._later = later
        self._scrub_frames = ScrubFrames()
        self.on_last_frame: Callable[[bytes], None] | None = None

    def handlers(self) -> dict[str, Handler]:
        """Return the handlers by the kind of question."""
        return {
            "piece": self._send_piece,
            "poster": self._send_poster,
            "picture": self._send_picture,
            "flipbook": self._send_scrub_frames,
            "examine": self._examine,
            "last_frame": self._use_last_frame,
        }

    def _send_piece(self, fields: Fields, buffers: Buffers) -> Answer:
        if "parcel" in fields:
            return self._films.piece(fields, buffers)
        clip = self._contents.clip(fields)
        if fields.get("sha256") != clip.sha256:
            raise LibraryError("Another clip is shown meanwhile.")
        try:
            return {}, [read_piece(clip.path, fields.get("offset"), fields.get("length"))]
        except (OSError, ValueError):
            raise gone(clip) from None

    def _send_poster(self, fields: Fields, _: Buffers) -> None:
        item = self._contents.item(fields)
        self._later(fields, lambda: ({}, [page_state.poster_of(item)]))

    def _send_picture(self, fields: Fields, _: Buffers) -> None:
        still = self._contents.stills.get(str(fields.get("cell")))
        if still is None:
            raise LibraryError("There is no such picture here.")
        self._later(fields, lambda: ({}, [page_state.still_bytes(still[0])]))

    def _send_scrub_frames(self, fields: Fields, _: Buffers) -> None:
        clip = self._contents.clip(fields)
        self._later(fields, lambda: self._scrub_frames.pages(clip, fields))

    def _examine(self, fields: Fields, _: Buffers) -> None:
        """Find out why the page could not play a clip."""
        clip = self._contents.clip(fields)

        def work() -> Answer:
            if not clip.path.is_file():
                raise gone(clip)
            try:
                read_facts(clip.path)
            except NotAVideoError as error:
                return {"sentence": f"The clip's file is damaged: {error}."}, []
            return {
                "sentence": "The clip's file is whole, but this browser cannot play its coding."
            }, []

        self._later(fields, work)

    def _use_last_frame(self, fields: Fields, _: Buffers) -> Answer:
        clip = self._contents.clip(fields)
        if self.on_last_frame is not None:
            try:
                picture = last_frame(clip.path)
            except (OSError, ValueError):
                raise gone(clip) from None
            self.on_last_frame(picture)
        return {}, []
