"""Every quirk of section 9 of the API reference, by its number.

Each has one sentence, the endpoints it happens at, and one effect for each of its variants; a
quirk that no server can cause has the reason instead. `emulator.faults` decides when one happens.
"""

from __future__ import annotations

from hailuo_widgets.emulator.faults import billing, body, lifecycle, network
from hailuo_widgets.emulator.faults.effects import Quirk

QUIRKS: dict[int, Quirk] = {
    quirk.number: quirk for part in (body, lifecycle, billing, network) for quirk in part.QUIRKS
}
