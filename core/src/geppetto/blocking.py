"""Blocking calls are refused where an event loop runs: they would hold up the very loop that brings their answer."""

from __future__ import annotations

import asyncio

from geppetto.errors import BlockingCallError

__all__ = ["refuse_in_a_loop"]


def refuse_in_a_loop(call: str, instead: str) -> None:
    """Raise BlockingCallError when an event loop runs in this thread; `instead` is what to write there."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return
    raise BlockingCallError(
        f"{call} blocks; inside async code or a notebook use `{instead}`", next_step=instead
    )
