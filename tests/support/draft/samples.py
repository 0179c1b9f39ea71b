"""Pictures and films for the tests of drafts."""

import cv2
import numpy as np

from hailuo_widgets.emulator.draft import filmed


def textured(width, height, *, low=20, high=235, seed=0):
    """Give a picture in which every place looks different: uint8, RGB."""
    random = np.random.default_rng(seed)
    noise = random.standard_normal((height, width, 3)).astype(np.float32)
    soft = sum(cv2.GaussianBlur(noise, (0, 0), sigma) * sigma for sigma in (1.2, 3, 9))
    soft = (soft - soft.min()) / (soft.max() - soft.min())
    return (low + (high - low) * soft).astype(np.uint8)


def figure(width, height):
    """Give a textured figure before a textured ground, and its cover: uint8, RGB and grey."""
    ground = textured(width, height, low=90, high=190)
    ground[..., 0] //= 2
    own = textured(width, height, low=120, high=255, seed=7)
    own[..., 1:] //= 3
    cover = np.zeros((height, width), np.uint8)
    axes = (height // 6, height // 3)
    cv2.ellipse(cover, (width // 2, height // 2), axes, 0, 0, 360, 255, -1, cv2.LINE_AA)
    share = cover[..., None] / 255
    return (own * share + ground * (1 - share)).astype(np.uint8), cover


def png(rgb):
    """Give a picture as a file's bytes, without loss."""
    return cv2.imencode(".png", cv2.cvtColor(rgb, cv2.COLOR_RGB2BGR))[1].tobytes()


def filmed_picture(rgb, prompt, end=None, *, seconds=0.5, variation=0):
    """Make a film of a picture at the picture's own size."""
    return filmed(
        prompt,
        png(rgb),
        None if end is None else png(end),
        variation,
        seconds=seconds,
        short_side=min(rgb.shape[:2]),
    )


def psnr(one, two):
    """Peak signal to noise of two 8-bit pictures, in decibels."""
    wrong = np.mean((one.astype(float) - two) ** 2)
    return 10 * np.log10(255**2 / max(wrong, 1e-9))
