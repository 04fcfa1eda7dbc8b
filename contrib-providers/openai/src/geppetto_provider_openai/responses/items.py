"""A turn as input items: what came from this API goes back exactly as it came, the rest is written anew.

A reasoning item goes back only together with the item it came with (providers.md §2, "Replay"): where either was
edited or belongs to another origin, the reasoning is dropped and the item loses its id.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from geppetto.provider import call_id, compact, paired, result_text
from geppetto.turns import BlockKind

from geppetto_provider_openai.responses.parts import input_parts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from geppetto.provider import Origin
    from geppetto.tooling.names import ToolNames
    from geppetto.turns import Block

__all__ = ["ItemWriter", "item_text"]

_LONGEST_ID = 64


class ItemWriter:
    """Write input items block by block; `write(blocks)` returns them all.

    `stored` says that the vendor keeps replies, so that reasoning without its encrypted content can go back.
    """

    def __init__(self, *, origin: Origin, names: ToolNames, system_role: str, stored: bool) -> None:
        self._origin, self._names, self._system_role, self._stored = origin, names, system_role, stored
        self._items: list[dict[str, Any]] = []
        self._reasoning: list[dict[str, Any]] = []
        self._thoughts: list[str] = []  # ids of the reasoning blocks that wait for what they came with
        self._broken = False
        self._custom: set[str] = set()
        #: ids of blocks whose content this API cannot take back
        self.dropped: list[str] = []
        self._writers: dict[BlockKind, Callable[[Block], None]] = {
            BlockKind.SYSTEM: self._system,
            BlockKind.USER: self._user,
            BlockKind.LLM_TEXT: self._text,
            BlockKind.REASONING: self._think,
            BlockKind.TOOL_CALL: self._call,
            BlockKind.TOOL_USE: self._answer,
            BlockKind.OTHER: self._other,
        }

    def write(self, blocks: Iterable[Block]) -> list[dict[str, Any]]:
        """Return the items; raise EncodeError for a call without an answer or an answer without a call."""
        blocks = list(blocks)
        paired(blocks)
        for block in blocks:
            self._writers[block.kind](block)
        self._forget_thoughts()
        return self._items

    def _system(self, block: Block) -> None:
        self._forget_thoughts()
        if block.text:
            self._items.append({"role": self._system_role, "content": block.text})

    def _user(self, block: Block) -> None:
        self._forget_thoughts()
        parts = input_parts(block.text, block.payload.get("parts") or ())
        if parts:
            self._items.append({"role": "user", "content": parts})

    def _think(self, block: Block) -> None:
        item = self._own_item(block)
        if item is None or not (item.get("encrypted_content") or self._stored):
            self._broken = True
            self.dropped.append(block.id)
            return
        self._reasoning.append(item)
        self._thoughts.append(block.id)

    def _text(self, block: Block) -> None:
        item = self._own_item(block)
        if item is not None and item_text(item) == block.text:
            self._replay(item)
        else:
            self._forget_thoughts()
            if block.text:
                self._items.append({"role": "assistant", "content": block.text})

    def _call(self, block: Block) -> None:
        item, args = self._own_item(block), block.payload.get("args")
        text = args if isinstance(args, str) else compact({} if args is None else args)
        if item is not None and self._same_call(item, block, text):
            if item["type"] == "custom_tool_call":
                self._custom.add(call_id(block))
            self._replay(item)
            return
        self._forget_thoughts()
        name = self._names.wire(str(block.payload.get("name") or ""))
        self._items.append(
            {"type": "function_call", "call_id": call_id(block), "name": name, "arguments": text}
        )

    def _same_call(self, item: dict[str, Any], block: Block, text: str) -> bool:
        """Say whether a call is still the one that came: its name, and its arguments however they are spaced."""
        came = item.get("input") if item["type"] == "custom_tool_call" else item.get("arguments")
        return (
            self._names.local(str(item.get("name"))) == block.payload.get("name")
            and item.get("call_id") == call_id(block)
            and _spaceless(str(came or "")) in {_spaceless(text), ""}
        )

    def _answer(self, block: Block) -> None:
        self._forget_thoughts()
        kind = "custom_tool_call_output" if call_id(block) in self._custom else "function_call_output"
        parts = list(block.payload.get("parts") or ())
        output: Any = result_text(block)
        if parts:
            keep = block.payload.get("error") or block.payload.get("result") is not None
            output = input_parts(output if keep else "", parts)
        self._items.append({"type": kind, "call_id": call_id(block), "output": output})

    def _other(self, block: Block) -> None:
        item = self._own_item(block)
        if item is None:
            self._forget_thoughts()
            self.dropped.append(block.id)
        else:
            self._replay(item)

    def _own_item(self, block: Block) -> dict[str, Any] | None:
        item = self._origin.own(block).get("item")
        if item is None:
            return None
        plain: dict[str, Any] = item
        if len(str(plain.get("id") or "")) > _LONGEST_ID:
            del plain["id"]
        return plain

    def _replay(self, item: dict[str, Any]) -> None:
        """Send an item back as it came, behind its reasoning; when some of that is gone, without its id."""
        if self._broken:
            item.pop("id", None)
            self._forget_thoughts()
        self._items += [*self._reasoning, item]
        self._reasoning, self._thoughts, self._broken = [], [], False

    def _forget_thoughts(self) -> None:
        self.dropped += self._thoughts
        self._reasoning, self._thoughts, self._broken = [], [], False


def item_text(item: dict[str, Any]) -> str:
    """Return the text of a message item, refusals included."""
    parts = item.get("content") or ()
    return "".join(str(part.get("text") or part.get("refusal") or "") for part in parts)


def _spaceless(text: str) -> str:
    """Return JSON text without blanks outside of texts; other text as it is."""
    import json

    try:
        return compact(json.loads(text))
    except ValueError:
        return text
