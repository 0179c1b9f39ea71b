"""What can go wrong, as a tree.

::

    HailuoError
    ├── InputError              (ValueError)       what was given cannot be sent; nothing was
    │   ├── FrameError                             a picture breaks a rule or cannot be read
    │   └── PromptError                            a prompt breaks a rule
    ├── BudgetError                                it would cost more than was allowed
    │   └── PriceChangedError                      the price is not the one that was shown
    ├── AuthError               (PermissionError)  no key, or the service refused the key
    ├── SubmitError                                the request did not become a prediction
    │   ├── NotSentError        (ConnectionError)  no byte left this machine; not billed
    │   ├── RefusedError                           the service said no; not billed
    │   │   └── RateLimitError                     it said: not so fast; not billed
    │   └── UnknownOutcomeError                    it may have been billed
    ├── PredictionError                            a prediction exists, a clip does not
    │   ├── GenerationFailedError                  the service gave up on it
    │   ├── RecordGoneError                        the service has deleted it
    │   ├── NoOutputError                          completed, and no file came with it
    │   └── DownloadError       (OSError)          the file exists and did not arrive whole
    ├── WaitTimeoutError        (TimeoutError)     you stopped waiting; the job goes on
    ├── EmulatorError                              the local emulator cannot serve
    └── LibraryError            (OSError)          the library's folder or ledger cannot be used

Every message says what happened, whether money was involved, and what to do next.
No message, argument or chained cause ever holds the API key.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hailuo_widgets.text import neutralize

if TYPE_CHECKING:
    from decimal import Decimal


class HailuoError(Exception):
    """Anything this kit raises on purpose."""

    def __str__(self) -> str:
        # A service, a file or a notebook may have put a terminal's commands into it.
        return neutralize(super().__str__())

    def _render_traceback_(self) -> list[str]:
        """Show one line in a notebook: IPython asks for this instead of its traceback."""
        return [f"{type(self).__name__}: {self}"]


class InputError(HailuoError, ValueError):
    """What was given cannot be sent; nothing was sent."""


class FrameError(InputError):
    """A picture breaks the service's rules, or is no readable picture."""


class PromptError(InputError):
    """A prompt breaks the service's rules."""


class BudgetError(HailuoError):
    """The request would cost more than the person has allowed; nothing was sent."""


class PriceChangedError(BudgetError):
    """The service asks another price than the one that was agreed to; nothing was sent.

    Attributes
    ----------
    price : Decimal
        What it costs now, in US dollars.
    """

    def __init__(self, message: str, *, price: Decimal) -> None:
        super().__init__(message)
        self.price = price


class AuthError(HailuoError, PermissionError):
    """There is no API key, or the service does not accept it; nothing was billed."""


class SubmitError(HailuoError):
    """The request did not become a known prediction."""


class NotSentError(SubmitError, ConnectionError):
    """The service could not be reached before any byte was sent; nothing was billed."""


class RefusedError(SubmitError):
    """The service refused the request; nothing was billed.

    Attributes
    ----------
    status : int or None
        The HTTP status of the answer.
    """

    def __init__(self, message: str, *, status: int | None = None) -> None:
        super().__init__(message)
        self.status = status


class RateLimitError(RefusedError):
    """The service accepts no more requests this minute; nothing was billed."""


class UnknownOutcomeError(SubmitError):
    """The answer was lost or unreadable: the prediction may exist and may have been billed."""


class PredictionError(HailuoError):
    """A prediction exists at the service, a clip does not.

    Attributes
    ----------
    prediction_id : str
        The service's own id, to look it up with.
    """

    def __init__(self, message: str, *, prediction_id: str) -> None:
        super().__init__(message)
        self.prediction_id = prediction_id


class GenerationFailedError(PredictionError):
    """The service ended the task without a clip.

    Attributes
    ----------
    code : int or None
        The service's task code, e.g. 1200 (moderation) or 1402 (media not reachable).
    """

    def __init__(self, message: str, *, prediction_id: str, code: int | None = None) -> None:
        super().__init__(message, prediction_id=prediction_id)
        self.code = code


class RecordGoneError(PredictionError):
    """The service has deleted the prediction's record; that says nothing of the generation."""


class NoOutputError(PredictionError):
    """The service calls the prediction completed and names no file."""


class DownloadError(PredictionError, OSError):
    """The clip exists at the service and did not arrive whole; it can be fetched again."""


class WaitTimeoutError(HailuoError, TimeoutError):
    """The caller's patience ended; the job goes on and can be waited for again."""


class EmulatorError(HailuoError):
    """The local emulator could not be started or has stopped."""


class LibraryError(HailuoError, OSError):
    """The library's folder or ledger cannot be used."""
