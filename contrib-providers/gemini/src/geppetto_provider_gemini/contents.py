"""A turn as contents: blocks of one reply become one model content, and one user content answers all its calls.

System text goes to the instruction whatever its place in the turn: this API has no role for it between contents, and a
user content there would end the current turn, after which signatures count for nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from geppetto.provider import call_id, paired
from geppetto.turns import BlockKind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from geppetto.provider import Origin
    from geppetto.tooling.names import ToolNames
    from geppetto.turns import Block

    from geppetto_provider_gemini.parts import PartWriter

__all__ = ["ContentWriter"]

_SIGNATURE = "thoughtSignature"
_NOTHING = {"role": "user", "parts": [{"text": ""}]}


class ContentWriter:
    """Write contents block by block; `write(blocks)` returns them all, `system` then holds the instruction's parts.

    `foreign_signature` is what the model wants on the first call of a step of the current turn that another model made.
    """

    def __init__(
        self, *, origin: Origin, names: ToolNames, parts: PartWriter, foreign_signature: str = ""
    ) -> None:
        self._origin, self._names, self._write_parts = origin, names, parts
        self._foreign_signature = foreign_signature
        self._contents: list[dict[str, Any]] = []
        self._said: list[Block] = []
        self._answers: dict[str, list[Block]] = {}
        #: foreign calls that stand first in their content, of the current turn
        self._unsigned: list[dict[str, Any]] = []
        self.system: list[dict[str, Any]] = []
        #: ids of blocks with content that this API cannot take back
        self.dropped: list[str] = []
        self._writers: dict[BlockKind, Callable[[Block], None]] = {
            BlockKind.SYSTEM: self._system,
            BlockKind.USER: self._user,
            BlockKind.LLM_TEXT: self._said.append,
            BlockKind.REASONING: self._said.append,
            BlockKind.TOOL_CALL: self._said.append,
            BlockKind.TOOL_USE: self._answer,
            BlockKind.OTHER: self._said.append,
        }
        self._speakers: dict[BlockKind, Callable[[Block, dict[str, Any]], list[dict[str, Any]]]] = {
            BlockKind.LLM_TEXT: self._text,
            BlockKind.REASONING: self._thought,
            BlockKind.TOOL_CALL: self._call,
            BlockKind.OTHER: self._other,
        }

    def write(self, blocks: Iterable[Block]) -> list[dict[str, Any]]:
        """Return the contents; raise EncodeError for a call without an answer or an answer without a call."""
        blocks = list(blocks)
        self._answers = paired(blocks)
        for block in blocks:
            self._writers[block.kind](block)
        self._close_reply()
        for part in self._unsigned:
            part[_SIGNATURE] = self._foreign_signature
        if not self._contents or self._contents[0]["role"] != "user":
            self._contents.insert(0, dict(_NOTHING))  # a user must begin, and may say nothing
        return self._contents

    def _system(self, block: Block) -> None:
        if block.text:
            self.system.append({"text": block.text})

    def _user(self, block: Block) -> None:
        self._close_reply()
        parts = self._write_parts.user(block.text, block.payload.get("parts") or ())
        if parts:
            self._contents.append({"role": "user", "parts": parts})
            self._unsigned.clear()  # what was called before is no longer of the current turn

    def _answer(self, _block: Block) -> None:
        # it is written behind its call; here it only says that the reply is over
        self._close_reply()

    def _close_reply(self) -> None:
        said = list(self._said)
        self._said.clear()
        calls: list[tuple[Block, dict[str, Any]]] = []
        parts: list[dict[str, Any]] = []
        for block in said:
            own = self._own(block)
            spoken = self._speakers[block.kind](block, own)
            parts += spoken
            if block.kind is BlockKind.TOOL_CALL:
                self._sign(spoken[0], foreign=not own, first=not calls)
                calls.append((block, own))
        if parts:
            self._contents.append({"role": "model", "parts": parts})
        self._answer_all(calls)

    def _own(self, block: Block) -> dict[str, Any]:
        """Return what this origin put on a block; note the block when another origin did."""
        own = self._origin.own(block)
        if not own and (block.payload.get("opaque") or block.kind in (BlockKind.REASONING, BlockKind.OTHER)):
            self.dropped.append(block.id)
        return own

    def _sign(self, part: dict[str, Any], *, foreign: bool, first: bool) -> None:
        if foreign and first and self._foreign_signature:
            self._unsigned.append(part)

    def _text(self, block: Block, own: dict[str, Any]) -> list[dict[str, Any]]:
        beside = own.get("part") or {}
        media = [{**self._write_parts.media(part), **beside} for part in block.payload.get("parts") or ()]
        if block.text or (beside and not media):
            return [{"text": block.text, **({} if media else beside)}, *media]
        return media

    def _thought(self, block: Block, own: dict[str, Any]) -> list[dict[str, Any]]:
        return [{"text": block.text, **own["part"]}] if own.get("part") else []

    def _call(self, block: Block, own: dict[str, Any]) -> list[dict[str, Any]]:
        args = block.payload.get("args")
        function = {"name": self._name(block), "args": args if isinstance(args, dict) else _wrapped(args)}
        if own.get("id"):
            function["id"] = own["id"]
        return [{"functionCall": function, **(own.get("part") or {})}]

    def _other(self, _block: Block, own: dict[str, Any]) -> list[dict[str, Any]]:
        return [own["part"]] if own.get("part") else []

    def _name(self, block: Block) -> str:
        return self._names.wire(str(block.payload.get("name") or ""))

    def _answer_all(self, calls: list[tuple[Block, dict[str, Any]]]) -> None:
        responses, shown = [], []
        for call, own in calls:
            answers = self._answers[call_id(call)]
            # an id may come again in a later reply: the answers are used up in order
            answer = answers.pop(0) if len(answers) > 1 else answers[0]
            response, media = self._write_parts.result(self._name(call), str(own.get("id") or ""), answer)
            responses.append(response)
            shown += media
        if responses:
            self._contents.append({"role": "user", "parts": [*responses, *shown]})


def _wrapped(args: Any) -> dict[str, Any]:
    """Return arguments that are no object as one: the model must see what it wrote."""
    return {} if args is None else {"arguments": args}
