"""The answer as a pure reduction: each event adds to one Reply; an unstreamed body is turned into the stream's events."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from geppetto.events import Citations
from geppetto.provider import compact, invalid_reply, read_json, truncated
from geppetto.turns import BlockKind

from geppetto_provider_claude.errors import ERRORS
from geppetto_provider_claude.stop import finish_class
from geppetto_provider_claude.usage import read_usage

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from geppetto.engine import Reply
    from geppetto.provider import Origin
    from geppetto.tooling.names import ToolNames

__all__ = ["Reducer"]

#: fields of a call that stand in its block under names of ours
_CALL_FIELDS = frozenset({"type", "id", "name", "input"})


class _Open:
    """A content block that is still being written: the wire's own object, and pieces of JSON input."""

    __slots__ = ("input", "item", "key")

    def __init__(self, key: int, item: dict[str, Any]) -> None:
        self.key, self.item = key, item
        self.input: list[str] = []


class Reducer:
    """Fill a Reply from Messages events: `feed` each event of a stream, or `whole` a body, then `finish`.

    Blocks keep the order in which they began. What the API gives beyond text, thinking and calls stays in blocks of its
    own, whole, so that it can go back as it came. `watch` sees each object as it was parsed.
    """

    def __init__(
        self,
        reply: Reply,
        *,
        names: ToolNames,
        origin: Origin,
        watch: Callable[[Any], object] | None = None,
    ) -> None:
        self._reply, self._names, self._origin, self._watch = reply, names, origin, watch
        self._open: dict[int, _Open] = {}
        self._begun = self._calls = 0
        self._told = self._refused = False
        self._usage: dict[str, Any] = {}
        self._word: str | None = None
        #: the stream said that nothing follows
        self.done = False
        self._events: dict[str, Callable[[dict[str, Any]], None]] = {
            "message_start": self._message_start,
            "content_block_start": self._block_start,
            "content_block_delta": self._block_delta,
            "content_block_stop": self._block_stop,
            "message_delta": self._message_delta,
            "message_stop": self._message_stop,
            "error": self._error,
        }
        self._starts: dict[str, Callable[[_Open], None]] = {
            "text": self._text_start,
            "thinking": self._thinking_start,
            "redacted_thinking": self._thinking_start,
            "tool_use": self._call_start,
        }
        self._deltas: dict[str, Callable[[_Open, dict[str, Any]], None]] = {
            "text_delta": self._text,
            "thinking_delta": self._thinking,
            "signature_delta": self._signature,
            "input_json_delta": self._input,
            "citations_delta": self._citation,
        }
        self._stops: dict[str, Callable[[_Open], None]] = {
            "text": self._text_stop,
            "thinking": self._thinking_stop,
            "redacted_thinking": self._thinking_stop,
            "tool_use": self._call_stop,
        }

    def feed(self, data: str, event: str = "message") -> None:  # noqa: ARG002  # the data repeats the name
        """Add the data of one server-sent event; raise ProviderError for an error in it."""
        if not data.strip():
            return
        try:
            found = read_json(data)
        except ValueError as error:
            raise invalid_reply(data) from error
        if self._watch is not None:
            self._watch(found)
        if not isinstance(found, dict) or "type" not in found:
            raise (
                ERRORS.inside(found["error"])
                if isinstance(found, dict) and "error" in found
                else invalid_reply(data)
            )
        handle = self._events.get(found["type"])
        if handle is not None:  # ping, and what is added to the API later
            handle(found)

    def whole(self, body: Any) -> None:
        """Add an unstreamed body, as the events that a stream would have brought it in."""
        if self._watch is not None:
            self._watch(body)
        if isinstance(body, dict) and body.get("error"):
            raise ERRORS.inside(body["error"])
        if not isinstance(body, dict) or not isinstance(body.get("content"), list):
            raise invalid_reply(body)
        self._message_start({"message": {**body, "content": []}})
        for index, block in enumerate(body["content"]):
            self._block_start({"index": index, "content_block": block})
            self._block_stop({"index": index})
        self._message_delta({"delta": body})
        self._message_stop({})

    def finish(self) -> None:
        """End the reply; raise TransportError when the message did not end."""
        if not self.done:
            raise truncated()
        word = self._word or ""
        found = finish_class(word, calls=self._calls > 0)
        self._reply.finish(
            finish_class=found, stop_reason=word, usage=read_usage(self._usage) if self._usage else None
        )

    def _error(self, event: dict[str, Any]) -> None:
        raise ERRORS.inside(event.get("error") or event)

    def _message_start(self, event: dict[str, Any]) -> None:
        message = event["message"]
        self._count(message.get("usage"))
        if self._told:
            return  # some proxies send it twice, also in the middle: it says nothing new
        self._told = True
        self._reply.metadata(model=message.get("model") or "", response_id=message.get("id") or "")

    def _message_delta(self, event: dict[str, Any]) -> None:
        delta = event.get("delta") or {}
        self._word = delta.get("stop_reason") or self._word
        self._count(event.get("usage"))
        told = {
            name: delta[name] for name in ("stop_sequence", "stop_details", "container") if delta.get(name)
        }
        if told:
            self._reply.metadata(**told)
        if self._word == "refusal":
            self._refuse()

    def _message_stop(self, _event: dict[str, Any]) -> None:
        for index in list(self._open):
            self._block_stop({"index": index})
        if self._told:
            self.done = True

    def _count(self, usage: Mapping[str, Any] | None) -> None:
        """Keep the latest word on each count: they are cumulative, so nothing is added up."""
        self._usage |= {name: value for name, value in (usage or {}).items() if value is not None}

    def _refuse(self) -> None:
        """Mark the text of a refused reply: it is shown, and never sent back."""
        if not self._refused:
            self._refused = True
            self._reply.mark(BlockKind.LLM_TEXT, refusal=True)

    def _block_start(self, event: dict[str, Any]) -> None:
        opened = self._open[event["index"]] = _Open(self._begun, dict(event["content_block"]))
        self._begun += 1
        start = self._starts.get(opened.item["type"])
        if start is not None:
            start(opened)

    def _block_delta(self, event: dict[str, Any]) -> None:
        opened, delta = self._open[event["index"]], event["delta"]
        self._deltas.get(delta["type"], _merge)(opened, delta)

    def _block_stop(self, event: dict[str, Any]) -> None:
        opened = self._open.pop(event["index"], None)
        if opened is not None:
            self._stops.get(opened.item["type"], self._other_stop)(opened)

    def _text_start(self, opened: _Open) -> None:
        self._reply.close_segment()
        self._reply.text(opened.item.get("text") or "")
        if opened.item.get("citations"):
            self._reply.emit(Citations(items=list(opened.item["citations"])))

    def _text(self, opened: _Open, delta: dict[str, Any]) -> None:
        opened.item["text"] = (opened.item.get("text") or "") + delta["text"]
        self._reply.text(delta["text"])

    def _citation(self, opened: _Open, delta: dict[str, Any]) -> None:
        opened.item["citations"] = [*(opened.item.get("citations") or ()), delta["citation"]]
        self._reply.emit(Citations(items=[delta["citation"]]))

    def _text_stop(self, opened: _Open) -> None:
        plain = {name: value for name, value in opened.item.items() if value not in (None, [])}
        if plain.keys() > {"type", "text"}:  # citations, and whatever else belongs to the text
            cited = {"citations": plain["citations"]} if "citations" in plain else {}
            self._reply.attach(BlockKind.LLM_TEXT, opaque=self._origin.tagged(item=plain), **cited)
        self._reply.close_segment()

    def _thinking_start(self, opened: _Open) -> None:
        self._reply.close_segment()
        self._reply.reasoning(opened.item.get("thinking") or "")

    def _thinking(self, opened: _Open, delta: dict[str, Any]) -> None:
        opened.item["thinking"] = (opened.item.get("thinking") or "") + delta["thinking"]
        self._reply.reasoning(delta["thinking"])

    def _signature(self, opened: _Open, delta: dict[str, Any]) -> None:
        opened.item["signature"] = (opened.item.get("signature") or "") + delta["signature"]

    def _thinking_stop(self, opened: _Open) -> None:
        self._reply.attach(BlockKind.REASONING, opaque=self._origin.tagged(item=opened.item))
        self._reply.close_segment()

    def _call_start(self, opened: _Open) -> None:
        self._calls += 1
        item = opened.item
        self._reply.tool_call(
            opened.key, id=str(item.get("id") or ""), name=self._names.local(str(item["name"]))
        )

    def _input(self, opened: _Open, delta: dict[str, Any]) -> None:
        opened.input.append(delta["partial_json"])
        if opened.item["type"] == "tool_use":
            self._reply.tool_call(opened.key, arguments=delta["partial_json"])

    def _call_stop(self, opened: _Open) -> None:
        if not "".join(opened.input) and opened.item.get("input"):
            self._reply.tool_call(opened.key, arguments=compact(opened.item["input"]))
        more = {
            name: value
            for name, value in opened.item.items()
            if name not in _CALL_FIELDS and value is not None
        }
        if more:
            self._reply.attach_call(opened.key, opaque=self._origin.tagged(item=more))

    def _other_stop(self, opened: _Open) -> None:
        text = "".join(opened.input)
        if text:
            opened.item["input"] = _parsed(text)
        self._reply.opaque({"opaque": self._origin.tagged(item=opened.item)})


def _merge(opened: _Open, delta: dict[str, Any]) -> None:
    """Add a delta of a kind that is new here: texts append, everything else replaces."""
    for name, value in delta.items():
        if name != "type":
            known = opened.item.get(name)
            both = isinstance(known, str) and isinstance(value, str)
            opened.item[name] = f"{known}{value}" if both else value


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text
