"""Drafts of many photographs: figures of what is wrong, and a sheet of each to look at.

Run it with ``python -m tests.bench corpus [FOLDER]``, a folder of photographs. Without one,
photographs are taken from packages that ship them. The sheets go into a new folder beside the
system's other temporary files; its path is printed.
"""

import tempfile
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import av
import cv2
import numpy as np

from hailuo_widgets.emulator.draft import render
from hailuo_widgets.emulator.draft.output.render import SCENES
from hailuo_widgets.emulator.draft.picture.picture import clip_size, frame_size
from tests.bench.photographs import fetch
from tests.bench.table import show
from tests.support.draft.artefacts import MOVES, examine
from tests.support.draft.camera_motion import decoded

SECONDS = 2.0
SHORT_SIDE = 540
MOMENTS = (0.0, 0.4, 0.7, 1.0)
ROW = 230  # height of a sheet's pictures
KINDS = {".jpg", ".jpeg", ".png", ".webp"}
COLUMNS = (
    "first dB", "breadth", "astray", "jitter", "edge", "flat", "pop", "ground dB", "subject dB",
    "torn", "ghost",
)  # fmt: skip


def run(arguments=()):
    """Render, examine and draw all; print one row for each photograph and what was flagged."""
    out = Path(tempfile.mkdtemp(prefix="hailuo-corpus-"))
    with tempfile.TemporaryDirectory() as scratch:
        if arguments:
            folder = Path(arguments[0])
            photographs = sorted(p for p in folder.iterdir() if p.suffix.lower() in KINDS)
        else:
            folder = Path(scratch, "photographs")
            folder.mkdir()
            photographs = fetch(folder)
        # A fork would inherit OpenCV's locks without the threads that hold them.
        with ProcessPoolExecutor(2, get_context("spawn")) as pool:
            results = list(pool.map(_looked_at, photographs, [out] * len(photographs)))
    rows, flagged = [], []
    for name, planes, findings in results:
        figures = {
            column: [each.figures[column] for each in findings.values() if column in each.figures]
            for column in COLUMNS
        }
        rows.append((name, planes, *(_worst(column, values) for column, values in figures.items())))
        flagged += [
            f"  {name}, {move}: {', '.join(each.flags)}"
            for move, each in findings.items()
            if each.flags
        ]
    show(
        f"Drafts of {len(rows)} photographs, {SHORT_SIDE} pixels: the worst of each one's moves",
        ("photograph", "planes", *COLUMNS),
        rows,
    )
    print(f"\n  flagged: {len(flagged)} of {sum(len(found) for _, _, found in results)}")
    print("\n".join(flagged))
    print(f"  sheets: {out}")


def _worst(column, values):
    known = [value for value in values if np.isfinite(value)]
    if not known:
        return "-"
    lowest = column.endswith("dB") or column in {"edge", "breadth"}
    value = min(known) if lowest else max(known)
    return f"{value:.1f}" if column.endswith("dB") else f"{value:.2f}"


def _looked_at(photograph, out):
    """Render and examine every move of one photograph; draw its sheet."""
    image = photograph.read_bytes()
    (scene,) = SCENES.of(image, size=clip_size(*frame_size(image), SHORT_SIDE))
    cover = None if scene.layers is None else scene.layers.cover
    findings, strips = {}, []
    with tempfile.TemporaryDirectory() as folder:
        clip = Path(folder, "clip.mp4")
        for name, move in MOVES.items():
            render(move.prompt, image, None, 0, clip, seconds=SECONDS, short_side=SHORT_SIDE)
            # At half the size a pixel holds more detail; at full size 38 dB are asked for.
            findings[name] = examine(decoded(clip), scene.picture, cover, move, exact=37)
            strips.append(_strip(clip, f"{name}: {', '.join(findings[name].flags) or 'good'}"))
    cv2.imwrite(str(out / f"{photograph.stem}.png"), np.vstack(strips))
    return photograph.name, 1 if cover is None else 2, findings


def _strip(clip, caption):
    """Draw some frames side by side under a caption."""
    with av.open(str(clip)) as container:
        frames = list(container.decode(video=0))
    cells = []
    for moment in MOMENTS:
        frame = frames[round(moment * (len(frames) - 1))]
        width = round(ROW * frame.width / frame.height)
        cell = cv2.resize(
            frame.to_ndarray(format="bgr24"), (width, ROW), interpolation=cv2.INTER_AREA
        )
        cells += [cell, np.full((ROW, 4, 3), 255, np.uint8)]
    pictures = np.hstack(cells)
    title = np.full((22, pictures.shape[1], 3), 255, np.uint8)
    cv2.putText(title, caption, (4, 16), cv2.FONT_HERSHEY_SIMPLEX, 0.45, (0, 0, 0), 1, cv2.LINE_AA)
    return np.vstack([title, pictures])
