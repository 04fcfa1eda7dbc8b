"""How a vendor lists its models: pages of JSON, each with the address of the next."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from geppetto.errors import GeppettoError
from geppetto.provider.errors import invalid_reply

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from geppetto.catalog.model import ModelInfo
    from geppetto.engine.context import RunContext
    from geppetto.engine.deps import Transport
    from geppetto.errors import ProviderError
    from geppetto.secret import Secret

__all__ = ["Listing", "read_pages"]

_MOST_PAGES = 100
_MISREAD = (AttributeError, LookupError, TypeError, ValueError)


@dataclass(slots=True, frozen=True)
class Listing:
    """A vendor's list: the first page's address, headers, and `read(page)` for its models and the next address."""

    url: str
    headers: Callable[[], Mapping[str, str | Secret]]
    read: Callable[[Any], tuple[list[ModelInfo], str | None]]


async def read_pages(
    listing: Listing,
    transport: Transport,
    ctx: RunContext,
    classify: Callable[[int, Mapping[str, str], bytes], ProviderError],
) -> list[ModelInfo]:
    """Return the models of all pages, sorted by name."""
    found: list[ModelInfo] = []
    url: str | None = listing.url
    for _ in range(_MOST_PAGES):  # a vendor that repeats a page would never end
        async with transport.stream(
            "GET", str(url), ctx=ctx, headers=listing.headers(), classify=classify
        ) as response:
            page = await response.json()
        try:
            models, url = listing.read(page)
        except GeppettoError:
            raise
        except _MISREAD as error:
            raise invalid_reply(page) from error
        found += models
        if url is None:
            break
    return sorted(found, key=lambda model: model.name)
