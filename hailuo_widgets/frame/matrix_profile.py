"""Colour profiles made of three primaries and a curve, for files that say their colours so.

A PNG may name its colours by code points (cICP) or by numbers (cHRM, gAMA) in place of a profile.
As a profile they are understood by whatever shows or converts a picture.

Sources: ICC.1:2001-04 (version 2.4: header 6.1, matrix profiles 6.3.1.2, ``curv`` 6.5.3);
ITU-T H.273, tables 2 and 3; SMPTE RP 177 (primaries to a matrix); Bradford's adaptation as in
ICC.1:2022, annex E.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Final, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

Point: TypeAlias = tuple[float, float]
"""x and y of CIE 1931."""
Primaries: TypeAlias = tuple[Point, Point, Point, Point]
"""White, red, green, blue."""
Matrix: TypeAlias = "list[list[float]]"

D65: Final = (0.3127, 0.3290)
SRGB: Final[Primaries] = (D65, (0.64, 0.33), (0.30, 0.60), (0.15, 0.06))

_PRIMARIES: Final[dict[int, Primaries]] = {
    1: SRGB,
    5: (D65, (0.64, 0.33), (0.29, 0.60), (0.15, 0.06)),
    6: (D65, (0.63, 0.34), (0.31, 0.595), (0.155, 0.07)),
    7: (D65, (0.63, 0.34), (0.31, 0.595), (0.155, 0.07)),
    9: (D65, (0.708, 0.292), (0.17, 0.797), (0.131, 0.046)),
    11: ((0.314, 0.351), (0.68, 0.32), (0.265, 0.69), (0.15, 0.06)),
    12: (D65, (0.68, 0.32), (0.265, 0.69), (0.15, 0.06)),
}
_D50: Final = (0.9642, 1.0, 0.8249)
_BRADFORD: Final = [[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]]
_STEPS: Final = 1024


def srgb_curve(level: float) -> float:
    """Return the light of a level, both 0..1, as sRGB has it."""
    return level / 12.92 if level <= 0.04045 else float(((level + 0.055) / 1.055) ** 2.4)


def _video_curve(level: float) -> float:
    return level / 4.5 if level < 0.081 else float(((level + 0.099) / 1.099) ** (1 / 0.45))


def power(gamma: float) -> Callable[[float], float]:
    """Return the curve that is a power."""
    return lambda level: float(level**gamma)


_CURVES: Final[dict[int, Callable[[float], float]]] = {
    **dict.fromkeys((1, 6, 14, 15), _video_curve),
    4: power(2.2),
    5: power(2.8),
    8: power(1.0),
    13: srgb_curve,
}


def of_code_points(primaries: int, transfer: int) -> bytes | None:
    """Make the profile of H.273's code points; None for those that are none of a plain screen."""
    points, curve = _PRIMARIES.get(primaries), _CURVES.get(transfer)
    return None if points is None or curve is None else of_primaries(points, curve)


def of_primaries(points: Primaries, curve: Callable[[float], float]) -> bytes | None:
    """Make a profile; None when the primaries span no colours.

    Parameters
    ----------
    points : Primaries
        White, red, green and blue.
    curve : callable
        From a level to its light, both 0..1.
    """
    try:
        columns = _adapted(points)
    except (ZeroDivisionError, OverflowError):
        return None
    if any(abs(number) > 2 for column in columns for number in column):
        return None
    levels = (round(65535 * curve(step / (_STEPS - 1))) for step in range(_STEPS))
    ramp = struct.pack(f">4s4xI{_STEPS}H", b"curv", _STEPS, *levels)
    text = b"colours of a picture\0"
    description = struct.pack(">4s4xI", b"desc", len(text)) + text + bytes(78)
    tags = {
        b"desc": description,
        b"cprt": b"text\0\0\0\0none\0",
        b"wtpt": _xyz(_D50),
        **dict(zip((b"rXYZ", b"gXYZ", b"bXYZ"), map(_xyz, columns), strict=True)),
        **dict.fromkeys((b"rTRC", b"gTRC", b"bTRC"), ramp),
    }
    return _file(tags)


def _adapted(points: Primaries) -> list[list[float]]:
    """Find what each primary adds, under the white of profiles."""
    white, *primaries = ([x / y, 1.0, (1 - x - y) / y] for x, y in points)
    shares = _times(_inverse(_transposed(primaries)), white)
    cones, wanted = _times(_BRADFORD, white), _times(_BRADFORD, list(_D50))
    columns = []
    for share, primary in zip(shares, primaries, strict=True):
        response = _times(_BRADFORD, [share * number for number in primary])
        moved = [each * to / by for each, to, by in zip(response, wanted, cones, strict=True)]
        columns.append(_times(_inverse(_BRADFORD), moved))
    return columns


def _times(matrix: Matrix, vector: Sequence[float]) -> list[float]:
    return [sum(a * b for a, b in zip(row, vector, strict=True)) for row in matrix]


def _transposed(matrix: Matrix) -> Matrix:
    return [list(column) for column in zip(*matrix, strict=True)]


def _inverse(matrix: Matrix) -> Matrix:
    (a, b, c), (d, e, f), (g, h, i) = matrix
    adjugate = [
        [e * i - f * h, c * h - b * i, b * f - c * e],
        [f * g - d * i, a * i - c * g, c * d - a * f],
        [d * h - e * g, b * g - a * h, a * e - b * d],
    ]
    determinant = a * adjugate[0][0] + b * adjugate[1][0] + c * adjugate[2][0]
    return [[number / determinant for number in row] for row in adjugate]


def _xyz(numbers: Sequence[float]) -> bytes:
    return struct.pack(">4s4x3i", b"XYZ ", *(round(number * 65536) for number in numbers))


def _file(tags: dict[bytes, bytes]) -> bytes:
    """Put a profile together; tags that are equal share their bytes."""
    place = 128 + 4 + 12 * len(tags)
    table, body, places = b"", b"", dict[bytes, int]()
    for name, data in tags.items():
        if data not in places:
            places[data] = place + len(body)
            body += data + bytes(-len(data) % 4)
        table += struct.pack(">4sII", name, places[data], len(data))
    whole = struct.pack(">I", len(tags)) + table + body
    head = struct.pack(
        ">I4sI4s4s4s12x4s4s",
        128 + len(whole),
        bytes(4),
        0x02400000,
        b"mntr",
        b"RGB ",
        b"XYZ ",
        b"acsp",
        bytes(4),
    )
    head = head.ljust(68, b"\0") + struct.pack(">3i", *(round(n * 65536) for n in _D50))
    return head.ljust(128, b"\0") + whole
