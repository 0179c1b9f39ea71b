"""Questions from the page: each has an id and a kind, and is answered exactly once."""

from __future__ import annotations

import contextvars
import logging
import threading
import time
from typing import TYPE_CHECKING, Any, Final

import anywidget

from hailuo_widgets.errors import HailuoError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    Fields = Mapping[str, Any]
    Buffers = list[memoryview]
    Answer = tuple[dict[str, Any], list[bytes]]
    Handler = Callable[[Fields, Buffers], Answer | None]

_log: Final = logging.getLogger("hailuo_widgets")


class Rpc(anywidget.AnyWidget):
    """A widget that answers questions.

    A subclass lists its handlers in :meth:`handlers`. A handler returns fields and buffers, or
    raises a :class:`~hailuo_widgets.errors.HailuoError` whose sentence is the answer, or returns
    None and calls :meth:`answer` itself later, from any thread.
    """

    def __init__(self, **traits: object) -> None:
        super().__init__(**traits)
        self.on_msg(self._receive)

    def handlers(self) -> dict[str, Handler]:
        """Name the handler of each kind of question."""
        raise NotImplementedError

    def _receive(self, _: object, fields: Fields, buffers: Buffers) -> None:
        kind, asked = fields.get("kind"), fields.get("id")
        handler = {"now": _send_time, **self.handlers()}.get(str(kind))
        if handler is None or not isinstance(asked, str):
            return
        self._settle(kind, asked, lambda: handler(fields, buffers))

    def later(self, fields: Fields, work: Callable[[], Answer]) -> None:
        """Answer a question from a thread of its own: a handler with much to do ends with this.

        The page hears at once that the work has begun: it must not take it for a busy kernel.
        """
        self.send({"id": str(fields.get("id")), "begun": True})
        in_background(lambda: self._settle(fields.get("kind"), str(fields.get("id")), work))

    def _settle(self, kind: object, asked: str, work: Callable[[], Answer | None]) -> None:
        try:
            found = work()
        except HailuoError as error:
            self.refuse(asked, str(error))
        except Exception as error:  # noqa: BLE001  every question gets its one answer
            _log.exception("a widget could not answer %r", kind)
            self.refuse(
                asked,
                f"The kit itself failed ({type(error).__name__}); nothing was sent or lost. "
                "The log has the details.",
            )
        else:
            if found is not None:
                self.answer(asked, *found)

    def answer(self, asked: str, fields: Fields, buffers: list[bytes] | None = None) -> None:
        """Answer a question with what it asked for."""
        self.send({"id": asked, "ok": True, **fields}, buffers or [])

    def refuse(self, asked: str, sentence: str) -> None:
        """Answer a question with the reason why not."""
        self.send({"id": asked, "ok": False, "error": sentence})


def _send_time(_: Fields, __: Buffers) -> Answer:
    """Return this machine's time, in seconds since 1970: the browser's clock may differ."""
    return {"now": time.time()}, []


def in_background(work: Callable[[], None]) -> None:
    """Run work in a thread of its own, with no cell's context: no cell owns what it changes."""
    threading.Thread(
        target=contextvars.Context().run, args=(work,), name="hailuo_widgets work", daemon=True
    ).start()
