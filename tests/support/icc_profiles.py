"""Small colour profiles, written by hand (ICC.1:2001-04): another writer than the kit's."""

import struct

import numpy as np

D65 = (0.3127, 0.3290)
D50 = np.array([0.9642, 1.0, 0.8249])
BRADFORD = np.array(
    [[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]]
)
ADOBE = (D65, (0.64, 0.33), (0.21, 0.71), (0.15, 0.06))
PROPHOTO = ((0.3457, 0.3585), (0.7347, 0.2653), (0.1596, 0.8404), (0.0366, 0.0001))
DISPLAY_P3 = (D65, (0.68, 0.32), (0.265, 0.69), (0.15, 0.06))


def _profile(kind, space, connection, tags):
    place, table, body = 132 + 12 * len(tags), b"", b""
    for name, data in tags.items():
        table += struct.pack(">4sII", name, place + len(body), len(data))
        body += data + bytes(-len(data) % 4)
    whole = struct.pack(">I", len(tags)) + table + body
    head = struct.pack(
        ">I4xI4s4s4s12x4s", 128 + len(whole), 0x02400000, kind, space, connection, b"acsp"
    )
    head = head.ljust(68, b"\0") + _numbers(D50)
    return head.ljust(128, b"\0") + whole


def _numbers(values):
    return struct.pack(">3i", *(round(value * 65536) for value in values))


def _common(name):
    text = name.encode() + b"\0"
    return {
        b"desc": struct.pack(">4s4xI", b"desc", len(text)) + text + bytes(78),
        b"cprt": b"text\0\0\0\0none\0",
        b"wtpt": b"XYZ \0\0\0\0" + _numbers(D50),
    }


def _gamma(gamma):
    return struct.pack(">4s4xIH", b"curv", 1, round(gamma * 256))


def matrix(points, gamma, name="test"):
    """A profile of white, red, green, blue and a power."""
    white, *primaries = (np.array([x / y, 1, (1 - x - y) / y]) for x, y in points)
    columns = np.array(primaries).T
    columns = columns * np.linalg.solve(columns, white)
    adapt = np.linalg.inv(BRADFORD) @ np.diag(BRADFORD @ D50 / (BRADFORD @ white)) @ BRADFORD
    adapted = (adapt @ columns).T
    tags = _common(name)
    for letter, column in zip("rgb", adapted, strict=True):
        tags[f"{letter}XYZ".encode()] = b"XYZ \0\0\0\0" + _numbers(column)
        tags[f"{letter}TRC".encode()] = _gamma(gamma)
    return _profile(b"mntr", b"RGB ", b"XYZ ", tags)


def grey(gamma):
    """A profile of grey, by a power."""
    return _profile(b"mntr", b"GRAY", b"XYZ ", {**_common("grey"), b"kTRC": _gamma(gamma)})


def press():
    """A profile of a press whose cyan is a strong one: a table of the sixteen solid inks."""
    inks = {"c": (55, -37, -50), "m": (48, 74, -3), "y": (89, -5, 93), "k": (16, 0, 0)}
    table = bytearray()
    for corner in range(16):
        lab = np.array([95.0, 0.0, -2.0])
        for bit, ink in zip((8, 4, 2, 1), "cmyk", strict=True):
            if corner & bit:
                lab = np.array(
                    [lab[0] * inks[ink][0] / 95, lab[1] + inks[ink][1], lab[2] + inks[ink][2]]
                )
        table += bytes(
            [round(lab[0] * 2.55), *(int(np.clip(round(v) + 128, 0, 255)) for v in lab[1:])]
        )
    ramp = bytes(range(256))
    lut = struct.pack(">4s4xBBBx", b"mft1", 4, 3, 2)
    lut += struct.pack(">9i", *(65536 * (at % 4 == 0) for at in range(9)))
    lut += ramp * 4 + bytes(table) + ramp * 3
    return _profile(b"prtr", b"CMYK", b"Lab ", {**_common("press"), b"A2B0": lut})
