"""Operations: the functions of the host that the JavaScript half of the API calls, and how each of them is called."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Way", "awaited", "operation", "operations", "promised"]

F = TypeVar("F", bound="Callable[..., Any]")
_MARK = "__geppetto_op__"


class Way(Enum):
    """How JavaScript calls an operation."""

    #: a plain function, called on the JavaScript thread
    PLAIN = "plain"
    #: a coroutine function; JavaScript waits, and its callbacks are served meanwhile
    AWAITED = "awaited"
    #: a coroutine function; JavaScript gets a promise
    PROMISED = "promised"


def operation(fn: F) -> F:
    """Mark a plain operation."""
    return _marked(fn, Way.PLAIN)


def awaited(fn: F) -> F:
    """Mark a coroutine function that JavaScript waits for."""
    return _marked(fn, Way.AWAITED)


def promised(fn: F) -> F:
    """Mark a coroutine function that JavaScript gets a promise of."""
    return _marked(fn, Way.PROMISED)


def _marked(fn: F, way: Way) -> F:
    setattr(fn, _MARK, way)
    return fn


def operations(*owners: object) -> dict[str, tuple[Way, Callable[..., Any]]]:
    """Return the operations of objects by their names in JavaScript."""
    from geppetto_js.api.words import camel

    found: dict[str, tuple[Way, Callable[..., Any]]] = {}
    for owner in owners:
        for name in dir(type(owner)):
            way = getattr(getattr(type(owner), name), _MARK, None)
            if way is not None:
                found[camel(name)] = (way, getattr(owner, name))
    return found
