"""Where frames were uploaded to, so that the next kernel need not do it again."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from hailuo_widgets.library.ledger.database import Store
from hailuo_widgets.library.ledger.values import moment_of

REUSED_FOR: Final = timedelta(hours=24)
"""How old an address may be to be sent again; the service keeps uploads for 7 days."""

_LONGEST_URL: Final = 4000


class Uploads(Store):
    """The part of the ledger that knows uploaded frames."""

    def upload(self, base_url: str, sha256: str) -> str | None:
        """Give the address of a frame that was uploaded within the last 24 hours.

        Parameters
        ----------
        base_url : str
            Of the service it was uploaded to: another one knows nothing of it.
        """
        with self._reading():
            found = self._all(
                "SELECT url, uploaded_at FROM uploads WHERE base_url = ? AND sha256 = ?",
                (base_url, sha256),
            )
        for url, uploaded_at in map(tuple, found):
            at = moment_of(uploaded_at)
            fits = isinstance(url, str) and len(url) <= _LONGEST_URL
            if fits and at is not None and self._now() - at < REUSED_FOR:
                return str(url)
        return None

    def uploaded(self, base_url: str, sha256: str, url: str) -> None:
        """Write down that a frame was uploaded now."""
        with self._transaction() as connection:
            connection.execute(
                "INSERT OR REPLACE INTO uploads VALUES (?, ?, ?, ?)",
                (base_url, sha256, url, self._stamp()),
            )

    def forget_upload(self, base_url: str, sha256: str) -> bool:
        """Give up the address of a frame; whether there was one."""
        with self._transaction() as connection:
            gone = connection.execute(
                "DELETE FROM uploads WHERE base_url = ? AND sha256 = ?", (base_url, sha256)
            )
            return gone.rowcount > 0
