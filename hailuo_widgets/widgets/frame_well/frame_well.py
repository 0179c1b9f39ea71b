"""A place for one picture: drop, paste, pick or name it, and see whether the service takes it."""

from __future__ import annotations

import contextlib
import logging
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import traitlets

from hailuo_widgets.errors import FrameError, HailuoError
from hailuo_widgets.frame.frame import Frame
from hailuo_widgets.media.clip import last_frame
from hailuo_widgets.media.formats.mp4_boxes import is_movie
from hailuo_widgets.media.formats.open_media import NotAVideoError
from hailuo_widgets.media.provenance import embed
from hailuo_widgets.text import shown_name
from hailuo_widgets.widgets.frame_well.uploads import Uploads
from hailuo_widgets.widgets.shared.bundle import script, style
from hailuo_widgets.widgets.shared.rpc import Rpc, in_background
from hailuo_widgets.widgets.shared.served import read_served

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from hailuo_widgets.frame.frame import FrameSource
    from hailuo_widgets.media.provenance.provenance import Provenance
    from hailuo_widgets.widgets.shared.rpc import Answer, Buffers, Fields, Handler

_log: Final = logging.getLogger("hailuo_widgets")
_SAMPLE_SIDE: Final = 160
_KINDS: Final = {"image/jpeg": "JPEG", "image/png": "PNG"}


