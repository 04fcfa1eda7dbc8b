"""A turn as messages: blocks of one reply become one assistant message, answers stand behind their calls."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from geppetto.provider import call_id, compact, paired
from geppetto.turns import BlockKind

from geppetto_provider_openai.content import split_result, user_content
from geppetto_provider_openai.origin import is_openai

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from geppetto.provider import Origin
    from geppetto.tooling.names import ToolNames
    from geppetto.turns import Block

__all__ = ["MessageWriter"]


class MessageWriter:
    """Write messages block by block; `write(blocks)` returns them all."""

    def __init__(self, *, origin: Origin, names: ToolNames, system_role: str) -> None:
        self._origin, self._names, self._system_role = origin, names, system_role
        self._messages: list[dict[str, Any]] = []
        self._said: list[Block] = []
        self._answers: dict[str, list[Block]] = {}
        #: ids of blocks whose content this API cannot take back
        self.dropped: list[str] = []
        self._writers: dict[BlockKind, Callable[[Block], None]] = {
            BlockKind.SYSTEM: self._system,
            BlockKind.USER: self._user,
            BlockKind.LLM_TEXT: self._said.append,
            BlockKind.REASONING: self._said.append,
            BlockKind.TOOL_CALL: self._said.append,
            BlockKind.TOOL_USE: self._answer,
            BlockKind.OTHER: self._drop,
        }

    def write(self, blocks: Iterable[Block]) -> list[dict[str, Any]]:
        """Return the messages; raise EncodeError for a call without an answer or an answer without a call."""
        blocks = list(blocks)
        self._answers = paired(blocks)
        for block in blocks:
            self._writers[block.kind](block)
        self._close_reply()
        return self._messages

    def _system(self, block: Block) -> None:
        self._close_reply()
        if block.text:
            self._messages.append({"role": self._system_role, "content": block.text})

    def _user(self, block: Block) -> None:
        self._close_reply()
        content = user_content(block.text, block.payload.get("parts") or ())
        if content:
            self._messages.append({"role": "user", "content": content})

    def _answer(self, _block: Block) -> None:
        # it was written behind its call; here it only says that the reply is over
        self._close_reply()

    def _drop(self, block: Block) -> None:
        self.dropped.append(block.id)

    def _close_reply(self) -> None:
        said = list(self._said)
        self._said.clear()
        calls = [block for block in said if block.kind is BlockKind.TOOL_CALL]
        message = self._assistant(said, calls)
        if message:
            self._messages.append({"role": "assistant", **message})
        self._answer_all(calls)

    def _assistant(self, said: list[Block], calls: list[Block]) -> dict[str, Any]:
        texts = [block for block in said if block.kind is BlockKind.LLM_TEXT]
        message = self._spoken(texts)
        if calls:
            message.setdefault("content", None)
            message["tool_calls"] = [self._call(call) for call in calls]
        if message:  # reasoning alone is no message
            message |= self._reasoning([block for block in said if block.kind is BlockKind.REASONING])
        return message

    def _spoken(self, blocks: list[Block]) -> dict[str, Any]:
        """Return content, refusal and audio of a reply; where refusal and audio mean nothing, their text."""
        message: dict[str, Any] = {}
        texts = []
        for block in blocks:
            own = self._origin.own(block)
            if "audio" in own:
                message["audio"] = {"id": own["audio"]["id"]}
            elif block.payload.get("refusal") and block.text and is_openai(self._origin):
                message["refusal"] = message.get("refusal", "") + block.text
            elif block.text:
                texts.append(block.text)
        if texts:
            message["content"] = texts[0] if len(texts) == 1 else [_text_part(text) for text in texts]
        elif message:
            message["content"] = None
        return message

    def _reasoning(self, blocks: list[Block]) -> dict[str, Any]:
        """Return the fields that a compatible host gave its reasoning in, filled as they came."""
        fields: dict[str, Any] = {}
        for block in blocks:
            own = self._origin.own(block)
            if own.get("reasoning_details"):
                fields.setdefault("reasoning_details", []).extend(own["reasoning_details"])
            elif own.get("field"):
                fields[own["field"]] = fields.get(own["field"], "") + block.text
            else:
                self.dropped.append(block.id)
        return fields

    def _call(self, block: Block) -> dict[str, Any]:
        name, args = self._names.wire(str(block.payload.get("name") or "")), block.payload.get("args")
        text = args if isinstance(args, str) else compact({} if args is None else args)
        if self._origin.own(block).get("type") == "custom":
            return {"id": call_id(block), "type": "custom", "custom": {"name": name, "input": text}}
        return {"id": call_id(block), "type": "function", "function": {"name": name, "arguments": text}}

    def _answer_all(self, calls: list[Block]) -> None:
        shown: list[dict[str, Any]] = []
        for call in calls:
            answers = self._answers[call_id(call)]
            # hosts repeat ids from reply to reply: the answers are used up in order
            answer = answers.pop(0) if len(answers) > 1 else answers[0]
            text, parts = split_result(answer)
            self._messages.append({"role": "tool", "tool_call_id": call_id(call), "content": text})
            shown += parts
        if shown:  # a tool message carries text only
            self._messages.append({"role": "user", "content": shown})


def _text_part(text: str) -> dict[str, str]:
    return {"type": "text", "text": text}
