"""What a measure may ask of an adapter, and what it must get: the right functions, the right reply, a loop."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, TypeVar

from benchmarks.replies import SENTENCE

if TYPE_CHECKING:
    from collections.abc import Coroutine

__all__ = ["NotOffered", "check", "need", "run"]

_Found = TypeVar("_Found")


class NotOffered(Exception):  # it is no error of anybody's
    """The peer has nothing that the row measures."""


def need(adapter: Any, *names: str) -> None:
    """Raise NotOffered unless the adapter has these functions."""
    for name in names:
        if not hasattr(adapter, name):
            raise NotOffered(name)


def check(text: Any) -> None:
    """Refuse another reply than the server's: a peer that answers fast and wrong is an error, not a record."""
    if text != SENTENCE:
        msg = f"unexpected reply: {text!r:.80}"
        raise AssertionError(msg)


def run(adapter: Any, work: Coroutine[Any, Any, _Found]) -> _Found:
    """Run a coroutine on the loop that the contestant comes with, else asyncio's."""
    with asyncio.Runner(loop_factory=getattr(adapter, "LOOP", None)) as runner:
        return runner.run(work)
