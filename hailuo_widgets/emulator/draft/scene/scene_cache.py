"""The latest pictures, their scenes and how they hang together, shared by drafts and previews."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from typing import Final

from hailuo_widgets.emulator.draft.picture.cache import LruCache
from hailuo_widgets.emulator.draft.picture.picture import clip_size, frame_size
from hailuo_widgets.emulator.draft.picture.source import Source
from hailuo_widgets.emulator.draft.scene.optical_flow import Match, match
from hailuo_widgets.emulator.draft.scene.scene import Scene

LARGEST: Final = 1080
"""Short side in pixels up to which a picture's own pixels are kept: the service's clips have it."""

_COMPARED: Final = 270
"""Short side at which pictures are compared: the same whatever the clip's, and so the answer."""

KEPT: Final = 6
"""Scenes and files kept, at 1080p about 15 and 6 MB each; plates of one scene a short side too."""

Size = tuple[int, int]


class Scenes:
    """Gives scenes, made or remembered; for any number of threads at once."""

    def __init__(self) -> None:
        self._sources: LruCache[tuple[str, Size], Source] = LruCache(KEPT)
        self._scenes: LruCache[tuple[str, Size, Size], Scene] = LruCache(KEPT)
        self._matches: LruCache[tuple[str, str, Size], Match | None] = LruCache(4 * KEPT)

    def of(self, *images: bytes, size: Size) -> tuple[Scene, ...]:
        """Return the scenes of the pictures of one draft; the first has the draft's aspect.

        Raises
        ------
        DraftError
            The bytes are not a readable picture.
        """
        largest = _largest(images[0])
        found = tuple(self._scene(image, largest, size) for image in images)
        for scene in self._scenes.made():
            # Drafts and previews alternate: each leaves the other's plates alone.
            if scene not in found and min(scene.picture.size) == min(size):
                scene.forget_plates()
        return found

    def match(self, image: bytes, end_image: bytes) -> Match | None:
        """Return how two pictures hang together; None when they are not of one scene."""
        largest = _largest(image)
        size = clip_size(*largest, _COMPARED)

        def made() -> Match | None:
            sources = (self._source(data, largest) for data in (image, end_image))
            return match(*(source.picture(size) for source in sources))

        return self._matches.get((digest(image), digest(end_image), largest), made)

    def _source(self, image: bytes, largest: Size) -> Source:
        return self._sources.get((digest(image), largest), lambda: Source(image, largest))

    def _scene(self, image: bytes, largest: Size, size: Size) -> Scene:
        def made() -> Scene:
            source = self._source(image, largest)
            return Scene(source.picture(size), source.matte)

        return self._scenes.get((digest(image), largest, size), made)


@lru_cache(maxsize=4)
def digest(image: bytes) -> str:
    """Return a picture's SHA-256; of the same object it is known at once."""
    return hashlib.sha256(image).hexdigest()


@lru_cache(maxsize=4)
def _largest(image: bytes) -> Size:
    return clip_size(*frame_size(image), LARGEST)
