"""Provider-legal tool names: computed once per provider, unique after mapping, and mapped back."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from geppetto.errors import InvalidOption

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["ToolNames"]


class ToolNames:
    """Map tool names to what a provider accepts and back.

    `allowed` is a character class such as `a-zA-Z0-9_-`, `first` the class of the first character. Raises
    InvalidOption, naming both tools, when two names become one.
    """

    def __init__(
        self, names: Iterable[str], *, allowed: str = "a-zA-Z0-9_-", first: str = "", limit: int = 64
    ) -> None:
        self._rules = (allowed, first, limit)
        self._to_wire: dict[str, str] = {}
        self._to_local: dict[str, str] = {}
        for name in names:
            wire = _legal(name, allowed, first, limit)
            other = self._to_local.setdefault(wire, name)
            if other != name:
                raise InvalidOption(
                    f"tools '{other}' and '{name}' both become '{wire}' at this provider",
                    code="TOOL_NAME_CONFLICT",
                    subject=name,
                    next_step="rename one of the two tools",
                )
            self._to_wire[name] = wire

    def wire(self, name: str) -> str:
        """Return the provider's name of a tool; a name that was never offered is mapped the same way."""
        return self._to_wire.get(name) or _legal(name, *self._rules)

    def local(self, wire: str) -> str:
        """Return our name of a tool; what the model made up stays as it is."""
        return self._to_local.get(wire, wire)


def _legal(name: str, allowed: str, first: str, limit: int) -> str:
    wire = re.sub(f"[^{allowed}]", "_", name)[:limit]
    if first and not re.match(f"[{first}]", wire):
        wire = ("_" + wire)[:limit]
    return wire
