"""The sentences: how each end of a job is told, and told again from the ledger."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from hailuo_widgets import errors, service
from hailuo_widgets.jobs.wavespeed.prediction_id import shown
from hailuo_widgets.jobs.wavespeed.submit import NotSent, Refused, Unknown
from hailuo_widgets.library.ledger.ledger import Failure
from hailuo_widgets.library.ledger.states import JobState
from hailuo_widgets.money import dollars
from hailuo_widgets.text import short

if TYPE_CHECKING:
    from decimal import Decimal

    from hailuo_widgets.jobs.wavespeed.candidates import Candidate
    from hailuo_widgets.jobs.wavespeed.client import Prediction
    from hailuo_widgets.library.ledger.ledger import JobRow

WORDS: Final = {
    JobState.INTENT: "waiting for its turn",
    JobState.SENT: "sending",
    JobState.ACCEPTED: "accepted",
    JobState.CREATED: "created, in the service's queue",
    JobState.PROCESSING: "processing",
    JobState.COMPLETED: "completed, fetching the clip",
}
"""What a state on the way is called before people."""

EMULATOR_ENDED: Final = "the emulator ended; rendering again"

NOT_SO_FAST: Final = "the service said: not so fast"
"""How a refusal by rate is told while a request waits for its next turn."""

LOOKING: Final = "may have been billed; looking for it in your recent predictions"


def of_submission(
    outcome: Refused | NotSent | Unknown, *, paid: bool
) -> errors.SubmitError | errors.AuthError:
    """Return why a submission gave no prediction."""
    if isinstance(outcome, NotSent):
        remedy = outcome.remedy or "Check the connection and ask again."
        return errors.NotSentError(
            f"The service could not be reached: {outcome.reason}. Nothing was sent and nothing was "
            f"billed. {remedy}"
        )
    if isinstance(outcome, Unknown):
        money = (
            "It may have been billed, so it is not sent again by itself."
            if paid
            else "Drafts cost nothing: ask again."
        )
        return errors.UnknownOutcomeError(
            f"The request was sent and its answer was lost ({outcome.reason}). {money}"
        )
    said = f' It says: "{outcome.message}".' if outcome.message else ""
    if outcome.by_rate:
        wait = f" in {outcome.retry_after:.0f} s" if outcome.retry_after else " in a minute"
        return errors.RateLimitError(
            f"The service accepts no more requests at the moment (HTTP 429).{said} Nothing was "
            f"billed. Ask again{wait}.",
            status=429,
        )
    if outcome.status in {401, 403}:
        return errors.AuthError(
            f"The service does not accept the API key (HTTP {outcome.status}). Nothing was billed. "
            f"Check the key: it may be wrong, blocked, or not active before the first top-up. Set "
            f"it with {service.KEY_VARIABLE} or hw.connect(api_key=...)."
        )
    return errors.RefusedError(
        f"The service refused the request (HTTP {outcome.status}).{said} Nothing was billed. "
        "Change the request, or your credit at the service, and ask again.",
        status=outcome.status,
    )


def of_prediction(
    state: JobState,
    prediction: Prediction | None,
    prediction_id: str,
    *,
    paid: bool,
    by_address: bool = False,
) -> errors.PredictionError:
    """Return why a prediction gave no clip.

    Parameters
    ----------
    by_address : bool
        Whether it could not reach a picture that was uploaded; then its address was given up.
    """
    if state is JobState.DELETED:
        return errors.RecordGoneError(
            f"The service has no record of prediction {shown(prediction_id)} any more: it was "
            "deleted, or is older than 7 days. That does not mean that the generation failed. "
            + (
                "It stays in your ledger as spent. Ask for the same request again within 7 days to "
                "look for it once more at no cost."
                if paid
                else "Drafts cost nothing: ask again."
            ),
            prediction_id=prediction_id,
        )
    code = prediction.code if prediction else None
    words = prediction.error if prediction else ""
    kind = service.TASK_CODES.get(code) if code else None
    reasons = [text for text in (kind, f'"{words[:300]}"' if words else None) if text]
    verb = {JobState.CANCELLED: "cancelled", JobState.TIMEOUT: "timed out on"}.get(state, "failed")
    advice = (
        "Change the prompt or the pictures before asking again."
        if code and 1000 <= code < 2000
        else "The same request may succeed another time."
    )
    if by_address:
        advice = (
            "It was sent the address of an uploaded picture, which is not used again: a new try "
            "sends the picture itself."
        )
    money = (
        "The service refunds failed generations within about 3 hours; until then the amount counts "
        "as spent."
        if paid
        else "Drafts cost nothing."
    )
    return errors.GenerationFailedError(
        f"The service {verb} this generation{': ' if reasons else '.'}{', '.join(reasons)}"
        f"{'. ' if reasons else ' '}{money} {advice}",
        prediction_id=prediction_id,
        code=code,
    )


def of_search(
    row: JobRow, found: tuple[Candidate, ...], trouble: str
) -> errors.UnknownOutcomeError:
    """Return the error of an unknown outcome, with what was found in the recent predictions."""
    near = [each for each in found if each.near]
    if trouble:
        said = f"Your recent predictions could not be looked through ({trouble}). Keep looking."
    elif len(near) == 1:
        said = (
            f"One prediction fits: {near[0]}. Adopt it to have its clip at no further cost, or "
            "keep looking."
        )
    elif near:
        said = (
            f"{len(near)} predictions fit and cannot be told apart: "
            f"{'; '.join(map(str, near))}. Adopt the one that is yours, or keep looking."
        )
    elif found:
        said = (
            "None of your predictions is of that time. Of the last 7 days there are "
            f"{len(found)} that this library does not know. Adopt one of them, or keep looking."
        )
    else:
        said = (
            "It is not in your recent predictions so far. The list may lag: keep looking. What is "
            "never found there was most probably not billed."
        )
    return errors.UnknownOutcomeError(f"{row.error_message or _untold(row)} {said}")


def found(candidates: tuple[Candidate, ...]) -> str:
    """Return in a few words what a search has found."""
    near = [each for each in candidates if each.near]
    if near:
        one = len(near) == 1
        return f"may have been billed; {'one prediction fits' if one else f'{len(near)} fit'}"
    return "may have been billed; not found in your recent predictions"


def not_written(error: errors.HailuoError) -> errors.UnknownOutcomeError:
    """Return the error of a request that was sent and whose outcome could not be written."""
    return errors.UnknownOutcomeError(
        "The request was sent, and what became of it could not be written down. It may have been "
        f"billed, so it is not sent again by itself. {error} As soon as the ledger can be written "
        "again, it is looked for."
    )


def never_sent(row: JobRow) -> errors.NotSentError:
    """Return the error of a request that was never sent."""
    return errors.NotSentError(
        "This was asked for and never sent: its kernel ended first. Nothing was billed. Send it "
        f"now for {dollars(row.price)}, or withdraw it{' to free the money' if row.held else ''}."
    )


def withdrawn() -> errors.RefusedError:
    """Return the error of a request that was withdrawn in time."""
    return errors.RefusedError(
        "Withdrawn by you, never sent. Nothing was billed. Ask for the same request again to send "
        "it."
    )


def without_output(
    prediction_id: str, came: tuple[str, ...] = (), *, paid: bool = True
) -> errors.NoOutputError:
    """Return the error of a completed prediction that names no file (Q1).

    Parameters
    ----------
    came : tuple of str
        What it names instead.
    """
    named = ", ".join(f"“{short(each, 80)}”" for each in came[:3])
    what = f"and names no file on the web but {named}" if came else "without output"
    return errors.NoOutputError(
        f"The service calls prediction {shown(prediction_id)} completed {what}. "
        + (
            "It counts as spent. Ask for the same request again to look once more at no cost."
            if paid
            else "Drafts cost nothing: ask again."
        ),
        prediction_id=prediction_id,
    )


def failure_of(error: errors.HailuoError) -> Failure:
    """Put an error into the form the ledger keeps."""
    code = getattr(error, "code", None) or getattr(error, "status", None)
    return Failure(type(error).__name__, str(error), code)


def of_row(row: JobRow) -> errors.HailuoError:
    """Return from the ledger why a job has no clip."""
    message = row.error_message or _untold(row)
    kind: type[errors.HailuoError] = getattr(
        errors, row.error_kind or "", errors.UnknownOutcomeError
    )
    if issubclass(kind, errors.GenerationFailedError):
        return kind(message, prediction_id=row.prediction_id or "", code=row.error_code)
    if issubclass(kind, errors.PredictionError):
        return kind(message, prediction_id=row.prediction_id or "")
    if issubclass(kind, errors.RefusedError):
        return kind(message, status=row.error_code)
    if issubclass(kind, errors.PriceChangedError):
        return kind(message, price=row.price)
    return kind(message)


def _untold(row: JobRow) -> str:
    """Return the error of a job whose process ended before it could write any: only a lost submission."""
    return str(of_submission(Unknown("the kernel ended while sending"), paid=_costs(row.price)))


def _costs(price: Decimal) -> bool:
    return price > 0
