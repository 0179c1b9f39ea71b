"""The clips that a Studio has made in this session, and its player."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hailuo_widgets.errors import HailuoError, LibraryError

if TYPE_CHECKING:
    from threading import RLock

    from hailuo_widgets.media.clip import Clip
    from hailuo_widgets.widgets.player.player import Player
    from hailuo_widgets.widgets.shared.rpc import Answer, Buffers, Fields, Handler


class SessionClips:
    """Keeps the clips of this session, oldest first, and shows one of them.

    Parameters
    ----------
    player : Player
        Shows the newest clip, and any other one at a press.
    lock : RLock
        The form's: clips come on the background thread.
    """

    def __init__(self, player: Player, lock: RLock) -> None:
        self._player = player
        self._lock = lock
        self._clips: dict[str, Clip] = {}

    def add(self, clip: Clip, *, show: bool) -> None:
        """Keep a clip; it is shown if asked for, or when nothing is shown yet."""
        with self._lock:
            self._clips[clip.sha256] = clip
            if show or self._player.clip is None:
                self._player.clip = clip

    def state(self) -> list[dict[str, Any]]:
        """Return what the page knows of each clip."""
        return [
            {"sha256": clip.sha256, "draft": clip.draft, "prompt": clip.prompt}
            for clip in self._clips.values()
        ]

    def handlers(self) -> dict[str, Handler]:
        """Return the handlers by the kind of question."""
        return {"show": self._show, "poster": self._send_poster}

    def _show(self, fields: Fields, _: Buffers) -> Answer:
        with self._lock:
            self._player.clip = self._clip(fields)
        return {}, []

    def _send_poster(self, fields: Fields, _: Buffers) -> Answer:
        try:
            return {}, [self._clip(fields).poster.read_bytes()]
        except OSError:
            raise LibraryError("The poster can no longer be read from the library.") from None

    def _clip(self, fields: Fields) -> Clip:
        clip = self._clips.get(str(fields.get("sha256")))
        if clip is None:
            raise HailuoError("That clip is not of this session.")
        return clip
