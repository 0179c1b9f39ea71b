"""Start what the Studio's form asks for: free drafts, and paid takes at the price that was shown."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hailuo_widgets.jobs.runner import api
from hailuo_widgets.jobs.services import connect
from hailuo_widgets.request.video_request import VideoRequest
from hailuo_widgets.widgets.shared import headless
from hailuo_widgets.widgets.shared.quote import offer_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from decimal import Decimal
    from typing import Literal

    from hailuo_widgets.frame.frame import Frame
    from hailuo_widgets.jobs.runner.job import Job
    from hailuo_widgets.jobs.services.connect import Connections
    from hailuo_widgets.widgets.shared.form_jobs import FormJobs
    from hailuo_widgets.widgets.shared.quote import Agreed

    RequestFields = tuple[Frame, str, Frame | None, bool]


class Runs:
    """Starts jobs and has a form follow them.

    Parameters
    ----------
    jobs : FormJobs
        Follows what is started.
    generate, generate_takes, connections
        As for :class:`hailuo_widgets.widgets.studio.studio.Studio`.
    """

    def __init__(
        self,
        jobs: FormJobs,
        generate: Callable[..., Job],
        generate_takes: Callable[..., list[Job]] | None,
        connections: Callable[[], Connections],
    ) -> None:
        together = api.generate_takes if generate is api.generate else _one_by_one(generate)
        self._jobs = jobs
        self._generate = generate
        self._generate_takes = generate_takes or together
        self._connections = connections

    def start(self, fields: RequestFields, service: str, take: int | Literal["another"]) -> Job:
        """Start one job at its service's present price."""
        paid = self._connections().paid if service == connect.WAVESPEED else None
        return self.start_at(None if paid is None else paid.price, fields, service, take)

    def start_at(
        self,
        price: Decimal | None,
        fields: RequestFields,
        service: str,
        take: int | Literal["another"],
    ) -> Job:
        """Start one job at a price, in US dollars."""
        job = self._generate(*fields, take=take, service=service, price=price)
        self._jobs.follow(job)
        headless.ends_with(job)
        return job

    def start_takes(self, agreed: Agreed, fields: RequestFields, takes: int) -> None:
        """Start takes 1 to `takes` at the paid service, all or none, within what was agreed to."""
        jobs = self._generate_takes(
            *fields,
            takes=range(1, takes + 1),
            price=agreed.price,
            at_most=agreed.total,
            service=connect.WAVESPEED,
        )
        for job in jobs:
            self._jobs.follow(job)
        headless.ends_with(*jobs)

    def quote(self, fields: RequestFields | None, takes: int) -> dict[str, Any]:
        """Return what the paid service would cost now; empty without one.

        Parameters
        ----------
        fields : tuple or None
            The request, when it could be sent as it is: takes that it has had cost nothing again.

        Raises
        ------
        LibraryError
            The library cannot be read.
        """
        paid = self._connections().paid
        had = []
        if paid is not None and fields is not None:
            had = paid.library.ledger.jobs.takes(paid.service, VideoRequest(*fields).request_hash)
        return offer_of(paid, had, takes)


def _one_by_one(generate: Callable[..., Job]) -> Callable[..., list[Job]]:
    """Start takes one by one, by what starts a single job."""

    def each(
        *request: object, takes: Iterable[int], price: Decimal, at_most: Decimal, service: str
    ) -> list[Job]:
        del at_most  # whatever starts one job at a time cannot hold them against it
        return [generate(*request, take=take, price=price, service=service) for take in takes]

    return each
