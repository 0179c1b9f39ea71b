"""What the user can decide about a job, and what that would cost."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, NamedTuple, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from decimal import Decimal

J = TypeVar("J")
"""A :class:`~hailuo_widgets.jobs.runner.job.Job`, which is made with these and so stands above."""


class Terms(NamedTuple):
    """What asking for a job's request again would cost now.

    Attributes
    ----------
    price : Decimal
        US dollars.
    confirm_above : Decimal
        US dollars; a press that would cost more asks once more.
    """

    price: Decimal
    confirm_above: Decimal


@dataclass(frozen=True, slots=True)
class JobActions(Generic[J]):
    """The decisions about jobs of one connection; see the methods of the job of the same names.

    Jobs of one connection have equal actions: what is withdrawn together is one transaction.
    """

    adopt: Callable[[J, str], None]
    keep_looking: Callable[[J], None]
    send_again: Callable[[J, Decimal | None], J]
    withdraw: Callable[[J], None]
    withdraw_all: Callable[[Sequence[J]], list[J]]
    write_off: Callable[[J], None]
