"""The main job in a terminal: ``python -m hailuo_widgets frame.jpg "slow push in"``.

Exit status: 0 with a clip, 1 when there is none, 2 when the command line cannot be understood.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING

from tqdm import tqdm

from hailuo_widgets.errors import HailuoError, InputError, LibraryError
from hailuo_widgets.files.atomic_write import CLIP, new_file, require_kind, require_room
from hailuo_widgets.files.user_path import written_place
from hailuo_widgets.jobs.runner.api import generate, look_ahead
from hailuo_widgets.jobs.services.connect import EMULATOR, WAVESPEED, connect
from hailuo_widgets.jobs.services.preview_client import PICTURES
from hailuo_widgets.money import dollars
from hailuo_widgets.prompt.camera import lint
from hailuo_widgets.request.arguments import add_to
from hailuo_widgets.terminal import prepare, say, tell
from hailuo_widgets.text import neutralize

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from hailuo_widgets.jobs.runner.job import Job

_TICK_SECONDS = 0.1
_BAR = "{desc} |{bar:24}| {elapsed}{postfix}"
_NOTHING = "Nothing was sent."


def main(arguments: Sequence[str] | None = None) -> int:
    """Read the command line, make the clip, say where it is."""
    prepare()
    given = _parser().parse_args(arguments)
    try:
        clip = _make(given)
    except HailuoError as error:
        tell(f"hailuo_widgets: {error}")
        return 1
    except KeyboardInterrupt:
        tell(
            "\nStopped waiting. What was sent goes on at the service; run the same command again "
            "to fetch it at no further cost."
        )
        return 1
    say(str(clip))
    return 0


def _make(given: argparse.Namespace) -> Path:
    target: Path | None = None
    if given.output is not None:
        target = written_place(given.output)
        _judge(target)
    connect(given.service, budget=given.budget, library=given.library)
    if target is not None and target.suffix.lower() in PICTURES:
        return _look_ahead(given, target)
    expansion = not given.no_prompt_expansion
    for hint in lint(
        given.prompt, enable_prompt_expansion=expansion, has_end_image=bool(given.end_image)
    ):
        if hint.level != "note":
            tell(f"{hint.level}: {hint.text}")
    job = generate(given.frame, given.prompt, given.end_image, expansion, take=given.take)
    _show_progress(job)
    clip = job.wait()
    money = "free" if job.cost == 0 or job.from_library else dollars(job.cost)
    where = "from the library, " if job.from_library else ""
    tell(f"{'Draft' if clip.draft else 'Clip'}: {clip.facts} · {where}{money}")
    if target is None:
        return clip.path
    kept = f"The {'draft' if clip.draft else 'clip'} is safe in the library: {clip.path}"
    return _written(target, lambda part: shutil.copyfile(clip.path, part), kept)


def _judge(target: Path) -> None:
    """See before anything is asked for that a file of this name can be written.

    Raises
    ------
    InputError, LibraryError
        It cannot; nothing was sent.
    """
    try:
        if target.suffix.lower() not in PICTURES:
            require_kind(target, CLIP, _NOTHING)
    except InputError as error:
        more = " A small moving picture of the shot is a .webp file." if _is_gif(target) else ""
        raise InputError(f"{error}{more}") from None
    require_room(target, _NOTHING)


def _is_gif(target: Path) -> bool:
    return target.suffix.lower() in {".gif", ".apng", ".png"}


def _written(target: Path, write: Callable[[Path], object], kept: str) -> Path:
    """Write the file; where that fails, say where what it was to hold lies."""
    try:
        with new_file(target, target.suffix.lower()) as part:
            write(part)
    except (InputError, LibraryError) as error:
        raise type(error)(f"{error} {kept}") from None
    return target


def _look_ahead(given: argparse.Namespace, target: Path) -> Path:
    """Write moments of the shot, or a small moving picture of it, instead of rendering it."""
    if given.service != EMULATOR:
        raise InputError(
            f"{target.name} would be a look ahead, which is free and local: leave --service out. "
            "A clip of the service is an .mp4 file. Nothing was sent."
        )
    outlook, picture = look_ahead(given.frame, given.prompt, given.end_image, target.suffix.lower())
    missed = "".join(f"; not understood: {words!r}" for words in outlook.not_understood)
    tell(f"Understood: {outlook.understood}{missed}")
    tell(f"The model must invent up to {outlook.unseen:.0%} of the picture")
    return _written(target, lambda part: part.write_bytes(picture), "It was free.")


def _show_progress(job: Job) -> None:
    """Draw one line until the job has ended; a plain line per state where no terminal is."""
    changed = threading.Event()
    stop = job.observe(lambda _: changed.set())
    _, slowest = job.expected_seconds
    with tqdm(total=slowest, bar_format=_BAR, file=sys.stderr, leave=False, disable=None) as bar:
        while not job.done:
            changed.wait(_TICK_SECONDS)
            changed.clear()
            # Never full before the end: the estimate is not a promise.
            bar.n = min(job.elapsed, slowest * 0.98)
            bar.set_description_str(neutralize(job.detail), refresh=False)
            bar.set_postfix_str(f" of about {slowest:.0f} s")
    stop()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m hailuo_widgets",
        description="Turn a picture into a 1080p clip. Free drafts unless --service wavespeed.",
    )
    parser.add_argument("frame", help="the first frame: a picture's path or URL")
    parser.add_argument("prompt", nargs="?", default="", help="what should be seen to happen")
    add_to(parser)
    parser.add_argument(
        "-o",
        "--output",
        help="where to copy the clip to (.mp4); or only look ahead: .jpg for moments side by side, "
        ".webp or .avif for small and moving",
    )
    parser.add_argument("--library", help="the library's folder (hailuo-library)")
    parser.add_argument("--service", choices=[EMULATOR, WAVESPEED], default=EMULATOR)
    parser.add_argument(
        "--budget", help="US dollars the library may spend in all; needed to spend anything"
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
