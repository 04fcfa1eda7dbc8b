"""What a measure may ask of an adapter, and what it must get: the right functions, the right reply."""

from __future__ import annotations

from typing import Any

from benchmarks.replies import SENTENCE

__all__ = ["NotOffered", "check", "need"]


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
