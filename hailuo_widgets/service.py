"""The facts of the service, in one typed table. No logic lives here.

Source: WaveSpeedAI's pages for ``minimax/hailuo-02/i2v-pro``, read in 2026.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Final, NamedTuple

MODEL: Final = "minimax/hailuo-02/i2v-pro"
BASE_URL: Final = "https://api.wavespeed.ai"
KEY_VARIABLE: Final = "WAVESPEED_API_KEY"

PREFIX: Final = "/api/v3"
SUBMIT_PATH: Final = f"{PREFIX}/{MODEL}"
PREDICTIONS_PATH: Final = f"{PREFIX}/predictions"  # POST lists; /{id} and /{id}/result answer GET
DELETE_PATH: Final = f"{PREFIX}/predictions/delete"
UPLOAD_TICKET_PATH: Final = f"{PREFIX}/media/uploads"
UPLOAD_BINARY_PATH: Final = f"{PREFIX}/media/upload/binary"
BALANCE_PATH: Final = f"{PREFIX}/balance"
PRICE_PATH: Final = f"{PREFIX}/model/price"
LEGACY_PRICE_PATH: Final = f"{PREFIX}/model/pricing"
BILLINGS_PATH: Final = f"{PREFIX}/billings/search"

PRICE: Final = Decimal("0.49")
"""US dollars for one generation."""

PROMPT_LIMIT: Final = 2000
"""Unicode code points."""

PROMPT_NOTE_FROM: Final = 1900
"""From this length on, a note says how much is left."""

IMAGE_BYTES_LIMIT: Final = 20_000_000
"""A frame's file has at most this many bytes (20 MB, MB read as 10**6)."""

SHORT_SIDE_ABOVE: Final = 300
"""A frame's short side must be strictly greater, in pixels."""

ASPECT_ABOVE: Final = (2, 5)
ASPECT_BELOW: Final = (5, 2)
"""width:height lies strictly between the two."""

IMAGE_TYPES: Final = {"JPEG": "image/jpeg", "PNG": "image/png"}
"""Pillow's format name to media type: what the service takes."""

CLIP_SECONDS: Final = 5.0
CLIP_FPS: Final = 24
CLIP_SHORT_SIDE: Final = 1080

EXPECTED_SECONDS: Final = (30.0, 90.0)
"""How long a generation takes, by the model's page."""

POLL_FLOOR_SECONDS: Final = 5.0
POLL_CEILING_SECONDS: Final = 15.0
POLL_GROWTH: Final = 1.3
POLL_JITTER: Final = 0.1
SUBMIT_ANSWER_SECONDS: Final = 120.0
NOT_FOUND_GRACE_SECONDS: Final = 60.0
RETENTION_DAYS: Final = 7


class Tier(NamedTuple):
    """What an account may do: videos started per minute, and in flight at once."""

    videos_per_minute: int
    concurrent: int


TIERS: Final = {
    "bronze": Tier(2, 2),
    "silver": Tier(500, 300),
    "gold": Tier(3000, 3000),
    "ultra": Tier(5000, 10000),
}

RUNNING_STATUSES: Final = frozenset({"created", "processing", "pending", "queued"})
COMPLETED_STATUSES: Final = frozenset({"completed", "succeeded"})
FAILED_STATUSES: Final = frozenset({"failed", "cancelled", "canceled", "timeout"})
GONE_STATUSES: Final = frozenset({"deleted"})
"""Whatever stands in none of these sets is taken as running (Q20)."""

NOT_REACHABLE: Final = 1402

TASK_CODES: Final = {
    1200: "content moderation",
    1400: "missing parameter",
    1401: "invalid parameter",
    NOT_REACHABLE: "media not reachable",
    1403: "execution failed",
    1405: "task failed",
    5000: "internal error",
    5003: "service unavailable",
    5004: "service timeout",
}
