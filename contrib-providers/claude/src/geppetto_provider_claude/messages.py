"""A turn as messages: roles alternate, the answers of a reply's calls stand first in the message behind it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from geppetto.errors import EncodeError
from geppetto.provider import call_id, paired
from geppetto.turns import BlockKind, thaw

from geppetto_provider_claude.content import cache_mark, result_content, user_content

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from geppetto.provider import Origin
    from geppetto.tooling.names import ToolNames
    from geppetto.turns import Block

__all__ = ["MessageWriter"]

_ILLEGAL = re.compile(r"[^a-zA-Z0-9_-]")


class MessageWriter:
    """Write messages block by block; `write(blocks)` returns them all, `system` is what goes beside them.

    A system block behind the first message goes among the messages where the model takes it (`system_messages`), else
    to the others in `system`: its authority counts more than its place.
    """

    def __init__(self, *, origin: Origin, names: ToolNames, system_messages: bool) -> None:
        self._origin, self._names, self._system_messages = origin, names, system_messages
        self._messages: list[dict[str, Any]] = []
        self._answers: dict[str, list[Block]] = {}
        self._calls: list[Block] = []
        self._ids: dict[str, str] = {}
        self.system: list[dict[str, Any]] = []
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
        """Return the messages; raise EncodeError for a call without an answer or an answer without a call."""
        blocks = list(blocks)
        self._answers = paired(blocks)
        for block in blocks:
            self._writers[block.kind](block)
        self._close_reply()
        if not self._messages:
            raise EncodeError(
                "the turn has nothing to send", code="EMPTY_TURN", next_step="append a user block with text"
            )
        self._trim_prefill()
        return self._messages

    def _add(self, role: str, *items: dict[str, Any]) -> None:
        if not items:
            return
        if self._messages and self._messages[-1]["role"] == role:
            self._messages[-1]["content"] += items
        else:
            self._messages.append({"role": role, "content": list(items)})

    def _system(self, block: Block) -> None:
        if not block.text.strip():
            return
        item = {"type": "text", "text": block.text, **cache_mark(block)}
        if self._messages and self._system_messages:
            self._close_reply()
            self._add("system", item)
        else:
            self.system.append(item)

    def _user(self, block: Block) -> None:
        self._close_reply()
        items = user_content(block.text, [thaw(part) for part in block.payload.get("parts") or ()])
        if items:
            items[-1] |= cache_mark(block)
        self._add("user", *items)

    def _text(self, block: Block) -> None:
        if block.payload.get("refusal"):
            self.dropped.append(block.id)  # the vendor wants a refused reply taken out of the conversation
        elif block.text.strip():
            item = self._own_item(block)
            same = item is not None and item.get("text") == block.text
            self._add(
                "assistant",
                {**(item if same and item else {"type": "text", "text": block.text}), **cache_mark(block)},
            )

    def _think(self, block: Block) -> None:
        item = self._own_item(block)
        if item is None or str(item.get("thinking") or "") != block.text:
            self.dropped.append(block.id)
        else:
            self._add("assistant", item)

    def _call(self, block: Block) -> None:
        args = thaw(block.payload.get("args"))
        if not isinstance(
            args, dict
        ):  # what the model wrote was no JSON object, and this API takes nothing else
            args = {} if args in (None, "") else {"unreadable": args}
        name = self._names.wire(str(block.payload.get("name") or ""))
        more = self._own_item(block) or {}
        self._add(
            "assistant",
            {"type": "tool_use", "id": self._legal_id(call_id(block)), "name": name, "input": args, **more},
        )
        self._calls.append(block)

    def _answer(self, _block: Block) -> None:
        self._close_reply()  # it is written behind its call

    def _other(self, block: Block) -> None:
        item = self._own_item(block)
        if item is None:
            self.dropped.append(block.id)
        else:
            self._add("assistant", item)

    def _own_item(self, block: Block) -> dict[str, Any] | None:
        found: dict[str, Any] | None = self._origin.own(block).get("item")
        return found

    def _close_reply(self) -> None:
        """Write the answers of a reply's calls, all in one message, in the order of the calls."""
        calls, self._calls = self._calls, []
        for call in calls:
            answers = self._answers[call_id(call)]
            answer = answers.pop(0) if len(answers) > 1 else answers[0]
            found = {
                "type": "tool_result",
                "tool_use_id": self._legal_id(call_id(call)),
                **result_content(answer),
            }
            self._add("user", {**found, **cache_mark(answer)})

    def _legal_id(self, call: str) -> str:
        """Return a call's id in the vendor's alphabet, unique after the change."""
        if call not in self._ids:
            legal = _ILLEGAL.sub("_", call) or "call"
            while legal in self._ids.values():
                legal += "_"
            self._ids[call] = legal
        return self._ids[call]

    def _trim_prefill(self) -> None:
        """Take white space from the end of a reply that the model is to go on with: the vendor refuses it."""
        last = self._messages[-1]
        item = last["content"][-1]
        if last["role"] == "assistant" and item.get("type") == "text":
            item["text"] = item["text"].rstrip()
