"""The main job in a terminal: ``python -m hailuo_widgets frame.jpg "slow push in"``.

Exit status: 0 with a clip, 1 when there is none, 2 when the command line cannot be understood.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from tqdm import tqdm

from hailuo_widgets.errors import HailuoError, InputError
from hailuo_widgets.jobs.connection import EMULATOR, WAVESPEED, connect
from hailuo_widgets.jobs.preview import PICTURES
from hailuo_widgets.jobs.runner import generate, look_ahead
from hailuo_widgets.library.budget import dollars
from hailuo_widgets.request.prompt import lint

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hailuo_widgets.jobs.job import Job

_TICK_SECONDS = 0.1
_BAR = "{desc} |{bar:24}| {elapsed}{postfix}"


def main(arguments: Sequence[str] | None = None) -> int:
    """Read the command line, make the clip, say where it is."""
    given = _parser().parse_args(arguments)
    try:
        clip = _make(given)
    except HailuoError as error:
        print(f"hailuo_widgets: {error}", file=sys.stderr)  # noqa: T201  a terminal program
        return 1
    except KeyboardInterrupt:
        print(  # noqa: T201
            "\nStopped waiting. What was sent goes on at the service; run the same command again "
            "to fetch it at no further cost.",
            file=sys.stderr,
        )
        return 1
    print(clip)  # noqa: T201
    return 0


def _make(given: argparse.Namespace) -> Path:
    target: Path | None = given.output
    if target is not None and target.exists():
        raise InputError(
            f"{target.name} exists already and is left alone. Give another name to -o."
        )
    connect(given.service, budget=given.budget, library=given.library)
    if target is not None and target.suffix.lower() in PICTURES:
        return _look_ahead(given, target)
    expansion = not given.no_prompt_expansion
    for hint in lint(
        given.prompt, enable_prompt_expansion=expansion, has_end_image=bool(given.end_image)
    ):
        if hint.level != "note":
            print(f"{hint.level}: {hint.text}", file=sys.stderr)  # noqa: T201
    job = generate(given.frame, given.prompt, given.end_image, expansion, take=given.take)
    _show_progress(job)
    clip = job.wait()
    money = "free" if job.cost == 0 or job.from_library else dollars(job.cost)
    where = "from the library, " if job.from_library else ""
    print(f"{'Draft' if clip.draft else 'Clip'}: {clip.facts} · {where}{money}", file=sys.stderr)  # noqa: T201
    if target is None:
        return clip.path
    shutil.copyfile(clip.path, target)
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
    print(f"Understood: {outlook.understood}{missed}", file=sys.stderr)  # noqa: T201
    print(f"The model must invent up to {outlook.unseen:.0%} of the picture", file=sys.stderr)  # noqa: T201
    target.write_bytes(picture)
    return target


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
            bar.set_description_str(job.detail, refresh=False)
            bar.set_postfix_str(f" of about {slowest:.0f} s")
    stop()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m hailuo_widgets",
        description="Turn a picture into a 1080p clip. Free drafts unless --service wavespeed.",
    )
    parser.add_argument("frame", help="the first frame: a picture's path or URL")
    parser.add_argument("prompt", nargs="?", default="", help="what should be seen to happen")
    parser.add_argument("--end-image", help="the picture to end on")
    parser.add_argument(
        "--no-prompt-expansion",
        action="store_true",
        help="send the prompt as it is (this also switches the service's safety check off)",
    )
    parser.add_argument(
        "--take", type=_take_of, default=1, help='which try of this request (1), or "another"'
    )
    parser.add_argument(
        "-o",
        "--output",
        type=Path,
        help="where to copy the clip to (.mp4); or only look ahead: .jpg for moments side by side, "
        ".webp or .avif for small and moving",
    )
    parser.add_argument("--library", help="the library's folder (hailuo-library)")
    parser.add_argument("--service", choices=[EMULATOR, WAVESPEED], default=EMULATOR)
    parser.add_argument(
        "--budget", help="US dollars the library may spend in all; needed to spend anything"
    )
    return parser


def _take_of(text: str) -> int | Literal["another"]:
    if text == "another":
        return "another"
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f'{text!r} is neither a number from 1 nor "another"')
    return int(text)


if __name__ == "__main__":
    sys.exit(main())
