"""The answer as a pure reduction: each chunk adds to one Reply; an unstreamed body is one large chunk.

A part that carries a thought signature is a block of its own: it must go back as the very part it was, so it is never
joined with another one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from geppetto.events import Citations, ServerToolProgress
from geppetto.provider import compact, invalid_reply, read_json, truncated
from geppetto.turns import FinishClass

from geppetto_provider_gemini.calls import Calls
from geppetto_provider_gemini.errors import ERRORS
from geppetto_provider_gemini.kept import Kept
from geppetto_provider_gemini.stop import block_word, finish_class, finish_word
from geppetto_provider_gemini.usage import merge_usage, read_usage

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from geppetto.engine import Reply
    from geppetto.provider import Origin
    from geppetto.tooling.names import ToolNames

__all__ = ["Reducer"]

#: what a reply has at least one of
_REPLY = ("candidates", "promptFeedback", "usageMetadata", "error")
#: what the provider says about itself -> our name
_ABOUT = {
    "responseId": "response_id",
    "modelVersion": "model",
    "createTime": "created",
    "turnToken": "turn_token",
    "modelStatus": "model_status",
}
#: parts of tools that run at the vendor -> what they say about the tool's progress
_PROGRESS = {
    "toolCall": "started",
    "toolResponse": "completed",
    "executableCode": "started",
    "codeExecutionResult": "completed",
}
_FAILED = (FinishClass.ERROR, FinishClass.CONTENT_FILTERED)
_THOUGHT = {"thought": True}


class Reducer:
    """Fill a Reply from responses: `feed` each event of a stream, or `whole` a body, then `finish`.

    Candidate 0 is the answer; further ones are kept whole in `other` blocks. `offered`, when it is not None, holds the
    functions of this side: calls of others run at the vendor (MCP) and are kept as they are. `watch` sees each object.
    """

    def __init__(
        self,
        reply: Reply,
        *,
        names: ToolNames,
        origin: Origin,
        offered: frozenset[str] | None = None,
        watch: Callable[[Any], object] | None = None,
    ) -> None:
        self._reply, self._origin, self._offered, self._watch = reply, origin, offered, watch
        self._calls = Calls(reply, names, origin)
        self._readers: dict[str, Callable[[dict[str, Any]], None]] = {
            "functionCall": self._function_call,
            "inlineData": self._media,
            "text": self._text,
        }
        self._known: set[str] = set()  # names of what chunks have said so far
        self._shown: list[dict[str, Any]] = []
        self._texts = False
        self._kept = Kept()
        self._usage: dict[str, Any] = {}
        self._word, self._blocked = "", False
        #: nothing follows
        self.done = False

    def feed(self, data: str, event: str = "message") -> None:  # noqa: ARG002  # this vendor names no events
        """Add the data of one server-sent event; raise ProviderError for an error in it."""
        if not data.strip():
            return
        try:
            found = read_json(data)
        except ValueError as error:
            raise invalid_reply(data) from error
        self._take(found)

    def whole(self, body: Any) -> None:
        """Add an unstreamed body; a list is a stream that came as one JSON array."""
        self._take(body)
        self.done = isinstance(body, dict)

    def finish(self) -> None:
        """End the reply; raise TransportError when a stream never said why the model stopped."""
        if not (self._word or self.done):
            raise truncated()
        self._calls.end()
        found = finish_class(self._word, calls=bool(self._calls.count), blocked=self._blocked)
        if self._kept.message:
            self._reply.metadata(finish_message=self._kept.message)
        self._kept.attach(self._reply, self._origin, texts=self._texts, failed=found in _FAILED)
        self._reply.finish(
            finish_class=found,
            stop_reason=self._word,
            usage=read_usage(self._usage) if self._usage else None,
        )

    def _take(self, found: Any) -> None:
        if isinstance(found, list) and found:
            for chunk in found:
                self._take(chunk)
            return
        if self._watch is not None:
            self._watch(found)
        if not isinstance(found, dict) or not any(name in found for name in (*_REPLY, *_ABOUT)):
            raise invalid_reply(found if isinstance(found, str) else compact(found))
        self._add(found)

    def _add(self, chunk: dict[str, Any]) -> None:
        if chunk.get("error"):
            raise ERRORS.inside(chunk["error"])
        if not chunk.keys() <= self._known:
            self._about(chunk)
        merge_usage(self._usage, chunk.get("usageMetadata") or {})
        for place, candidate in enumerate(chunk.get("candidates") or ()):
            self._candidate(place, candidate)
        feedback = chunk.get("promptFeedback") or {}
        if block_word(feedback.get("blockReason")):
            self._word, self._blocked = block_word(feedback["blockReason"]), True
            self._kept.blocked(feedback)

    def _about(self, chunk: dict[str, Any]) -> None:
        """Tell what the vendor says about itself, each thing when it first comes."""
        found = {
            ours: chunk[name] for name, ours in _ABOUT.items() if chunk.get(name) and name not in self._known
        }
        self._known.update(name for name in chunk if chunk[name])
        if found:
            self._reply.metadata(**found)

    def _candidate(self, place: int, candidate: dict[str, Any]) -> None:
        index = candidate.get("index")
        if place if index is None else index:
            self._kept.other_candidate(place if index is None else index, candidate)
            return
        for part in (candidate.get("content") or {}).get("parts") or ():
            self._part(part)
        fresh = self._kept.candidate(candidate)
        if fresh:
            self._reply.emit(Citations(items=fresh))
        self._word = finish_word(candidate.get("finishReason")) or self._word

    def _part(self, part: dict[str, Any]) -> None:
        name = "text" if len(part) == 1 and "text" in part else self._kind(part)
        if name != "functionCall":
            self._calls.end()
        if name != "inlineData":
            self._shown = []
        self._readers.get(name, self._opaque)(part)

    def _kind(self, part: dict[str, Any]) -> str:
        return next((name for name in self._readers if part.get(name) is not None), "")

    def _text(self, part: dict[str, Any]) -> None:
        text = part["text"]
        if len(part) == 1:
            if text:
                self._say(text)
            return
        beside = {name: value for name, value in part.items() if name != "text"}
        thought = bool(beside.get("thought"))
        if beside.keys() - _THOUGHT:
            self._signed_text(part, text, beside, thought=thought)
        elif text and thought:
            self._reply.reasoning(text)
            self._reply.attach(opaque=self._origin.tagged(part=_THOUGHT))
        elif text:
            self._say(text)

    def _signed_text(
        self, part: dict[str, Any], text: str, beside: Mapping[str, Any], *, thought: bool
    ) -> None:
        if not text:  # a signature alone: no text for anybody, yet it must go back
            self._opaque(part)
            return
        self._reply.close_segment()
        if thought:
            self._reply.reasoning(text)
        else:
            self._say(text)
        self._reply.attach(opaque=self._origin.tagged(part=dict(beside)))
        self._reply.close_segment()

    def _say(self, text: str) -> None:
        self._texts = True
        self._reply.text(text)

    def _media(self, part: dict[str, Any]) -> None:
        """Keep generated media as parts of a text block; neighbours without a signature share one."""
        if part.get("thought"):
            self._opaque(part)
            return
        beside = {name: value for name, value in part.items() if name != "inlineData"}
        if beside or not self._shown:
            self._reply.close_segment()
            self._shown = []
            self._say("")
        self._shown.append(_media_part(part["inlineData"]))
        self._reply.attach(parts=list(self._shown))
        if beside:
            self._reply.attach(opaque=self._origin.tagged(part=beside))
            self._shown = []
        # what comes next, text too, begins a block of its own
        self._reply.close_segment()

    def _function_call(self, part: dict[str, Any]) -> None:
        name = part["functionCall"].get("name")
        if self._offered is not None and name and name not in self._offered:
            self._calls.end()
            self._opaque(part)
        else:
            self._calls.add(part)

    def _opaque(self, part: dict[str, Any]) -> None:
        self._reply.opaque({"opaque": self._origin.tagged(part=part)})
        for name, status in _PROGRESS.items():
            if name in part:
                tool = str(part[name].get("toolType") or "CODE_EXECUTION")
                self._reply.emit(ServerToolProgress(tool, status, {"id": part[name].get("id") or ""}))


def _media_part(blob: Mapping[str, Any]) -> dict[str, Any]:
    """Return generated media as a part of ours: `image`, `audio`, `video`, and `document` for the rest."""
    media_type = str(blob.get("mimeType") or "")
    kind = media_type.partition("/")[0]
    known = kind if kind in ("image", "audio", "video") else "document"
    return {"type": known, "media_type": media_type, "data": blob.get("data") or ""}
