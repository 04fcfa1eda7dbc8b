"""What is given for an option, looked at where it comes in: a slip is named before anything has begun."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any, NamedTuple, TypeAlias

from geppetto.errors import InvalidOption

__all__ = [
    "AMOUNT",
    "DEADLINE",
    "MAPPING",
    "NUMBER",
    "SECONDS",
    "TEXT",
    "WHOLE",
    "Places",
    "Rule",
    "a",
    "callables",
    "check",
    "entries",
    "function",
    "listeners",
    "mapping",
    "one_of",
    "optional",
    "places",
]


#: places of files
Places: TypeAlias = "str | os.PathLike[str] | Iterable[str | os.PathLike[str]]"


class Rule(NamedTuple):
    """What an option takes, in words, and what says what came instead: empty where the value fits."""

    expected: str
    misfit: Callable[[Any], str]


def check(name: str, value: Any, rule: Rule, *, title: str = "") -> None:
    """Raise InvalidOption for a value that does not fit."""
    got = rule.misfit(value)
    if got:
        raise InvalidOption(
            f"{title or name}: expected {rule.expected}, got {got}",
            subject=name,
            next_step=f"pass {rule.expected}",
        )


def mapping(name: str, value: Any) -> Mapping[str, Any]:
    """Return an object that is given for an option, an empty one for None; raise InvalidOption."""
    found: Mapping[str, Any] = {} if value is None else value
    check(name, found, MAPPING)
    return found


def entries(name: str, value: Any, expected: str) -> Iterable[Any]:
    """Return a list that is given for an option; raise InvalidOption for a text, an object or what is none."""
    check(name, value, Rule(expected, lambda given: "" if _is_list(given) else _told(given)))
    return value  # type: ignore[no-any-return]  # looked at


def places(name: str, value: Any) -> str | list[str] | None:
    """Return places of files: a text as it is, a list or a path as a list of texts, None as it is."""
    if value is None or isinstance(value, str):
        return value
    expected = "places divided by commas, or a list of places"
    given = [value] if isinstance(value, os.PathLike) else entries(name, value, expected)
    return [_place(name, place) for place in given]


def _place(name: str, value: Any) -> str:
    place: str = os.fspath(value) if isinstance(value, os.PathLike) else value
    check(name, place, TEXT, title=f"a place of {name}")
    return place


def a(kind: type, expected: str) -> Rule:
    """Make the rule of an option that takes objects of one class."""
    return Rule(expected, lambda value: "" if isinstance(value, kind) else _told(value))


def optional(rule: Rule) -> Rule:
    """Make the rule of an option that may be None."""
    return Rule(rule.expected, lambda value: "" if value is None else rule.misfit(value))


def one_of(names: Iterable[str]) -> Rule:
    """Make the rule of an option that takes one of some words."""
    known = list(names)
    return Rule(f"one of {', '.join(known)}", lambda value: "" if value in known else _told(value))


def callables(expected: str) -> Rule:
    """Make the rule of an option that takes a list of callables."""

    def misfit(value: Any) -> str:
        if not _is_list(value) or not isinstance(value, Collection):  # a generator would be used up here
            return _told(value)
        return next((f"{_told(entry)} among them" for entry in value if not callable(entry)), "")

    return Rule(expected, misfit)


def listeners(expected: str) -> Rule:
    """Make the rule of an option that takes callables by the type of their events."""

    def misfit(value: Any) -> str:
        if not isinstance(value, Mapping):
            return _told(value)
        return next((f"{_told(fn)} for {name!r}" for name, fn in value.items() if not callable(fn)), "")

    return Rule(expected, misfit)


def function(expected: str) -> Rule:
    """Make the rule of an option that takes something to call."""
    return Rule(expected, lambda value: "" if callable(value) else _told(value))


def _is_list(value: Any) -> bool:
    return isinstance(value, Iterable) and not isinstance(value, (str, bytes, Mapping))


def _told(value: Any) -> str:
    """Show plain values; of others, which may hold secrets, their type is enough."""
    return f"{value!r:.80}" if value is None or isinstance(value, (str, int, float)) else type(value).__name__


def _seconds(value: Any) -> str:
    fits = isinstance(value, (int, float)) and not isinstance(value, bool) and 0 <= value < math.inf
    return "" if fits else _told(value)


def _whole(least: int) -> Rule:
    def misfit(value: Any) -> str:
        fits = isinstance(value, int) and not isinstance(value, bool) and value >= least
        return "" if fits else _told(value)

    return Rule(f"a whole number of at least {least}", misfit)


TEXT = a(str, "a text")
AMOUNT = Rule("a number of at least 0", _seconds)
MAPPING = a(Mapping, "an object of names and values")
SECONDS = Rule("seconds of at least 0", _seconds)
#: infinity means: without a deadline
DEADLINE = Rule(SECONDS.expected, lambda value: "" if value is None or value == math.inf else _seconds(value))
WHOLE, NUMBER = _whole(0), _whole(1)
