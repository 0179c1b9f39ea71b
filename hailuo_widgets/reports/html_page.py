"""The page around a report: its style, its policy, and the script that makes its clips play.

The script is the widgets' own: each becomes a module of the page, and a small one of ours stands
where the kernel stood.
"""

from __future__ import annotations

import base64
import functools
import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from hailuo_widgets.media.video.packet_index import BYTES_A_FRAME, packets_of
from hailuo_widgets.reports.embed_clips import name_of
from hailuo_widgets.widgets.shared.bundle import script as script_of
from hailuo_widgets.widgets.shared.bundle import style as style_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hailuo_widgets.media.clip import Clip
    from hailuo_widgets.reports.blocks import Blocks
    from hailuo_widgets.reports.embed_clips import EmbeddedClip

_STATIC: Final = Path(__file__).parent / "static"
_IMPORT: Final = re.compile(r'(?<=from )"\.\./\.\./widgets/([a-z_/]+)\.js"')
_COMMENT: Final = re.compile(r"^[ \t]*(?:/\*.*?\*/|//[^\n]*)[ \t]*\n", re.MULTILINE | re.DOTALL)
_WEB_PICTURE: Final = re.compile(r'<img\b[^>]*\bsrc\s*=\s*["\']?(?:https?:)?//', re.IGNORECASE)
_WIDGETS: Final = ("player", "compare", "strip")
# What the page says of one clip, besides the clip.
_BYTES_A_CLIP: Final = 2_000

# Elements that fetch, embed, send or lead away. A policy in a page does not stop all of them.
_ACTIVE: Final = re.compile(
    r"<(/?)(?=(?:form|iframe|frameset|object|applet|portal|fencedframe|template|plaintext)"
    r"(?:[\s/>]|$))",
    re.IGNORECASE,
)
# These have no contents: in their places stands an element that has none either.
_ALONE: Final = re.compile(r"<(/?)(?:meta|base|link|embed|frame)(?=[\s/>]|$)", re.IGNORECASE)
_BODY: Final = '<main class="hw-report">'

# Nothing is fetched from anywhere and no script of theirs runs, whatever a notebook's outputs hold.
# Modules that a script with the right nonce imports need none of their own.
_POLICY: Final = {
    "default-src": "'none'",
    "script-src": "'none'",
    "style-src": "'unsafe-inline'",
    "img-src": "data: blob:",
    "media-src": "data: blob:",
    "font-src": "data:",
    "base-uri": "'none'",
    "form-action": "'none'",
}
_BESIDE: Final = "'self' file: data: blob:"


def policy(clips: str, nonce: str = "") -> str:
    """Return the page's Content-Security-Policy.

    Parameters
    ----------
    clips : "embed" or "link"
        Whether its clips lie in it or beside it.
    nonce : str
        What the page's own scripts have; empty for a page without scripts.
    """
    rules = {**_POLICY, "media-src": _BESIDE} if clips == "link" else dict(_POLICY)
    if nonce:
        # Only a script that runs can start a worker.
        rules.update({"script-src": f"'nonce-{nonce}'", "worker-src": "blob:"})
    else:
        rules.update({"media-src": "'none'", "img-src": "data:"})
    return "; ".join(f"{name} {places}" for name, places in rules.items())


@functools.cache
def style() -> str:
    """Return the style sheets of the page and of the widgets on it."""
    ours = (_STATIC / "page.css").read_text(encoding="utf-8")
    return "\n".join([*(style_of(stem) for stem in _WIDGETS), _COMMENT.sub("", ours)])


@functools.cache
def script() -> str:
    """Return the page's module, with the widgets that it imports inside it."""
    text = (_STATIC / "page.js").read_text(encoding="utf-8")
    return _IMPORT.sub(lambda found: f'"{_module(found[1])}"', _COMMENT.sub("", text))


def inert(page: str) -> str:
    """Return a page whose contents fetch nothing, embed nothing and lead nowhere by themselves.

    The tags are found as a browser finds them, by ``<`` and a name, wherever they stand: a parser
    that reads a damaged page in another way than a browser would miss some.
    """
    head, mark, body = page.partition(_BODY)
    return "".join([head, mark, _ALONE.sub(r"<\1wbr", _ACTIVE.sub(r"<\1x-", body))])


def finished(page: str, blocks: Blocks, held: Mapping[str, EmbeddedClip], nonce: str) -> str:
    """Put clips and script into a page that was drawn.

    Parameters
    ----------
    page : str
        The whole page, as HTML.
    blocks : Blocks
        What was drawn on it.
    held : mapping of Held
        How it holds each; those that it does not hold stay posters.
    nonce : str
        What the policy lets run.
    """
    facts = {sha256: _facts(blocks.clips[sha256], one) for sha256, one in held.items() if one.plays}
    if not facts:
        return _with(page, [_links(nonce)])
    places = {
        place: {"widget": said.widget, "state": said.state(facts, stills)}
        for place, (said, stills) in blocks.together.items()
    }
    data = _json({"clips": facts, "places": places})
    parts = [
        *(
            f'<script type="text/plain" id="clip-{sha256}">{base64.b64encode(one.data).decode()}</script>\n'
            for sha256, one in held.items()
            if one.data
        ),
        f'<script type="application/json" id="hw-report-data">{data}</script>\n',
        _links(nonce),
        f'<script type="module" nonce="{nonce}">\n{script()}</script>\n',
    ]
    return _with(page, parts)


def _with(page: str, parts: list[str]) -> str:
    before, end, after = page.rpartition("</body>")
    return "".join([before, *parts, end, after])


def _links(nonce: str) -> str:
    if not nonce:
        return ""
    text = _COMMENT.sub("", (_STATIC / "links.js").read_text(encoding="utf-8"))
    return f'<script type="module" nonce="{nonce}">\n{text}</script>\n'


def size_of(page: str, clips: Mapping[str, Clip]) -> int:
    """Return how many bytes a page has with its script, its clips not counted."""
    frames = sum(clip.frame_count for clip in clips.values())
    return len(page.encode()) + len(script()) + _BYTES_A_CLIP * len(clips) + BYTES_A_FRAME * frames


def without_the_web(page: str) -> str:
    """Make links of pictures that lie on the web: the page fetches nothing."""
    if not _WEB_PICTURE.search(page):
        return page
    from bs4 import BeautifulSoup  # noqa: PLC0415

    soup = BeautifulSoup(page, features="html.parser")
    for image in soup.find_all("img", src=re.compile(r"^\s*(https?:)?//", re.IGNORECASE)):
        address = str(image["src"]).strip()
        link = soup.new_tag("a", href=address)
        said = str(image.get("alt") or "")
        link.string = said if said and not said.startswith("No description") else address
        image.replace_with(link)
    return str(soup)


def _facts(clip: Clip, held: EmbeddedClip) -> dict[str, Any]:
    """Return what the player needs to know of a clip."""
    return {
        "sha256": clip.sha256,
        "bytes": held.size,
        "width": held.width,
        "height": held.height,
        "fps": clip.fps,
        "frames": clip.frame_count,
        "draft": clip.draft,
        "name": name_of(clip).removesuffix(".mp4"),
        "summary": clip.facts,
        "address": held.address,
        "coded": packets_of(held.data) if held.data else None,
    }


def _json(value: object) -> str:
    """Write JSON that ends no script element."""
    return json.dumps(value).replace("<", "\\u003c")


def _module(stem: str) -> str:
    text = script_of(stem)
    return "data:text/javascript;base64," + base64.b64encode(text.encode()).decode()
