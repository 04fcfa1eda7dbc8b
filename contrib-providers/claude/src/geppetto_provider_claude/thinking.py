"""Thinking: what the settings mean to a model, and what may not stand beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from geppetto.errors import InvalidOption

if TYPE_CHECKING:
    from geppetto.provider import Options

__all__ = ["thinking_fields"]

_LEAST, _ROOM = 1024, 4096


def thinking_fields(options: Options, *, adaptive: bool, max_tokens: int, fixed: bool) -> dict[str, Any]:
    """Return `thinking`, `output_config` and, where the limit is not fixed, a `max_tokens` with room for the budget.

    Raises InvalidOption for a budget that does not fit.
    """
    kind, budget = options.take("thinking"), options.take("reasoning_budget")
    display = options.get("thinking_display")
    shown = {"display": display} if display and kind != "disabled" else {}
    effort = options.take("reasoning_effort")
    body: dict[str, Any] = {"max_tokens": max_tokens}
    if effort is not None:
        body["output_config"] = {"effort": effort}
        kind = kind or ("adaptive" if adaptive else None)
    if budget is not None and kind in (None, "enabled"):
        body["thinking"] = {"type": "enabled", "budget_tokens": _budget(budget), **shown}
        body["max_tokens"] = _room(budget, max_tokens, fixed=fixed)
    elif budget is not None:
        raise _misfit(
            f"thinking: {kind} takes no budget", "leave reasoning_budget out, or set thinking: enabled"
        )
    elif kind == "enabled":
        raise _misfit("thinking: enabled needs a budget", "set reasoning_budget, or thinking: adaptive")
    elif kind is not None:
        body["thinking"] = {"type": kind, **shown}
    return body


def _budget(budget: int) -> int:
    if budget < _LEAST:
        raise _misfit(f"a budget of {budget} tokens is too small", f"at least {_LEAST}")
    return budget


def _room(budget: int, max_tokens: int, *, fixed: bool) -> int:
    if budget < max_tokens:
        return max_tokens
    if fixed:
        raise _misfit(
            f"max_output_tokens ({max_tokens}) leaves no room behind a budget of {budget} tokens",
            "raise max_output_tokens, or lower reasoning_budget",
        )
    return budget + _ROOM


def _misfit(problem: str, next_step: str) -> InvalidOption:
    return InvalidOption(problem, subject="reasoning_budget", next_step=next_step)
