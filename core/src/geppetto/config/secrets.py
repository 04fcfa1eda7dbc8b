"""Secrets inside configured values: finding them, hiding them for a trace, opening them for a schema."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from geppetto.secret import Secret

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["copied", "found_in", "hidden", "revealed", "scrubbed"]


_PLAIN = frozenset({str, int, float, bool, type(None)})


def _mapped(value: Any, change: Callable[[Secret], Any]) -> Any:
    if isinstance(value, Secret):
        return change(value)
    if isinstance(value, dict):
        # most of what there is: the look here spares a call for each
        return {key: item if type(item) in _PLAIN else _mapped(item, change) for key, item in value.items()}
    if isinstance(value, list):
        return [_mapped(item, change) for item in value]
    return value


def copied(value: Any) -> Any:
    """Return a value with objects and lists of its own and the same secrets."""
    if not isinstance(value, (dict, list)):
        return value
    return _mapped(value, lambda secret: secret)


def hidden(value: Any) -> Any:
    """Return a copy that may be shown."""
    return _mapped(value, str)


def revealed(value: Any) -> Any:
    """Return a copy with the secrets as texts, for validation only."""
    return _mapped(value, lambda secret: secret.reveal())


def found_in(value: Any) -> Iterator[Secret]:
    """Give the secrets in a value."""
    if isinstance(value, Secret):
        yield value
    elif isinstance(value, (dict, list)):
        for item in value.values() if isinstance(value, dict) else value:
            yield from found_in(item)


def scrubbed(message: str, value: Any) -> str:
    """Return a message in which no secret of `value` stands, also not as Python or JSON quote it."""
    for secret in found_in(value):
        for shown in _writings(secret.reveal()):
            message = message.replace(shown, "***")
    return message


def _writings(text: str) -> list[str]:
    """Return the ways to write a text: plain, in either of Python's quotes, in JSON's."""
    if not text:
        return []
    in_both_quotes = repr(text + "'\"")[1:-4]
    return [text, repr(text)[1:-1], in_both_quotes, json.dumps(text)[1:-1]]