class FrameWell(Rpc):
    """A well that holds a start frame or an end image.

    The picture itself stays in the kernel; the page gets a thumbnail when it asks for one.

    Parameters
    ----------
    image : path, URL, bytes, data URI, Path, PIL image or array, optional
        The picture to begin with.
    label : str
        What the picture is for.
    optional : bool
        Whether there may be none; an empty optional well is drawn small.
    samples : iterable of path, optional
        Pictures offered at a press.

    Examples
    --------
    >>> well = FrameWell("frame.jpg", label="Start frame")  # doctest: +SKIP
    >>> well.frame.width  # doctest: +SKIP
    1920
    """

    _esm = script("frame_well")
    _css = style("frame_well")

    label = traitlets.Unicode("Frame", help="What the picture is for.").tag(sync=True)
    optional = traitlets.Bool(False, help="Whether there may be none.").tag(sync=True)
    facts = traitlets.Dict(
        help="The held picture's name, size, hash and problems; empty without one."
    ).tag(sync=True)
    offer = traitlets.Dict(
        help="The facts of a picture that could be used instead, and what it is."
    ).tag(sync=True)
    note = traitlets.Unicode(help="What became of the video given last, and what it lacks.").tag(
        sync=True
    )
    message = traitlets.Unicode(help="Why the picture given last was not taken.").tag(sync=True)
    clips = traitlets.Bool(False, help="Whether a clip's request is taken up here.").tag(sync=True)
    busy = traitlets.Unicode(help="What is being done just now.").tag(sync=True)
    samples = traitlets.List(traitlets.Unicode(), help="Names of pictures to try.").tag(sync=True)

    def __init__(
        self,
        image: FrameSource | None = None,
        *,
        label: str = "Frame",
        optional: bool = False,
        samples: Iterable[str | Path] = (),
    ) -> None:
        self._lock = threading.RLock()
        self._ticket = 0
        self._frame: Frame | None = None
        self._offered: Frame | None = None
        self._uploads = Uploads(self, self._next_ticket, self._load)
        self._callbacks: list[Callable[[Frame | None], None]] = []
        self._clip_callbacks: list[Callable[[Provenance, str], None]] = []
        self._sample_paths = {Path(path).stem: Path(path) for path in samples}
        super().__init__(label=label, optional=optional, samples=list(self._sample_paths))
        if image is not None:
            self.set(image)

    # -- for Python -----------------------------------------------------------------------

    @property
    def frame(self) -> Frame | None:
        """The held picture. It may have problems: look at ``frame.problems``."""
        return self._frame

    @property
    def sample(self) -> Frame | None:
        """The first of the pictures to try, or None."""
        for path in self._sample_paths.values():
            with contextlib.suppress(FrameError):
                return Frame(path)
        return None

    def set(self, source: FrameSource) -> None:
        """Hold a picture.

        Raises
        ------
        FrameError
            It cannot be read; the previous picture is kept.
        """
        self._hold(source if isinstance(source, Frame) else Frame(source), self._next_ticket())

    def clear(self) -> None:
        """Hold nothing."""
        self._hold(None, self._next_ticket())

    def on_frame(self, callback: Callable[[Frame | None], None]) -> Callable[[], None]:
        """Call back with the new picture, or None, after every change; in any thread.

        Returns
        -------
        callable
            Stops the calls.
        """
        self._callbacks.append(callback)

        def stop() -> None:
            if callback in self._callbacks:
                self._callbacks.remove(callback)

        return stop

    def on_clip(self, callback: Callable[[Provenance, str], None]) -> None:
        """Call back with a clip's origin and its file's name when one is given; in any thread.

        A clip that says nothing of its origin is offered as a picture instead: its last frame.
        """
        self._clip_callbacks.append(callback)
        self.clips = True

    def put(self, frame: Frame | None, note: str) -> None:
        """Hold a picture, or nothing, and say where it came from or which one is missing."""
        self._hold(frame, self._next_ticket())
        self.note = note

    # -- holding --------------------------------------------------------------------------

    def _next_ticket(self, doing: str = "") -> int:
        """Begin something new; whatever was begun before has lost its claim."""
        with self._lock:
            self._ticket += 1
            self.message = self.note = ""
            self.busy = doing
            return self._ticket

    def _hold(self, frame: Frame | None, ticket: int) -> None:
        with self._lock:
            if ticket != self._ticket:
                return
            self._frame = frame
            self._offered = None
            self.busy = self.message = ""
            self.offer = {}
            self.facts = _facts(frame) if frame else {}
        for callback in tuple(self._callbacks):
            callback(frame)
        if frame and frame.problems:
            in_background(lambda: self._mend(frame, ticket))

    def _mend(self, frame: Frame, ticket: int) -> None:
        """Prepare a mended copy, so that using it is one press."""
        try:
            mended = frame.fixed()
        except FrameError as error:
            with self._lock:
                if ticket == self._ticket:
                    self.message = str(error)
            return
        self._offer(mended, "mended", ticket)

    def _offer(self, frame: Frame, what: str, ticket: int, note: str = "") -> None:
        with self._lock:
            if ticket == self._ticket:
                self._offered = frame
                self.offer = {**_facts(frame), "what": what}
                self.busy, self.note = "", note

    def _load(self, source: FrameSource, name: str, ticket: int) -> None:
        """Read a picture or a clip, off the kernel's own thread."""

        def work() -> None:
            try:
                if isinstance(source, bytes) and is_movie(source):
                    self._take_clip(source, shown_name(name) or "this video", ticket)
                else:
                    self._hold(Frame(source, name=name), ticket)
            except HailuoError as error:
                sentence = str(error)
            except Exception as error:  # noqa: BLE001  the person is told, the log has it all
                _log.exception("a picture could not be read")
                sentence = f"The kit itself failed ({type(error).__name__}); the log has more."
            else:
                return
            with self._lock:
                if ticket == self._ticket:
                    self.busy = ""
                    self.message = sentence

        in_background(work)

    def _take_clip(self, data: bytes, name: str, ticket: int) -> None:
        """Hand on the request that a clip holds, or offer its last frame."""
        origin = embed.read(data)
        if origin is not None and self._clip_callbacks:
            with self._lock:
                if ticket != self._ticket:
                    return
                self.busy = ""
            for callback in tuple(self._clip_callbacks):
                callback(origin, name)
            return
        held = "is a video" if origin else "is a video and holds no request that could be taken up"
        try:
            frame = Frame(last_frame(data), name=f"last frame of {name}")
        except NotAVideoError as error:
            raise FrameError(f"“{name}” {held}: {error}.") from None
        note = f"“{name}” {held}. Its last frame can be used as a picture."
        self._offer(frame, "last frame", ticket, note)

    # -- for the page ---------------------------------------------------------------------

    def handlers(self) -> dict[str, Handler]:
        """Name what the page may ask."""
        return {
            **self._uploads.handlers(),
            "url": self._take_url,
            "path": self._take_path,
            "sample": self._take_sample,
            "use_offer": self._use_offer,
            "drop_offer": self._drop_offer,
            "clear": self._clear,
            "picture": self._show_picture,
        }

    def _take_url(self, fields: Fields, _: Buffers) -> Answer:
        url = str(fields.get("url", "")).strip()
        if not url.lower().startswith(("http://", "https://")):
            raise FrameError("An address begins with http:// or https://.")
        self._load(url, "", self._next_ticket("Fetching"))
        return {}, []

    def _take_path(self, fields: Fields, _: Buffers) -> Answer:
        """Take a file of Jupyter's file browser."""
        data, name = read_served(fields.get("path"))
        self._load(data, name, self._next_ticket("Reading"))
        return {}, []

    def _take_sample(self, fields: Fields, _: Buffers) -> Answer:
        path = self._sample_paths.get(str(fields.get("name")))
        if path is None:
            raise FrameError("There is no such sample picture.")
        self._load(path, "", self._next_ticket("Reading"))
        return {}, []

    def _use_offer(self, _: Fields, __: Buffers) -> Answer:
        offered = self._offered
        if offered is None:
            raise FrameError("There is no mended picture or last frame to use any more.")
        self._hold(offered, self._next_ticket())
        return {}, []

    def _drop_offer(self, _: Fields, __: Buffers) -> Answer:
        with self._lock:
            self._offered = None
            self.offer = {}
            self.note = ""
        return {}, []

    def _clear(self, _: Fields, __: Buffers) -> Answer:
        self.clear()
        return {}, []

    def _show_picture(self, fields: Fields, _: Buffers) -> Answer | None:
        """Send a thumbnail, made off the kernel's own thread."""
        which, asked = fields.get("which"), str(fields["id"])
        if which == "sample":
            path = self._sample_paths.get(str(fields.get("name")))
            in_background(lambda: self._send_picture(asked, path, _SAMPLE_SIDE))
        else:
            frame = self._offered if which == "offer" else self._frame
            in_background(lambda: self._send_picture(asked, frame))
        return None

    def _send_picture(self, asked: str, source: Frame | Path | None, side: int = 480) -> None:
        try:
            if source is None:
                raise FrameError("There is no such picture any more.")  # noqa: TRY301
            frame = source if isinstance(source, Frame) else Frame(source)
            self.answer(asked, {"sha256": frame.sha256}, [frame.thumbnail(side)])
        except FrameError as error:
            self.refuse(asked, str(error))


def _facts(frame: Frame) -> dict[str, Any]:
    return {
        "name": frame.source_name,
        "width": frame.width,
        "height": frame.height,
        "kind": _KINDS.get(frame.media_type, frame.media_type),
        "bytes": len(frame.data),
        "sha256": frame.sha256,
        "problems": list(frame.problems),
    }
