"""Lists of the service, page by page, whatever they say of their length (Q37)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from hailuo_widgets.jobs.wavespeed.client import Transient
from hailuo_widgets.jobs.wavespeed.response import read_moment as moment

if TYPE_CHECKING:
    from collections.abc import Callable

    from hailuo_widgets.jobs.wavespeed.client import Client

__all__ = ["items", "moment"]

_SIZE: Final = 100
_MOST_PAGES: Final = 200


async def items(
    client: Client,
    path: str,
    fields: dict[str, Any],
    identify: Callable[[dict[str, Any]], object],
) -> list[dict[str, Any]]:
    """Return all items of a list, each once.

    Parameters
    ----------
    identify : callable
        Gives what is different for each item: while pages are turned, the list may grow at its
        beginning, and the end of one page comes again on the next.

    Raises
    ------
    Transient, NotFound, AuthError
        As the client does.
    """
    found: dict[object, dict[str, Any]] = {}
    for page in range(1, _MOST_PAGES + 1):
        data = await client.post(path, {**fields, "page": page, "page_size": _SIZE})
        shown = data.get("items") if isinstance(data, dict) else None
        if not isinstance(shown, list):
            raise Transient("the answer held no list")
        for item in shown:
            if isinstance(item, dict):
                found.setdefault(identify(item), item)
        # Neither the total nor has_more is always there; a page that is not full is the last.
        if len(shown) < _SIZE:
            break
    return list(found.values())
