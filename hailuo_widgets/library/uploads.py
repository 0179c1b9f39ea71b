"""Where frames were uploaded to, so that the next kernel need not do it again."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from hailuo_widgets.library.store import Store

REUSED_FOR: Final = timedelta(hours=24)
"""How old an address may be to be sent again; the service keeps uploads for 7 days."""


class Uploads(Store):
    """The part of the ledger that knows uploaded frames."""

    def upload(self, base_url: str, sha256: str) -> str | None:
        """Give the address of a frame that was uploaded within the last 24 hours.

        Parameters
        ----------
        base_url : str
            Of the service it was uploaded to: another one knows nothing of it.
        """
        with self._reading() as connection:
            found = connection.execute(
                "SELECT url, uploaded_at FROM uploads WHERE base_url = ? AND sha256 = ?",
                (base_url, sha256),
            ).fetchone()
        if found is None:
            return None
        age = self._now() - datetime.fromisoformat(found["uploaded_at"])
        return str(found["url"]) if age < REUSED_FOR else None

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
