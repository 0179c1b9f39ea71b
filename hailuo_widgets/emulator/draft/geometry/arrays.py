"""Names for arrays by what they hold.

OpenCV's own types do not tell one kind of number from another, so these are names for people:
the type checker sees arrays.
"""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy.typing as npt

Bytes: TypeAlias = npt.NDArray[Any]
"""uint8: luma, chroma, cover, RGB."""

Shorts: TypeAlias = npt.NDArray[Any]
"""int16: differences of bytes."""

Pairs: TypeAlias = npt.NDArray[Any]
"""uint16: two bytes looked up as one."""

Floats: TypeAlias = npt.NDArray[Any]
"""float32 or float64: shares, places."""

Truth: TypeAlias = npt.NDArray[Any]
"""bool."""

Matrix: TypeAlias = npt.NDArray[Any]
"""float64: a homography (3, 3) or an affine map (2, 3)."""
