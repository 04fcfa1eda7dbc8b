"""The file of a recording: interactions in order, scrubbed of secrets, and proof of that before it is written."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from geppetto.atomic import write_atomically
from geppetto.errors import ConfigError, DecodeError
from geppetto.transport.redact import redact_text
from geppetto.turns import yaml_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

__all__ = ["Cassette", "Level"]

_FORMAT = "geppetto.cassette@v1"
_SHOWN = "***"
_SHORTEST_SECRET = 6


class Level(StrEnum):
    """What an interaction is: a turn and what an engine made of it, or a request and its answer."""

    TURN = "turn"
    HTTP = "http"


@dataclass(slots=True)
class Cassette:
    """Interactions of one level; `engine` is the name of the engine that was recorded, where it is known."""

    level: Level
    engine: str = ""
    interactions: list[dict[str, Any]] = field(default_factory=list)

    @classmethod
    def read(cls, path: Path) -> Cassette:
        """Read a file; raise ConfigError (CASSETTE_INVALID) for one that cannot be read or is none."""
        try:
            found = yaml_text.load(path.read_bytes(), str(path))
        except (OSError, ValueError, DecodeError) as error:
            raise _invalid(path, str(error)) from error
        if not isinstance(found, dict) or found.get("format") != _FORMAT:
            raise _invalid(path, f"it has no `format: {_FORMAT}`")
        items = found.get("interactions")
        if found.get("level") not in list(Level) or not isinstance(items, list):
            raise _invalid(path, "it needs `level: turn` or `level: http`, and a list of `interactions`")
        for place, item in enumerate(items):
            if (
                not isinstance(item, dict)
                or "request" not in item
                or not ("response" in item or "reply" in item)
            ):
                raise _invalid(path, f"interaction {place + 1} has no request or no answer")
        return cls(Level(found["level"]), str(found.get("engine") or ""), items)

    def write(self, path: Path, secrets: Iterable[str] = ()) -> None:
        """Write the file, whole or not at all, readable by its owner alone.

        Every secret, and whatever has the shape of a key, is blanked. Should one be left all the same, nothing is written
        and ConfigError (CASSETTE_SECRET) says where it stands.
        """
        known = sorted({text for text in secrets if len(text) >= _SHORTEST_SECRET}, key=len, reverse=True)
        content = {
            "format": _FORMAT,
            "level": self.level.value,
            "engine": self.engine,
            "interactions": _scrubbed(self.interactions, known),
        }
        for place, text in _texts(content, ""):
            if any(secret in text for secret in known):
                raise ConfigError(
                    f"a secret is left in the recording at {place}; nothing was written",
                    code="CASSETTE_SECRET",
                    subject=place,
                    next_step="please report this: what holds it was not scrubbed",
                )
        write_atomically(path, yaml_text.dump(content))


def _scrubbed(node: Any, secrets: list[str]) -> Any:
    """Return JSON in which no text, and no name, has a secret."""
    if isinstance(node, str):
        return _clean(node, secrets)
    if isinstance(node, dict):
        return {_clean(str(name), secrets): _scrubbed(value, secrets) for name, value in node.items()}
    if isinstance(node, list):
        return [_scrubbed(value, secrets) for value in node]
    return node


def _clean(text: str, secrets: list[str]) -> str:
    for secret in secrets:
        text = text.replace(secret, _SHOWN)
    return redact_text(text)


def _texts(node: Any, place: str) -> Iterator[tuple[str, str]]:
    if isinstance(node, str):
        yield place, node
    elif isinstance(node, dict):
        for name, value in node.items():
            yield f"{place}/{name}", str(name)
            yield from _texts(value, f"{place}/{name}")
    elif isinstance(node, list):
        for index, value in enumerate(node):
            yield from _texts(value, f"{place}/{index}")


def _invalid(path: Path, problem: str) -> ConfigError:
    return ConfigError(
        f"{path} is no recording that can be replayed: {problem}",
        code="CASSETTE_INVALID",
        subject=str(path),
        next_step="record it again with --record or --record-http",
    )


def take(
    interactions: list[dict[str, Any]], wanted: Any, same: Callable[[Any], bool], what: str
) -> dict[str, Any]:
    """Take the first interaction out of a list whose request is the wanted one; raise ConfigError when none is."""
    for place, interaction in enumerate(interactions):
        if same(interaction["request"]):
            return interactions.pop(place)
    raise ConfigError(
        f"the recording has no answer to this {what}{_nearest(interactions, wanted)}",
        code="CASSETTE_NO_MATCH",
        subject=what,
        next_step="record it again: prompt, tools or settings are not those of the recording",
    )


def unused(interactions: list[dict[str, Any]], what: str) -> ConfigError:
    """Return the error for interactions that were not asked for."""
    return ConfigError(
        f"{len(interactions)} recorded {what}s were not used",
        code="CASSETTE_UNUSED",
        subject=what,
        next_step="the run ended sooner than the recorded one; record it again if that is right",
    )


def _nearest(interactions: list[dict[str, Any]], wanted: Any) -> str:
    if not interactions:
        return ": all of its interactions are used up"
    recorded = interactions[0]["request"]
    compared = {name: recorded.get(name) for name in wanted} if isinstance(wanted, dict) else recorded
    pointer, expected, got = _difference(compared, wanted, "")
    return f"; the next one differs at {pointer or '/'}: recorded {_short(expected)}, asked {_short(got)}"


def _difference(one: Any, two: Any, place: str) -> tuple[str, Any, Any]:
    """Return where two JSON values first differ, and both values there."""
    if isinstance(one, dict) and isinstance(two, dict):
        for name in {**one, **two}:
            if one.get(name) != two.get(name):
                return _difference(one.get(name), two.get(name), f"{place}/{name}")
    if isinstance(one, list) and isinstance(two, list) and len(one) == len(two):
        for index, (left, right) in enumerate(zip(one, two, strict=True)):
            if left != right:
                return _difference(left, right, f"{place}/{index}")
    return place, one, two


def _short(value: Any) -> str:
    text = redact_text(repr(value))
    return text if len(text) <= 80 else f"{text[:80]}..."  # noqa: PLR2004  # a line of a terminal
