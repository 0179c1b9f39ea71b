"""Addresses of uploaded frames, so that the next kernel need not upload them again."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from hailuo_widgets.library.ledger.values import moment_of

if TYPE_CHECKING:
    from hailuo_widgets.library.ledger.database import Database

REUSED_FOR: Final = timedelta(hours=24)
"""How old an address may be to be sent again; the service keeps uploads for 7 days."""

_LONGEST_URL: Final = 4000


class UploadsTable:
    """The part of the ledger that holds the addresses of uploaded frames."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def url(self, base_url: str, sha256: str) -> str | None:
        """Return the address of a frame that was uploaded within the last 24 hours, or None.

        Parameters
        ----------
        base_url : str
            Of the service it was uploaded to: another one knows nothing of it.
        """
        with self._database.reading():
            found = self._database.read_all(
                "SELECT url, uploaded_at FROM uploads WHERE base_url = ? AND sha256 = ?",
                (base_url, sha256),
            )
        for url, uploaded_at in map(tuple, found):
            at = moment_of(uploaded_at)
            fits = isinstance(url, str) and len(url) <= _LONGEST_URL
            if fits and at is not None and self._database.now() - at < REUSED_FOR:
                return str(url)
        return None

    def record(self, base_url: str, sha256: str, url: str) -> None:
        """Write down that a frame was uploaded now."""
        with self._database.transaction() as connection:
            connection.execute(
                "INSERT OR REPLACE INTO uploads VALUES (?, ?, ?, ?)",
                (base_url, sha256, url, self._database.stamp()),
            )

    def forget(self, base_url: str, sha256: str) -> bool:
        """Delete the address of a frame; True if there was one."""
        with self._database.transaction() as connection:
            gone = connection.execute(
                "DELETE FROM uploads WHERE base_url = ? AND sha256 = ?", (base_url, sha256)
            )
            return gone.rowcount > 0
