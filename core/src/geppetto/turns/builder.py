"""The fluent turn builder: `turn().system("...").user("...").build()`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

from geppetto.turns import blocks
from geppetto.turns.model import Turn, new_id
from geppetto.turns.opaque import Key

if TYPE_CHECKING:
    from collections.abc import Mapping

    from geppetto.turns.model import Block

__all__ = ["TurnBuilder", "turn"]


class TurnBuilder:
    """Collect blocks, metadata and data; `build()` gives a turn and can be called again."""

    __slots__ = ("_turn",)

    def __init__(self) -> None:
        self._turn = Turn()

    def id(self, turn_id: str) -> Self:
        """Name the turn; without it `build()` makes a fresh id."""
        self._turn.id = turn_id
        return self

    def system(self, text: str) -> Self:
        """Add a system block; empty text adds none."""
        return self if text == "" else self.block(blocks.system(text))

    def user(self, text: str = "", *parts: Mapping[str, Any]) -> Self:
        """Add a user block of text and image, document or audio parts; empty adds none."""
        return self if text == "" and not parts else self.block(blocks.user(text, *parts))

    def assistant(self, text: str) -> Self:
        """Add a block of text that the model wrote."""
        return self.block(blocks.assistant(text))

    def tool_call(self, name: str, args: Any = None, *, id: str = "") -> Self:
        """Add a tool call."""
        return self.block(blocks.tool_call(name, args, id=id))

    def tool_use(self, call_id: str, result: Any = None, *, error: str = "") -> Self:
        """Add the answer to a tool call."""
        return self.block(blocks.tool_use(call_id, result, error=error))

    def block(self, block: Block) -> Self:
        """Add any block."""
        self._turn.append(block)
        return self

    def metadata(self, key: Key[Any] | str, value: Any) -> Self:
        """Set a metadata value by typed key, or by raw key id, unchecked."""
        _put(self._turn.metadata, key, value)
        return self

    def data(self, key: Key[Any] | str, value: Any) -> Self:
        """Set a data value by typed key, or by raw key id, unchecked."""
        _put(self._turn.data, key, value)
        return self

    def build(self) -> Turn:
        """Return the turn; what is added later does not show in it."""
        return self._turn.clone(id=self._turn.id or new_id())


def _put(store: Any, key: Key[Any] | str, value: Any) -> None:
    if isinstance(key, Key):
        store.set(key, value)
    else:
        store.set_raw(key, value)


def turn() -> TurnBuilder:
    """Start a turn: `turn().user("hello").build()`."""
    return TurnBuilder()
