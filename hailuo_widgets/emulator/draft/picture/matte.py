"""Which part of a picture is its subject, by a small saliency network."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Final

import cv2
import numpy as np

from hailuo_widgets.emulator.draft.geometry.arrays import Bytes, Floats

NETWORK: Final = Path(__file__).with_name("u2netp.onnx")
NETWORK_SHA256: Final = "309c8469258dda742793dce0ebea8e6dd393174f89934733ecc8b14c76f4ddd8"

_SIDE: Final = 320  # the network was trained at this size
# The means and deviations that U2-Net's training normalised its pictures by, per RGB channel.
_MEAN: Final = np.array([0.485, 0.456, 0.406], np.float32)
_DEVIATION: Final = np.array([0.229, 0.224, 0.225], np.float32)

SMALLEST: Final = 0.01
LARGEST: Final = 0.75
"""Shares of the picture between which a subject is one."""

UNDECIDED: Final = 0.3
"""The network's answer is used when less than this share of the subject is neither in nor out."""


def saliency(rgb: Bytes, network: Path = NETWORK) -> Floats | None:
    """Ask the network what stands out in a picture.

    Parameters
    ----------
    rgb : array of uint8, shape (height, width, 3)
        The picture; a few hundred pixels are enough.
    network : Path
        The network's file.

    Returns
    -------
    array of float32, shape (320, 320), or None
        0 (background) to 1 (subject); None when the file is missing or not the one expected.
    """
    try:
        weights = network.read_bytes()
    except OSError:
        return None
    if hashlib.sha256(weights).hexdigest() != NETWORK_SHA256:
        return None
    net = cv2.dnn.readNetFromONNX(np.frombuffer(weights, np.uint8))
    small = cv2.resize(rgb, (_SIDE, _SIDE), interpolation=cv2.INTER_AREA).astype(np.float32)
    small = (small / max(float(small.max()), 1.0) - _MEAN) / _DEVIATION
    net.setInput(np.ascontiguousarray(small.transpose(2, 0, 1)[None]))
    cv2.setNumThreads(-1)  # all there are: painting, which asks for one, has not begun
    answer = net.forward(net.getUnconnectedOutLayersNames()[0])
    return np.asarray(answer, np.float32).reshape(_SIDE, _SIDE)


def subject_matte(rgb: Bytes, network: Path = NETWORK) -> Floats | None:
    """Cut out the subject of a picture.

    Parameters
    ----------
    rgb : array of uint8, shape (height, width, 3)
        The picture.
    network : Path
        The network's file.

    Returns
    -------
    array of float32, shape (height, width), or None
        Cover, 0..1, following the picture's own edges; None when there is no clear subject.
    """
    answer = saliency(rgb, network)
    if answer is None:
        return None
    area = float((answer > 0.5).mean())
    undecided = float(((answer > 0.1) & (answer < 0.9)).mean())
    if not SMALLEST <= area <= LARGEST or undecided > UNDECIDED * area:
        return None
    height, width = rgb.shape[:2]
    coarse = cv2.resize(answer, (width, height), interpolation=cv2.INTER_LINEAR)
    fine = _guided(rgb, coarse, radius=max(2, width // 100))
    # Stretched, so that what is certain becomes entirely subject or entirely background.
    return np.clip((fine - 0.12) / 0.76, 0.0, 1.0)


def _guided(rgb: Bytes, mask: Floats, radius: int) -> Floats:
    """Make a mask follow the edges of the picture (guided filter: He, Sun and Tang 2013)."""
    guide = cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY).astype(np.float32) / 255

    def mean(values: Floats) -> Floats:
        side = 2 * radius + 1
        return cv2.blur(values, (side, side))

    guide_mean, mask_mean = mean(guide), mean(mask)
    covariance = mean(guide * mask) - guide_mean * mask_mean
    variance = mean(guide * guide) - guide_mean * guide_mean
    gain = covariance / (variance + 2e-4)
    return mean(gain) * guide + mean(mask_mean - gain * guide_mean)
