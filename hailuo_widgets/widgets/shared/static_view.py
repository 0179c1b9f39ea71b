"""What a saved notebook shows where no kernel is: a poster and the facts.

A notebook that is opened trusted and without its kernel shows "Error displaying widget" where a
widget was, whatever else that output holds. So each display is two outputs: the live widget, and
its static view. The static view's own style hides it while the widget lives, and hides the note, or a
widget restored without its kernel, when it does not. An untrusted notebook shows neither widget nor
note, and drops the style: the static view stays. A static view's metadata tell a report which clips it shows.
"""

from __future__ import annotations

import base64
import html
from typing import TYPE_CHECKING, Any, Final

from IPython import get_ipython
from IPython.display import display

from hailuo_widgets.frame.frame import Frame
from hailuo_widgets.text import neutralize
from hailuo_widgets.widgets.shared.job_line import money_of
from hailuo_widgets.widgets.shared.rpc import Rpc

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from IPython.core.display_functions import DisplayHandle

    from hailuo_widgets.jobs.runner.job import Job
    from hailuo_widgets.media.clip import Clip

    Rows = Iterable[tuple[str, str]]

METADATA: Final = "hailuo"
"""Below this name a static view's metadata stand in a notebook."""

_NAME: Final = 80
_TEXT: Final = 4_000
"""Characters of one fact: a saved notebook stays small, whatever a file or a service says."""

_POSTER_BYTES: Final = 60_000
_POSTER_SIDES: Final = (640, 480, 360, 240)
# LaTeX reads no HTML: it gets the picture once more, small.
_PLAIN_BYTES: Final = 16_000
_PLAIN_SIDES: Final = (400, 320, 240)
# The rules of the module's docstring in JupyterLab's own class names: a view without a kernel is
# marked, and Jupyter's notes "Error displaying" and "Loading" are outputs of text alone.
_DEAD: Final = ":has(>.jp-OutputArea-output>.jupyter-widgets-disconnected)"
_STYLE: Final = (
    f".jp-OutputArea-child:has(.hw):not({_DEAD})+.jp-OutputArea-child:has(.hw-twin),"
    f".jp-OutputArea-child{_DEAD}:has(+.jp-OutputArea-child .hw-twin),"
    ".jp-OutputArea-child:not(:has(>.jp-OutputArea-output *)):has(+.jp-OutputArea-child .hw-twin)"
    "{display:none}"
)
_CARD: Final = (
    "max-width:660px;margin:4px 0;padding:12px;border:1px solid rgba(128,128,128,.35);"
    "border-radius:8px;font-family:system-ui,sans-serif;font-size:13px;line-height:1.5"
)
# HTML and Markdown take the first, LaTeX the second, a terminal the third.
_NOTHING: Final = {"text/html": "", "text/latex": "", "text/plain": ""}
_CELL: Final = "padding:1px 14px 1px 0;text-align:left;vertical-align:top;white-space:pre-wrap"


class MimeBundle(dict[str, str]):
    """What a front end chooses from, by media type, and what a report builds it anew from.

    Parameters
    ----------
    media : mapping of str
        Contents by media type.
    cards : sequence of dict
        For each picture with facts: its ``title``, ``rows`` of names and values, and the hash of
        its ``clip`` when it has one.
    more : dict, optional
        What else the widget's own report needs. Plain data without paths, and small.
    picture : Frame, optional
        What stands for it where only a picture can.
    """

    def __init__(
        self,
        media: Mapping[str, str],
        cards: Sequence[dict[str, Any]] = (),
        more: Mapping[str, Any] | None = None,
        picture: Frame | None = None,
    ) -> None:
        # What a service or a file said is shown in a terminal as well.
        super().__init__({**media, "text/plain": neutralize(media.get("text/plain", ""))})
        self.cards = list(cards)
        self.more = dict(more or {})
        self.picture = picture

    def whole(self) -> dict[str, str]:
        """Return all contents, the picture among them."""
        if self.picture is None:
            return {**self}
        return {**self, "image/jpeg": small(self.picture, _PLAIN_SIDES, _PLAIN_BYTES)}


