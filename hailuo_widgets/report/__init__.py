"""Handing it on: a notebook as one page that plays, as a PDF, and nothing that was not asked for.

>>> import hailuo_widgets as hw
>>> hw.report("out.html")  # doctest: +SKIP
out.html: 3.1 MB, 4 clips, from x.ipynb as saved at 14:02:31.

All arguments, and what can go wrong: :func:`hailuo_widgets.report.write.report`.
"""

from __future__ import annotations

import sys
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from hailuo_widgets.report.write import Written


class _Door(ModuleType):
    def __call__(self, *arguments: Any, **options: Any) -> Written:
        """Write a report: see :func:`hailuo_widgets.report.write.report`."""
        from hailuo_widgets.report.write import report as write  # noqa: PLC0415

        return write(*arguments, **options)


# A function named like this folder would be lost as soon as anything imports a module from here,
# as nbconvert does: so the folder itself is what `hw.report` calls.
report = sys.modules[__name__]
report.__class__ = _Door
