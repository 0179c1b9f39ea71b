"""Values looked up at places of their own."""

from __future__ import annotations

import cv2

from hailuo_widgets.emulator.draft.geometry.arrays import Bytes, Floats


def looked_up(values: Floats, places: Floats) -> Floats:
    """Return the values between pixels, at places (..., 2) of x and y; edges go on as they end."""
    found: Floats = cv2.remap(
        values, places, None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
    return found


def look_up_nearest(pixels: Bytes, places: Floats, onto: Bytes) -> None:
    """Fill an array with the nearest pixels to places (..., 2) of x and y."""
    cv2.remap(pixels, places, None, cv2.INTER_NEAREST, dst=onto, borderMode=cv2.BORDER_REPLICATE)
