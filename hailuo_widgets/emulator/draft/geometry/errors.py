"""What can go wrong while a draft is made."""

from __future__ import annotations


class DraftError(ValueError):
    """A draft cannot be rendered: the picture is unreadable or the encoder is missing."""
