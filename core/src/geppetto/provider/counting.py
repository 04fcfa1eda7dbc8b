"""How a vendor counts tokens: the same request as for inference, sent to another endpoint."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from geppetto.tokens.estimate import estimate_body
from geppetto.tokens.model import TokenCount

if TYPE_CHECKING:
    from collections.abc import Callable

    from geppetto.provider.http import HttpRequest

__all__ = ["Counting", "estimated"]


@dataclass(slots=True, frozen=True)
class Counting:
    """A vendor's way to count.

    `endpoint(request)` gives the address and body of the count of a request, `read(answer)` the number; both are None
    for a vendor without such an endpoint. `tokenizer(request)` counts on this machine, None when its tables are not
    here: nothing is downloaded for it.
    """

    endpoint: Callable[[HttpRequest], tuple[str, dict[str, Any]]] | None = None
    read: Callable[[Any], int] | None = None
    tokenizer: Callable[[HttpRequest], TokenCount | None] | None = None


def estimated(request: HttpRequest, counting: Counting) -> TokenCount:
    """Return the best count that needs no network: a tokenizer's, else an estimate."""
    if counting.tokenizer is not None and (found := counting.tokenizer(request)) is not None:
        return found
    tokens, uncounted = estimate_body(request.body)
    return TokenCount(tokens, "estimate", request.model, uncounted)
