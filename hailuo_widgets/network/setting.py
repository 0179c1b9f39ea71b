"""A setting of this machine that cannot be used, told so that the user can mend it."""

from __future__ import annotations

from hailuo_widgets.text import short


class UnusableSettingError(Exception):
    """An environment variable (or a system setting) that no connection can be made with.

    Attributes
    ----------
    reason : str
        Which one, its value without user and password, and what is wrong with it; no full stop.
    remedy : str
        What to do, as whole sentences.
    """

    def __init__(self, variable: str, value: str, trouble: str, remedy: str) -> None:
        self.reason = f"{variable}={short(without_login(value), 120)} cannot be used: {trouble}"
        self.remedy = remedy
        super().__init__(f"{self.reason}. {remedy}")


def without_login(address: str) -> str:
    """Return an address without its user and password, even where it cannot be parsed."""
    scheme, found, rest = address.rpartition("://")
    return scheme + found + rest.rpartition("@")[2]
