"""A request: the service's four fields, checked before anything is sent."""

from __future__ import annotations

import binascii
import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Final, Never, final

from hailuo_widgets.errors import FrameError, PromptError
from hailuo_widgets.frame.frame import Frame, FrameSource
from hailuo_widgets.service import PRICE, PROMPT_LIMIT
from hailuo_widgets.text import has_lone_surrogate

_FIELDS: Final = ("image", "prompt", "end_image", "enable_prompt_expansion")

# A multiple of 3, so that the base64 texts of the pieces join without padding. In pieces it is
# faster than at once, because each text is still in the processor's cache when it is joined.
_PIECE: Final = 3 * 2**18


@final
@dataclass(frozen=True, init=False, eq=False, repr=False)
class VideoRequest:
    """What the service is asked for: its four fields, letter for letter.

    Two requests are equal when the service would get the same four values.

    Parameters
    ----------
    image : Frame, str, pathlib.Path, bytes, PIL.Image.Image or numpy.ndarray
        The first frame, or whatever `Frame` takes.
    prompt : str, default ""
        At most 2000 Unicode code points.
    end_image : as `image`, optional
        The last frame.
    enable_prompt_expansion : bool, default True
        Whether the service may rewrite the prompt first; this also turns its safety check on.

    Raises
    ------
    FrameError
        If a picture cannot be read or breaks a rule of the service.
    PromptError
        If the prompt is too long or no text.
    TypeError
        For a field that the service does not have: it would be dropped, and the clip billed.

    Examples
    --------
    >>> import numpy as np
    >>> request = VideoRequest(np.zeros((720, 1280, 3), np.uint8), "slow push in")
    >>> request
    <VideoRequest 'slow push in': pasted image, expansion on>
    >>> request.price
    Decimal('0.49')
    """

    image: Frame
    prompt: str
    end_image: Frame | None
    enable_prompt_expansion: bool

    def __init__(
        self,
        image: FrameSource,
        prompt: str = "",
        end_image: FrameSource | None = None,
        enable_prompt_expansion: bool = True,
        **unknown: Never,
    ) -> None:
        if unknown:
            raise TypeError(
                f"A request has the fields {', '.join(_FIELDS)}; "
                f"the service knows no {', '.join(sorted(unknown))}."
            )
        _check_expansion(enable_prompt_expansion)
        _check_prompt(prompt)
        self.__dict__.update(
            image=_conforming(image, "start frame"),
            prompt=prompt,
            end_image=None if end_image is None else _conforming(end_image, "end image"),
            enable_prompt_expansion=enable_prompt_expansion,
        )

    @cached_property
    def request_hash(self) -> str:
        """SHA-256 over the four values, in hexadecimal: the same for equal requests, anywhere."""
        values = {
            "image": self.image.sha256,
            "prompt": self.prompt,
            "end_image": self.end_image and self.end_image.sha256,
            "enable_prompt_expansion": self.enable_prompt_expansion,
        }
        canonical = json.dumps(values, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(canonical.encode("ascii")).hexdigest()

    @property
    def price(self) -> Decimal:
        """The list price of one take, in US dollars."""
        return PRICE

    def payload(self) -> bytes:
        """Write the JSON body of the submit, pictures inline as data URIs.

        An end image that is not given is left out. The pictures never pass through a JSON
        encoder: their base64 text needs no escapes.
        """
        return b"".join(self.payload_pieces())

    def payload_pieces(self, addresses: Mapping[str, str] | None = None) -> Iterator[bytes]:
        """Write the same body piece by piece, so that sending it begins at once.

        Parameters
        ----------
        addresses : mapping of str to str, optional
            By a frame's hash: the URL it was uploaded to, which is sent in its place.
        """
        places = addresses or {}
        yield b'{"image":'
        yield from _picture(self.image, places)
        if self.end_image is not None:
            yield b',"end_image":'
            yield from _picture(self.end_image, places)
        yield b"," + self._rest()

    def payload_size(self, addresses: Mapping[str, str] | None = None) -> int:
        """How many bytes the body has, known without writing it."""
        places = addresses or {}
        size = len(b'{"image":') + _picture_size(self.image, places) + len(b",") + len(self._rest())
        if self.end_image is not None:
            size += len(b',"end_image":') + _picture_size(self.end_image, places)
        return size

    def _rest(self) -> bytes:
        rest = {
            "prompt": self.prompt,
            "enable_prompt_expansion": self.enable_prompt_expansion,
        }
        return json.dumps(rest, separators=(",", ":")).encode("ascii")[1:]

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, VideoRequest):
            return NotImplemented
        return self.request_hash == other.request_hash

    def __hash__(self) -> int:
        return hash(self.request_hash)

    def __repr__(self) -> str:
        prompt = self.prompt if len(self.prompt) <= 60 else f"{self.prompt[:59]}…"
        pictures = self.image.source_name
        if self.end_image is not None:
            pictures += f" to {self.end_image.source_name}"
        expansion = "on" if self.enable_prompt_expansion else "off"
        return f"<VideoRequest {prompt!r}: {pictures}, expansion {expansion}>"


def _check_expansion(enabled: object) -> None:
    if not isinstance(enabled, bool):
        given = type(enabled).__name__
        raise TypeError(f"enable_prompt_expansion is True or False, not {given}.")


def _check_prompt(prompt: object) -> None:
    if not isinstance(prompt, str):
        raise PromptError(f"The prompt is a text, not {type(prompt).__name__}. Nothing was sent.")
    if len(prompt) > PROMPT_LIMIT:
        raise PromptError(
            f"The prompt has {len(prompt):,} characters; the service takes {PROMPT_LIMIT:,}. "
            "Nothing was sent."
        )
    if has_lone_surrogate(prompt):
        raise PromptError(
            "The prompt holds half of a character (a lone surrogate), which cannot be sent. "
            "Nothing was sent."
        )


def _conforming(source: FrameSource, role: str) -> Frame:
    frame = source if isinstance(source, Frame) else Frame(source)
    if frame.problems:
        raise FrameError(
            f"The {role} “{frame.source_name}” cannot be sent: {' '.join(frame.problems)} "
            "Frame(...).fixed() makes a copy that can. Nothing was sent."
        )
    return frame


def _data_uri_head(frame: Frame) -> bytes:
    return f"data:{frame.media_type};base64,".encode("ascii")


def _picture(frame: Frame, addresses: Mapping[str, str]) -> Iterator[bytes]:
    """Write a frame as a JSON text: its address, or itself."""
    if frame.sha256 in addresses:
        yield json.dumps(addresses[frame.sha256]).encode("ascii")
        return
    yield b'"'
    yield from _data_uri(frame)
    yield b'"'


def _picture_size(frame: Frame, addresses: Mapping[str, str]) -> int:
    if frame.sha256 in addresses:
        return sum(map(len, _picture(frame, addresses)))
    return len(b'""') + _data_uri_size(frame)


def _data_uri_size(frame: Frame) -> int:
    return len(_data_uri_head(frame)) + -(-len(frame.data) // 3) * 4


def _data_uri(frame: Frame) -> Iterator[bytes]:
    yield _data_uri_head(frame)
    view = memoryview(frame.data)
    for start in range(0, len(view), _PIECE):
        yield binascii.b2a_base64(view[start : start + _PIECE], newline=False)
