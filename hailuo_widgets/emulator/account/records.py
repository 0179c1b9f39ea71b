"""What the emulator remembers: predictions, rows of the bill, uploads."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from typing import Any, ClassVar, Self

from hailuo_widgets import service as facts


@dataclass(frozen=True, slots=True)
class Lifecycle:
    """How a prediction's life goes. Faults bend it; left alone it goes well.

    Attributes
    ----------
    first, working, final : str
        The status shown while it waits for its turn, while it is worked on, and at the end.
    code, error : int or None, str
        The task code and sentence that come with a final status that is no success.
    wait_seconds, work_seconds : float
        Spent at least in the first and in the working status.
    refund_seconds : float or None
        From a failure to its refund; None: as the settings say.
    id_form : str
        The form of the prediction's id, with ``{}`` for 32 hexadecimal digits.
    clip : dict
        Keywords for the renderer: a clip of another shape.
    """

    first: str = "created"
    working: str = "processing"
    final: str = "completed"
    code: int | None = None
    error: str = ""
    wait_seconds: float = 0.0
    work_seconds: float = 0.0
    refund_seconds: float | None = None
    id_form: str = "{}"
    clip: dict[str, float] = field(default_factory=dict)

    @property
    def succeeds(self) -> bool:
        """True if a clip comes at the end."""
        return self.final in facts.COMPLETED_STATUSES


@dataclass(slots=True)
class Prediction:
    """One accepted submission. Moments are epoch seconds.

    Attributes
    ----------
    request : str
        Hash over the four fields; `variation` counts the submissions of the same request from 0.
    image, end_image : str, str or None
        ``frame:<sha256>`` of a stored picture, or the URL that the submission named.
    output : str
        Name of the clip's file, inside the state's folder for outputs.
    final : str or None
        The final status, once reached; `code` and `error` then say why it is no success.
    webhook, base_url : str
        Where to say that it has ended, and the address that the client knows the service by.
    gone : bool
        Its retention is over. The row stays, for the bill and the count of variations.
    """

    kind: ClassVar = "prediction"

    id: str
    ordinal: int
    request: str
    variation: int
    prompt: str
    image: str
    end_image: str | None
    expansion: bool
    created_at: float
    output: str
    course: Lifecycle = field(default_factory=Lifecycle)
    started_at: float | None = None
    finished_at: float | None = None
    final: str | None = None
    code: int | None = None
    error: str = ""
    deleted: bool = False
    gone: bool = False
    webhook: str = ""
    base_url: str = ""

    @property
    def status(self) -> str:
        """The status as the service names it."""
        if self.deleted:
            return "deleted"
        if self.final is not None:
            return self.final
        return self.course.first if self.started_at is None else self.course.working

    @property
    def completed(self) -> bool:
        """True if it has a clip to show."""
        return self.status in facts.COMPLETED_STATUSES

    @classmethod
    def load(cls, values: dict[str, Any]) -> Self:
        """Rebuild one from what `dataclasses.asdict` gave."""
        return cls(**{**values, "course": Lifecycle(**values["course"])})


@dataclass(frozen=True, slots=True)
class Charge:
    """One row of the bill. `billing` is ``"deduct"`` or ``"refund"``; `price` is in US dollars."""

    kind: ClassVar = "charge"

    id: str
    prediction: str
    billing: str
    price: str
    created_at: float

    @classmethod
    def load(cls, values: dict[str, Any]) -> Self:
        """Rebuild one from what `dataclasses.asdict` gave."""
        return cls(**values)


@dataclass(slots=True)
class Upload:
    """One file given for safe keeping; `headers` must come with its bytes, letter for letter."""

    kind: ClassVar = "upload"

    id: str
    filename: str
    content_type: str
    size: int
    headers: dict[str, str]
    created_at: float
    expires_at: float
    stored: bool = False

    @classmethod
    def load(cls, values: dict[str, Any]) -> Self:
        """Rebuild one from what `dataclasses.asdict` gave."""
        return cls(**values)


Record = Prediction | Charge | Upload


def as_json(record: Record) -> dict[str, Any]:
    """Return a record's values, ready to be written down."""
    return dataclasses.asdict(record)
