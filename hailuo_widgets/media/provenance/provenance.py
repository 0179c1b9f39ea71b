"""Where a clip comes from: the request, who made it of that, and when; as a value, JSON and text."""

from __future__ import annotations

import dataclasses
import functools
import importlib.metadata
import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from hailuo_widgets.service import MODEL, PROMPT_LIMIT
from hailuo_widgets.text import has_lone_surrogate, neutralize, shown_name

if TYPE_CHECKING:
    from hailuo_widgets.frame.frame import Frame

_VOCABULARY: Final = "http://cv.iptc.org/newscodes/digitalsourcetype/"
_VERSION: Final = 1
_MOST_TAKES: Final = 10**6
_HASH: Final = re.compile("[0-9a-f]{64}")
_SERVICES: Final = {"wavespeed": "WaveSpeedAI", "emulator": "the local emulator"}

_LABEL_WIDTH: Final = 13


@dataclass(frozen=True, slots=True)
class ImageRef:
    """A frame that is not here: its hash, and what its file was called (never a path)."""

    sha256: str
    name: str


@dataclass(frozen=True, slots=True, repr=False)
class Provenance:
    """What is known of a clip's origin. Printed, it is a readable text.

    Attributes
    ----------
    draft : bool
        True if it was rendered rather than generated.
    service : str
        ``"wavespeed"`` or ``"emulator"``.
    model : str
        The generating model; empty for a draft, which no model makes.
    prediction_id : str
        The service's id of it.
    prompt : str
    enable_prompt_expansion : bool or None
    image, end_image : ImageRef or None
        None when there is none. No request is without `image`: then only the prompt is known.
    take : int or None
    asked_at, accepted_at, completed_at : datetime or None
        When it was asked for, accepted by the service and first seen completed; aware, UTC.
    software : str
        What asked for it.
    """

    draft: bool
    service: str
    model: str
    prediction_id: str
    prompt: str
    enable_prompt_expansion: bool | None
    image: ImageRef | None
    end_image: ImageRef | None
    take: int | None
    asked_at: datetime | None = None
    accepted_at: datetime | None = None
    completed_at: datetime | None = None
    software: str = ""

    @property
    def source_type(self) -> str:
        """The term of IPTC's vocabulary "Digital Source Type" that fits, as its full URI.

        A generation is ``trainedAlgorithmicMedia``. A draft is ``composite``, a mix of "elements,
        any of which may or may not be generative AI": the pictures given, of which nobody here
        knows how they were made, and what the renderer adds to them. The nearer sounding terms
        would be untrue: ``algorithmicMedia`` is made "purely by an algorithm",
        ``compositeSynthetic`` holds generative AI for certain, ``algorithmicallyEnhanced`` leaves
        the content as it was, and ``virtualRecording`` records something live.
        """
        return f"{_VOCABULARY}{'composite' if self.draft else 'trainedAlgorithmicMedia'}"

    def as_draft(self) -> Provenance:
        """Return the same for a clip whose file says that it is a draft, whichever service was asked."""
        return dataclasses.replace(self, draft=True, model="")

    def to_json(self) -> str:
        """Write everything as JSON in ASCII: the same text for the same values, anywhere."""
        values = {
            "version": _VERSION,
            "draft": self.draft,
            "service": self.service,
            "model": self.model,
            "prediction_id": self.prediction_id,
            "take": self.take,
            "request": {
                "prompt": self.prompt,
                "enable_prompt_expansion": self.enable_prompt_expansion,
                "image": _given(self.image),
                "end_image": _given(self.end_image),
            },
            "asked_at": _stamp(self.asked_at),
            "accepted_at": _stamp(self.accepted_at),
            "completed_at": _stamp(self.completed_at),
            "software": self.software,
        }
        return json.dumps(values, sort_keys=True, separators=(",", ":"))

    def __str__(self) -> str:
        maker = self.model or "a model that is not named"
        place = _SERVICES.get(self.service, self.service)
        lines = [
            "Draft: rendered from the pictures given, not generated."
            if self.draft
            else f"Generated with AI: {maker}{f' at {place}' if place else ''}."
        ]
        expansion = {True: "on", False: "off", None: ""}[self.enable_prompt_expansion]
        for label, value in (
            ("Prompt", self.prompt),
            ("Expansion", expansion),
            ("Start frame", _shown_picture(self.image)),
            ("End image", _shown_picture(self.end_image)),
            ("Take", str(self.take or "")),
            ("Prediction", self.prediction_id),
            ("Asked", _shown_time(self.asked_at)),
            ("Accepted", _shown_time(self.accepted_at)),
            ("Completed", _shown_time(self.completed_at)),
            ("Software", self.software),
            ("Source type", self.source_type),
        ):
            if value:
                lines.append(f"{label:<{_LABEL_WIDTH}}{_shown(value)}")
        return "\n".join(lines)

    __repr__ = __str__


