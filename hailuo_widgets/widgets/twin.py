"""What a saved notebook shows where no kernel is: a poster and the facts.

A notebook that is opened trusted and without its kernel shows "Error displaying widget" where a
widget was, whatever else that output holds. So each display is two outputs: the live widget, and
its static twin. The twin's own style hides it while the widget lives, and hides the note, or a
widget restored without its kernel, when it does not. An untrusted notebook shows neither widget nor note, and drops the style: the twin stays.
"""

from __future__ import annotations

import base64
import html
from typing import TYPE_CHECKING, Any, Final

from IPython import get_ipython
from IPython.display import display

from hailuo_widgets.request.frame import Frame
from hailuo_widgets.widgets.messages import Answering
from hailuo_widgets.widgets.progress import money_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from IPython.core.display_functions import DisplayHandle

    from hailuo_widgets.jobs.job import Job
    from hailuo_widgets.library.media import Clip

    Bundle = dict[str, Any]
    Rows = Iterable[tuple[str, str]]

_POSTER_BYTES: Final = 60_000
_POSTER_SIDES: Final = (640, 480, 360, 240)
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
_CELL: Final = "padding:1px 14px 1px 0;text-align:left;vertical-align:top;white-space:pre-wrap"


class Twinned(Answering):
    """A widget that is shown together with its static twin."""

    def __init__(self, **traits: object) -> None:
        self._twins: list[DisplayHandle] = []
        super().__init__(**traits)

    def twin(self) -> Bundle:
        """Draw the twin as it stands now."""
        raise NotImplementedError

    def update_twins(self) -> None:
        """Draw all twins anew; from any thread."""
        if self._twins:
            drawn = self.twin()
            for handle in self._twins:
                handle.update(drawn, raw=True)  # type: ignore[no-untyped-call]

    def _ipython_display_(self) -> None:
        if in_kernel():
            live, _ = self._repr_mimebundle_() or ({}, {})
            # An untrusted notebook shows this text; the twin says it all.
            display({**live, "text/plain": ""}, raw=True)  # type: ignore[no-untyped-call]
            handle = display(self.twin(), raw=True, display_id=True)  # type: ignore[no-untyped-call]
            if handle is not None:
                self._twins.append(handle)
        else:
            plain = {"text/plain": self.twin()["text/plain"]}
            display(plain, raw=True)  # type: ignore[no-untyped-call]


def in_kernel() -> bool:
    """Whether a Jupyter front end may be listening."""
    return getattr(get_ipython(), "kernel", None) is not None


def of_clip(clip: Clip, more: Rows = ()) -> Bundle:
    """Draw a clip's twin."""
    rows = [("Prompt", clip.prompt), ("Clip", clip.facts), *more]
    return card("Draft" if clip.draft else "Clip", Frame(clip.poster), rows)


def of_job(job: Job) -> Bundle:
    """Draw a job's twin, however far it is."""
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


def card(title: str, picture: Frame | None, rows: Rows) -> Bundle:
    """Draw a picture with facts, readable with styles and without.

    Parameters
    ----------
    title : str
        What it is; drafts say so here.
    picture : Frame or None
        A poster or a start frame.
    rows : pairs of str
        Names and values; those with an empty value are left out. Escaped here.
    """
    filled = [(name, value) for name, value in rows if value]
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
    plain = " · ".join([title, *(value for _, value in filled)])
    return {"text/html": markup, "text/plain": plain}


def _image(picture: Frame | None, title: str) -> str:
    if picture is None:
        return ""
    small = b""
    for side in _POSTER_SIDES:
        small = picture.thumbnail(side)
        if len(small) <= _POSTER_BYTES:
            break
    data = base64.b64encode(small).decode()
    return (
        f'<img alt="{html.escape(title)}: {html.escape(picture.source_name)}"'
        ' style="display:block;max-width:100%;max-height:420px;margin:8px 0;border-radius:6px"'
        f' src="data:image/jpeg;base64,{data}">'
    )
