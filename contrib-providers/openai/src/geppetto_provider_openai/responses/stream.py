"""The answer as a pure reduction: each event adds to one Reply; an unstreamed body becomes the events of its items.

Items are told apart by output_index alone: some hosts change an item's id between its events. What `output_item.done`
says counts; deltas only bring it sooner.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from geppetto.engine import Usage
from geppetto.events import Citations, ServerToolProgress
from geppetto.provider import compact, invalid_reply, read_json, truncated
from geppetto.turns import BlockKind, FinishClass

from geppetto_provider_openai.errors import ERRORS
from geppetto_provider_openai.responses.items import item_text

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from geppetto.engine import Reply
    from geppetto.provider import Origin
    from geppetto.tooling.names import ToolNames

__all__ = ["Reducer", "read_usage"]

_PROGRESS = re.compile(
    r"response\.([a-z_]+)\.(in_progress|searching|interpreting|generating|completed|failed)"
)
_INCOMPLETE = {
    "max_output_tokens": FinishClass.MAX_TOKENS,
    "max_messages": FinishClass.MAX_TOKENS,
    "content_filter": FinishClass.CONTENT_FILTERED,
}
_CALLS = {"function_call": "arguments", "custom_tool_call": "input"}


class Reducer:
    """Fill a Reply from Responses events: `feed` each event of a stream, or `whole` a body, then `finish`."""

    def __init__(
        self,
        reply: Reply,
        *,
        names: ToolNames,
        origin: Origin,
        watch: Callable[[Any], object] | None = None,
    ) -> None:
        self._reply, self._names, self._origin, self._watch = reply, names, origin, watch
        self._written: dict[int, str] = {}  # what deltas brought of each item
        self._calls: dict[int, str] = {}
        self._ended: set[int] = set()
        self._refused = False
        self._response: Mapping[str, Any] | None = None
        #: the stream said that nothing follows
        self.done = False
        self._events: dict[str, Callable[[dict[str, Any]], None]] = {
            "response.created": self._created,
            "response.output_item.added": self._added,
            "response.output_item.done": self._item_done,
            "response.output_text.delta": self._text,
            "response.refusal.delta": self._refusal,
            "response.reasoning_summary_part.added": self._summary_part,
            "response.reasoning_summary_text.delta": self._thought,
            "response.reasoning_text.delta": self._thought,
            "response.function_call_arguments.delta": self._arguments,
            "response.custom_tool_call_input.delta": self._arguments,
            "response.output_text.annotation.added": self._annotation,
            "response.completed": self._completed,
            "response.incomplete": self._completed,
            "response.failed": self._failed,
            "error": self._error,
        }

    def feed(self, data: str, event: str = "message") -> None:
        """Add the data of one server-sent event; raise ProviderError for an error in it."""
        if self.done or not data.strip() or data.startswith("[DONE]"):
            return
        try:
            found = read_json(data)
        except ValueError as error:
            raise invalid_reply(data) from error
        if self._watch is not None:
            self._watch(found)
        if not isinstance(found, dict):
            raise invalid_reply(data)
        name = str(found.get("type") or event)
        if name == "message" and found.get("error"):
            name = "error"
        if handler := self._events.get(name):
            handler(found)
        elif progress := _PROGRESS.fullmatch(name):
            self._reply.emit(ServerToolProgress(progress[1], progress[2], {"item_id": found.get("item_id")}))

    def whole(self, body: Any) -> None:
        """Add an unstreamed body, as the events that a stream would have sent."""
        if self._watch is not None:
            self._watch(body)
        if not isinstance(body, dict) or not (isinstance(body.get("output"), list) or body.get("error")):
            raise invalid_reply(body if isinstance(body, str) else compact(body))
        if body.get("status") == "failed" or (body.get("error") and not body.get("output")):
            raise ERRORS.inside(body.get("error") or body)
        self._about(body)
        self._completed({"response": body})

    def finish(self) -> None:
        """End the reply; raise TransportError when the stream ended before the reply did."""
        if self._response is None:
            raise truncated()
        status = str(self._response.get("status") or "completed")
        reason = str((self._response.get("incomplete_details") or {}).get("reason") or "")
        usage = self._response.get("usage")
        self._reply.finish(
            finish_class=self._finish_class(status, reason),
            stop_reason=reason or status,
            usage=read_usage(usage) if usage else None,
        )

    def _finish_class(self, status: str, reason: str) -> FinishClass:
        if status == "incomplete":
            return _INCOMPLETE.get(reason, FinishClass.UNKNOWN)
        if self._calls:
            return FinishClass.TOOL_CALLS_PENDING
        if self._refused:
            return FinishClass.REFUSED
        # a host says `complete`
        return FinishClass.COMPLETED if status in {"completed", "complete"} else FinishClass.UNKNOWN

    def _created(self, event: dict[str, Any]) -> None:
        self._about(event.get("response") or {})

    def _about(self, response: Mapping[str, Any]) -> None:
        self._reply.metadata(
            model=response.get("model") or "",
            response_id=response.get("id") or "",
            service_tier=response.get("service_tier"),
        )

    def _added(self, event: dict[str, Any]) -> None:
        item, index = event.get("item") or {}, event.get("output_index", 0)
        self._reply.close_segment()
        if item.get("type") in _CALLS:
            self._begin_call(index, item)

    def _begin_call(self, index: int, item: dict[str, Any]) -> None:
        if index not in self._calls:
            self._calls[index] = item["type"]
            name = self._names.local(str(item.get("name") or ""))
            self._reply.tool_call(index, id=str(item.get("call_id") or ""), name=name)

    def _text(self, event: dict[str, Any]) -> None:
        self._note(event)
        self._reply.text(event.get("delta") or "")

    def _refusal(self, event: dict[str, Any]) -> None:
        self._refused = True
        self._text(event)

    def _thought(self, event: dict[str, Any]) -> None:
        self._note(event)
        self._reply.reasoning(event.get("delta") or "")

    def _summary_part(self, event: dict[str, Any]) -> None:
        if event.get("summary_index"):
            self._thought({**event, "delta": "\n\n"})

    def _arguments(self, event: dict[str, Any]) -> None:
        index = event.get("output_index", 0)
        if index in self._calls:
            self._note(event)
            self._reply.tool_call(index, arguments=event.get("delta") or "")

    def _note(self, event: dict[str, Any]) -> None:
        index = event.get("output_index", 0)
        self._written[index] = self._written.get(index, "") + (event.get("delta") or "")

    def _annotation(self, event: dict[str, Any]) -> None:
        self._reply.emit(Citations([event.get("annotation")]))

    def _item_done(self, event: dict[str, Any]) -> None:
        self._end_item(event.get("output_index", 0), event.get("item") or {})

    def _end_item(self, index: int, item: dict[str, Any]) -> None:
        """Take an item as it finally is; what deltas did not bring is said now."""
        if index in self._ended:
            return
        self._ended.add(index)
        kind = item.get("type")
        if kind == "message":
            self._end_message(index, item)
        elif kind == "reasoning":
            self._end_reasoning(index, item)
        elif kind in _CALLS:
            self._end_call(index, item)
        else:
            self._reply.opaque({"type": kind, "opaque": self._origin.tagged(item=item)})

    def _end_message(self, index: int, item: dict[str, Any]) -> None:
        rest = item_text(item).removeprefix(self._written.get(index, ""))
        if index not in self._written:
            self._reply.close_segment()
            self._reply.text(rest)
        elif rest:
            self._reply.text(rest)
        self._reply.close_segment()
        parts = item.get("content") or ()
        payload: dict[str, Any] = {"opaque": self._origin.tagged(item=item)}
        if any(part.get("type") == "refusal" for part in parts):
            self._refused = payload["refusal"] = True
        cited = [note for part in parts for note in part.get("annotations") or ()]
        if cited:
            payload["citations"] = cited
        self._reply.attach(BlockKind.LLM_TEXT, **payload)

    def _end_reasoning(self, index: int, item: dict[str, Any]) -> None:
        if index not in self._written:
            self._reply.close_segment()
            parts = [*(item.get("summary") or ()), *(item.get("content") or ())]
            self._reply.reasoning("\n\n".join(str(part.get("text") or "") for part in parts))
        self._reply.close_segment()
        self._reply.attach(BlockKind.REASONING, opaque=self._origin.tagged(item=item))

    def _end_call(self, index: int, item: dict[str, Any]) -> None:
        self._begin_call(index, item)
        said = item.get(_CALLS[item["type"]]) or ""
        self._reply.tool_call(index, arguments=said.removeprefix(self._written.get(index, "")))
        self._reply.attach_call(index, opaque=self._origin.tagged(item=item))

    def _completed(self, event: dict[str, Any]) -> None:
        self._response = event.get("response") or {}
        self.done = True
        # some hosts send an empty list here, others leave out the end of items: what is new is taken
        for index, item in enumerate(self._response.get("output") or ()):
            self._end_item(index, item)

    def _failed(self, event: dict[str, Any]) -> None:
        response = event.get("response") or {}
        raise ERRORS.inside(response.get("error") or response)

    def _error(self, event: dict[str, Any]) -> None:
        raise ERRORS.inside(event.get("error") or event)


def read_usage(raw: Mapping[str, Any]) -> Usage:
    """Return the buckets of a usage object: input includes what was cached, output includes the reasoning."""
    inputs, outputs = raw.get("input_tokens_details") or {}, raw.get("output_tokens_details") or {}
    read, written = inputs.get("cached_tokens"), inputs.get("cache_write_tokens")
    thought, whole, said = outputs.get("reasoning_tokens"), raw.get("input_tokens"), raw.get("output_tokens")
    return Usage(
        input_uncached=None if whole is None else whole - (read or 0) - (written or 0),
        cache_read=read,
        cache_write=written,
        output_text=None if said is None else said - (thought or 0),
        reasoning=thought,
        total=raw.get("total_tokens"),
        raw=dict(raw),
    )