def of_prompt(prompt: str, service: str, *, draft: bool) -> Provenance:
    """Return the origin of a clip of which nothing more is known."""
    return Provenance(draft, service, "" if draft else MODEL, "", prompt, None, None, None, None)


def from_json(text: str) -> Provenance:
    """Read what :meth:`Provenance.to_json` wrote, or what another program made of it.

    Raises
    ------
    ValueError
        It is something else; the message says what is wrong.
    """
    try:
        given = json.loads(text)
    except (ValueError, RecursionError):
        raise ValueError("it is no JSON") from None
    if not isinstance(given, dict) or given.get("version") != _VERSION:
        raise ValueError("it is of a version that this kit does not know")
    request = given.get("request")
    if not isinstance(request, dict):
        raise ValueError("it names no request")  # noqa: TRY004  one kind of refusal
    image = _picture(request.get("image"))
    if image is None:
        raise ValueError("it names no start frame")
    draft = _flag(given.get("draft"))
    return Provenance(
        draft=draft,
        service=_word(given.get("service")),
        model=_word(given.get("model")),
        prediction_id=_word(given.get("prediction_id")),
        prompt=_prompt(request.get("prompt")),
        enable_prompt_expansion=_flag(request.get("enable_prompt_expansion")),
        image=image,
        end_image=_picture(request.get("end_image")),
        take=_take(given.get("take")),
        asked_at=_time(given.get("asked_at")),
        accepted_at=_time(given.get("accepted_at")),
        completed_at=_time(given.get("completed_at")),
        software=_word(given.get("software")),
    )


@functools.cache
def software() -> str:
    """Name the program that writes this, with its version."""
    return f"hailuo_widgets {importlib.metadata.version('hailuo-widgets')}"


def picture_of(frame: Frame) -> ImageRef:
    """Return what a clip's origin says of a frame."""
    return ImageRef(frame.sha256, frame.source_name)


# -- to JSON and to text -----------------------------------------------------------------------


def _given(picture: ImageRef | None) -> dict[str, str] | None:
    return None if picture is None else {"sha256": picture.sha256, "name": picture.name}


def _stamp(moment: datetime | None) -> str | None:
    return None if moment is None else moment.astimezone(UTC).isoformat()


def _shown(text: str) -> str:
    """Show a text as one that does nothing, further lines below the first."""
    return neutralize(text).replace("\n", "\n" + " " * _LABEL_WIDTH)


def _shown_picture(picture: ImageRef | None) -> str:
    return "" if picture is None else f"{picture.name} (SHA-256 {picture.sha256[:16]}…)"


def _shown_time(moment: datetime | None) -> str:
    return "" if moment is None else f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"


# -- from JSON, by anybody --------------------------------------------------------------------


def _prompt(given: object) -> str:
    if not isinstance(given, str) or len(given) > PROMPT_LIMIT or has_lone_surrogate(given):
        raise ValueError("its prompt is none that could have been sent")
    return given


def _flag(given: object) -> bool:
    if not isinstance(given, bool):
        raise ValueError("where yes or no should stand, something else does")  # noqa: TRY004
    return given


def _take(given: object) -> int:
    if type(given) is not int or not 0 < given <= _MOST_TAKES:
        raise ValueError("its take is no number")
    return given


def _word(given: object) -> str:
    if not isinstance(given, str) or shown_name(given) != given:
        raise ValueError("one of its names is too long, or cannot be shown")
    return given


def _picture(given: Any) -> ImageRef | None:
    if given is None:
        return None
    sha256 = given.get("sha256") if isinstance(given, dict) else None
    if not isinstance(sha256, str) or not _HASH.fullmatch(sha256):
        raise ValueError("one of its pictures has no hash")
    return ImageRef(sha256, _word(given.get("name")))


def _time(given: object) -> datetime | None:
    if given is None:
        return None
    try:
        moment = datetime.fromisoformat(str(given)[:40])
    except ValueError:
        raise ValueError("one of its times is none") from None
    if moment.tzinfo is None:
        raise ValueError("one of its times has no place")
    return moment
