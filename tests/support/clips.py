"""Clips of small films, as a library would hold them."""

import hashlib

from hailuo_widgets.media.clip import Clip, read_facts
from hailuo_widgets.media.store import Media


def make_clip(folder, data, *, prompt="[Pan left]", draft=True):
    media = Media(folder)
    path = media.clip_path(hashlib.sha256(data).hexdigest())
    path.write_bytes(data)
    facts = read_facts(path)
    return Clip(
        path=path,
        poster=media.make_poster(path, path.stem),
        sha256=path.stem,
        width=facts.width,
        height=facts.height,
        fps=facts.fps,
        duration=facts.duration,
        frame_count=facts.frame_count,
        bytes=len(data),
        draft=draft,
        prompt=prompt,
        service="emulator" if draft else "wavespeed",
    )
