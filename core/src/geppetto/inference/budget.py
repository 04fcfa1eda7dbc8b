"""What a run may use up, tokens and money: looked at before each further call of the engine."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from geppetto.errors import RunAborted

if TYPE_CHECKING:
    from collections.abc import Callable

    from geppetto.catalog.model import Cost
    from geppetto.engine.inference import InferenceResult, Usage
    from geppetto.inference.spec import ToolLoopConfig

__all__ = ["check_budget"]


def check_budget(
    limits: ToolLoopConfig, result: InferenceResult, cost_of: Callable[[InferenceResult], Cost | None]
) -> None:
    """Raise RunAborted for a run that has used what it may: TOKENS_SPENT, COST_SPENT, or COST_UNKNOWN without a price.

    What an engine says nothing about counts nothing.
    """
    if result.usage is None:
        return
    used = _tokens(result.usage)
    if limits.max_total_tokens is not None and used >= limits.max_total_tokens:
        spent = f"{used} tokens, of the {limits.max_total_tokens} that it may"
        raise _over("TOKENS_SPENT", spent, "max_total_tokens")
    if limits.max_cost is not None:
        _check_cost(limits.max_cost, cost_of(result))


def _tokens(usage: Usage) -> int:
    """Return the total that providers told, else what is known of its parts."""
    return usage.total if usage.total is not None else (usage.input or 0) + (usage.output or 0)


def _check_cost(most: float, cost: Cost | None) -> None:
    if cost is None:
        raise RunAborted(
            "the run has a limit of cost, and nobody knows the price of its model",
            code="COST_UNKNOWN",
            subject="tool_loop.max_cost",
            next_step="install a catalogue of prices, or limit max_total_tokens",
        )
    if cost.amount >= Decimal(str(most)):
        raise _over("COST_SPENT", f"{cost.amount:f} {cost.currency}, of the {most:g} that it may", "max_cost")


def _over(code: str, spent: str, option: str) -> RunAborted:
    return RunAborted(
        f"the run has used {spent}",
        code=code,
        subject=f"tool_loop.{option}",
        next_step="raise the limit, or look at why the model keeps calling tools",
    )