class StaticViewMixin(Rpc):
    """A widget that is shown together with its static view.

    A subclass names its `kind`, by which a report knows how to show it.
    """

    kind = ""

    def __init__(self, **traits: object) -> None:
        self._static_views: list[DisplayHandle] = []
        super().__init__(**traits)

    def draw_static_view(self) -> MimeBundle:
        """Draw the static view as it stands now."""
        raise NotImplementedError

    def update_static_views(self) -> None:
        """Draw all static views anew; from any thread."""
        if self._static_views:
            drawn = self.draw_static_view()
            media, about = drawn.whole(), self._about(drawn)
            for handle in self._static_views:
                handle.update(media, raw=True, metadata=about)  # type: ignore[no-untyped-call]

    def _about(self, drawn: MimeBundle) -> dict[str, Any]:
        """Return the metadata of an output that holds this static view."""
        return {METADATA: {"kind": self.kind, "cards": drawn.cards, **drawn.more}}

    def _ipython_display_(self) -> None:
        if in_kernel():
            live, _ = self._repr_mimebundle_() or ({}, {})
            # Where no widget is, one of these texts is shown; the static view says it all.
            display({**live, **_NOTHING}, raw=True)  # type: ignore[no-untyped-call]
            drawn = self.draw_static_view()
            handle = display(  # type: ignore[no-untyped-call]
                drawn.whole(), raw=True, display_id=True, metadata=self._about(drawn)
            )
            if handle is not None:
                self._static_views.append(handle)
        else:
            plain = {"text/plain": self.draw_static_view()["text/plain"]}
            display(plain, raw=True)  # type: ignore[no-untyped-call]


def in_kernel() -> bool:
    """Return True if a Jupyter front end may be listening."""
    return getattr(get_ipython(), "kernel", None) is not None


def of_clip(clip: Clip, more: Rows = ()) -> MimeBundle:
    """Draw a clip's static view."""
    rows = [("Prompt", clip.prompt), ("Clip", clip.facts), *more]
    poster = Frame(clip.poster, name=clip.prompt[:_NAME] or "poster")
    return card("Draft" if clip.draft else "Clip", poster, rows, clip.sha256)


def of_job(job: Job) -> MimeBundle:
    """Draw a job's static view, however far it is."""
    draft = job.service == "emulator"
    rows = [
        ("Service", "local emulator" if draft else "WaveSpeedAI"),
        *([("Take", str(job.take))] if job.take > 1 else []),
        ("Cost", money_of(job)),
    ]
    if job.clip is not None:
        return of_clip(job.clip, rows)
    state = str(job.error) if job.error else f"{job.detail} when this was saved"
    frame = job.request.image
    rows = [("Prompt", job.request.prompt), ("State", state), *rows]
    return card("Draft" if draft else "Clip", frame, rows)


def card(title: str, picture: Frame | None, rows: Rows, clip: str = "") -> MimeBundle:
    """Draw a picture with facts, readable with styles and without.

    Parameters
    ----------
    title : str
        What it is; drafts say so here.
    picture : Frame or None
        A poster or a start frame.
    rows : pairs of str
        Names and values; those with an empty value are left out. Escaped here.
    clip : str
        The hash of the clip that a report plays in its place.
    """
    filled = [(name, _bounded(value)) for name, value in rows if value]
    table = "".join(
        f'<tr><th style="{_CELL};opacity:.7;font-weight:400">{html.escape(name)}</th>'
        f'<td style="{_CELL}">{html.escape(value)}</td></tr>'
        for name, value in filled
    )
    markup = (
        f'<div class="hw-twin" style="{_CARD}"><style>{_STYLE}</style>'
        f'<strong style="letter-spacing:.04em">{html.escape(title)}</strong>'
        f'{_image(picture, title)}<table style="border-collapse:collapse">{table}</table></div>'
    )
    media = {"text/html": markup, "text/plain": " · ".join([title, *(v for _, v in filled)])}
    facts = {"title": title, "rows": [list(row) for row in filled]}
    return MimeBundle(media, [{**facts, "clip": clip} if clip else facts], picture=picture)


def _bounded(text: str) -> str:
    return text if len(text) <= _TEXT else f"{text[:_TEXT]}…"


def _image(picture: Frame | None, title: str) -> str:
    if picture is None:
        return ""
    return (
        f'<img alt="{html.escape(title)}: {html.escape(picture.source_name)}"'
        ' style="display:block;max-width:100%;max-height:420px;margin:8px 0;border-radius:6px"'
        f' src="data:image/jpeg;base64,{small(picture, _POSTER_SIDES, _POSTER_BYTES)}">'
    )


def small(picture: Frame, sides: Iterable[int], most: int) -> str:
    """Code a picture as a JPEG in base64: at the first of these sides that makes it small.

    Parameters
    ----------
    sides : iterable of int
        Pixels of the long side, the largest first.
    most : int
        Bytes before base64; the last side is taken in any case.
    """
    data = b""
    for side in sides:
        data = picture.thumbnail(side)
        if len(data) <= most:
            break
    return base64.b64encode(data).decode()
