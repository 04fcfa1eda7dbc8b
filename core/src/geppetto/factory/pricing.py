"""What a run would cost, from the catalogues' prices and a size that the estimate states."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from geppetto.engine.inference import Usage
from geppetto.errors import GeppettoError

if TYPE_CHECKING:
    from geppetto.host import Host

__all__ = ["per_thousand_turns"]

#: the turn that is priced: a page in, half a page out
_INPUT, _OUTPUT = 1_000, 500


def per_thousand_turns(host: Host, engine: str, model: str, prompt: str) -> dict[str, Any] | None:
    """Return what 1,000 turns cost, with what is assumed; None where no catalogue knows the price."""
    if not model:
        return None
    from geppetto.tokens import estimate_tokens

    tokens = _INPUT + estimate_tokens(prompt)
    usage = Usage(input_uncached=tokens, output_text=_OUTPUT)
    try:
        cost = host.models.cost(engine, model, usage)
    except GeppettoError:
        return None
    if cost is None:
        return None
    return {
        "amount": str(cost.amount * 1_000),
        "currency": cost.currency,
        "dated": cost.dated.isoformat() if cost.dated else None,
        "assumes": {"input_tokens": tokens, "output_tokens": _OUTPUT, "cached_tokens": 0},
    }
