"""The states of a job, and what each says about money."""

from __future__ import annotations

from enum import StrEnum
from typing import Final


class JobState(StrEnum):
    """The state of one take, from intent to clip.

    ::

        intent ─▶ sent ─▶ accepted ─▶ created ─▶ processing ─▶ completed ─▶ downloaded
                    ├───▶ refused         └──▶ failed | cancelled | timeout | deleted
                    └───▶ unknown
    """

    INTENT = "intent"
    SENT = "sent"
    ACCEPTED = "accepted"
    REFUSED = "refused"
    UNKNOWN = "unknown"
    CREATED = "created"
    PROCESSING = "processing"
    COMPLETED = "completed"
    DOWNLOADED = "downloaded"
    FAILED = "failed"
    CANCELLED = "cancelled"
    TIMEOUT = "timeout"
    DELETED = "deleted"

    @property
    def final(self) -> bool:
        """True if nothing more will happen by itself."""
        return self in FINAL

    @property
    def words(self) -> str:
        """The words for it after "it is" in a sentence."""
        return _WORDS.get(self, str(self))

    @property
    def advanced(self) -> int:
        """How far along the way this is: a stale answer never moves a job backwards (Q24)."""
        return _ORDER.index(self)


_ORDER: Final = tuple(JobState)

_WORDS: Final = {
    JobState.INTENT: "waiting for its turn",
    JobState.SENT: "being sent",
    JobState.FAILED: "ended by a failure",
    JobState.TIMEOUT: "ended by a timeout",
}
"""The others are words that can stand in a sentence as they are."""

AT_SERVICE: Final = frozenset(
    {JobState.ACCEPTED, JobState.CREATED, JobState.PROCESSING, JobState.COMPLETED}
)
"""A prediction exists and its clip is not here yet: safe to ask about again."""

ENDED_WITHOUT_CLIP: Final = frozenset(
    {JobState.FAILED, JobState.CANCELLED, JobState.TIMEOUT, JobState.DELETED}
)

FINAL: Final = ENDED_WITHOUT_CLIP | {JobState.DOWNLOADED, JobState.REFUSED, JobState.UNKNOWN}

COMMITTED: Final = frozenset({JobState.INTENT, JobState.SENT, JobState.UNKNOWN})
"""The price may still be charged, so it is held against the budget."""

SPENT: Final = AT_SERVICE | ENDED_WITHOUT_CLIP | {JobState.DOWNLOADED}
"""The service charges on acceptance. A failed task is refunded later; until that is seen in the
service's bill it stays spent, so that the budget can never be passed."""

COUNTED: Final = COMMITTED | SPENT

EMULATOR: Final = "emulator"
SERVICES: Final = frozenset({EMULATOR, "wavespeed"})
"""Who is asked; the emulator alone is free."""
