"""The emulator's own reading of a submission: by the API reference, not by the kit's client.

It shares no code with `hailuo_widgets.frame.frame` on purpose: a rule misread there shows here.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import io
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from PIL import JpegImagePlugin, PngImagePlugin

from hailuo_widgets import service as facts

FIELDS = frozenset({"image", "prompt", "end_image", "enable_prompt_expansion"})

WEBHOOK = "webhook_url"
"""No parameter of the model, but of every submission."""

MOST_PROMPT = 20_000
"""Code points that a draft's plan is made from, whatever the settings say."""

LONGEST_URL = 8192

MOST_PIXELS = 178_956_970
"""A picture above it is taken for a decompression bomb (Pillow's own limit for an error)."""

_DATA_URI = re.compile(r"data:image/[-+.\w]+\s*;\s*base64\s*,\s*", re.IGNORECASE)
_WEB_URL = re.compile(r"https?://[^\s/]", re.IGNORECASE)


class ValidationError(ValueError):
    """A submission breaks a rule; the sentence says which."""


@dataclass(frozen=True, slots=True)
class Picture:
    """An image field: the bytes that came with it, or the URL where they are."""

    data: bytes | None
    url: str | None

    @property
    def reference(self) -> str:
        """A short text that stands for the picture in what is remembered."""
        if self.data is None:
            return str(self.url)
        return f"frame:{hashlib.sha256(self.data).hexdigest()}"


@dataclass(frozen=True, slots=True)
class Submission:
    """The four fields, read."""

    prompt: str
    image: Picture
    end_image: Picture | None
    expansion: bool
    webhook: object = None

    @property
    def request(self) -> str:
        """A hash over what was asked for: equal for identical submissions."""
        end = self.end_image.reference if self.end_image else None
        asked = [self.prompt, self.image.reference, end, self.expansion]
        return hashlib.sha256(json.dumps(asked).encode()).hexdigest()


def read(fields: Mapping[str, Any], *, strict_keys: bool, strict_prompt: bool) -> Submission:
    """Read a submission's fields.

    Raises
    ------
    ValidationError
        For a missing image, a field of the wrong type, or what the strict settings refuse.
    """
    if strict_keys and (unknown := sorted(fields.keys() - FIELDS - {WEBHOOK})):
        raise ValidationError(f"unknown parameter: {', '.join(unknown)}")
    prompt = fields.get("prompt")
    if prompt is None:
        prompt = ""
    if not isinstance(prompt, str):
        raise ValidationError("prompt must be a string")
    most = facts.PROMPT_LIMIT if strict_prompt else MOST_PROMPT
    if len(prompt) > most:
        raise ValidationError(f"prompt has {len(prompt)} characters, at most {most}")
    expansion = fields.get("enable_prompt_expansion")
    if expansion is None:
        expansion = True
    if not isinstance(expansion, bool):
        raise ValidationError("enable_prompt_expansion must be a boolean")
    if fields.get("image") in (None, ""):
        raise ValidationError("image is required")
    end = fields.get("end_image")
    return Submission(
        prompt=prompt,
        image=_picture("image", fields["image"]),
        end_image=None if end is None else _picture("end_image", end),
        expansion=expansion,
        webhook=fields.get(WEBHOOK),
    )


def _picture(name: str, value: Any) -> Picture:
    if not isinstance(value, str):
        raise ValidationError(f"{name} must be a string")
    if _WEB_URL.match(value):
        if len(value) > LONGEST_URL:
            raise ValidationError(f"{name} is a URL of more than {LONGEST_URL} characters")
        return Picture(data=None, url=value)
    head = _DATA_URI.match(value)
    if head is None:
        raise ValidationError(f"{name} must be a public URL or a base64 data URI of an image")
    try:
        return Picture(data=base64.b64decode(value[head.end() :], validate=True), url=None)
    except (binascii.Error, ValueError):
        raise ValidationError(f"{name} is no valid base64") from None


def flaw(data: bytes) -> str | None:
    """Return which rule for images a picture breaks, or None. Only its header is read."""
    if len(data) > facts.IMAGE_BYTES_LIMIT:
        return f"the file has {len(data)} bytes, at most {facts.IMAGE_BYTES_LIMIT}"
    size = _size(data)
    if size is None:
        return "the file is no readable JPG or PNG"
    width, height = size
    if width * height > MOST_PIXELS:
        return f"{width} x {height} are too many pixels"
    if min(width, height) <= facts.SHORT_SIDE_ABOVE:
        return f"the short side has {min(width, height)} px, it must have more than 300"
    # Whole numbers, because 2:5 and 5:2 themselves are outside.
    (low_w, low_h), (high_w, high_h) = facts.ASPECT_ABOVE, facts.ASPECT_BELOW
    if not (width * low_h > low_w * height and width * high_h < high_w * height):
        return f"{width} x {height} is not between 2:5 and 5:2"
    return None


def _size(data: bytes) -> tuple[int, int] | None:
    # The two readers directly: `Image.open` would also warn of large pictures, process-wide.
    for reader in (JpegImagePlugin.JpegImageFile, PngImagePlugin.PngImageFile):
        try:
            return reader(io.BytesIO(data)).size
        except Exception:  # noqa: BLE001, S112 - whatever its header lacks
            continue
    return None
