"""Every quirk of section 9 of the API reference, by its number.

Each has one sentence, the endpoints it happens at, and one mishap for each of its variants; a
quirk that no server can cause has the reason instead. `emulator.faults` decides when one happens.
"""

from __future__ import annotations

from hailuo_widgets.emulator.quirks import body, life, money, network
from hailuo_widgets.emulator.quirks.mishaps import Quirk

QUIRKS: dict[int, Quirk] = {
    quirk.number: quirk for part in (body, life, money, network) for quirk in part.QUIRKS
}
