"""The answer as a pure reduction: each chunk of a stream adds to one Reply; an unstreamed body is one large chunk."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from geppetto.events import Citations
from geppetto.provider import compact, invalid_reply, read_json, truncated
from geppetto.turns import BlockKind

from geppetto_provider_openai.calls import CallKeys
from geppetto_provider_openai.errors import ERRORS
from geppetto_provider_openai.kept import Kept
from geppetto_provider_openai.merge import merge_reasoning
from geppetto_provider_openai.stop import finish_class
from geppetto_provider_openai.usage import read_usage

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from geppetto.engine import Reply
    from geppetto.provider import Origin
    from geppetto.tooling.names import ToolNames

__all__ = ["Reducer"]

#: what the provider says about itself -> our name
_ABOUT = {
    "id": "response_id",
    "model": "model",
    "system_fingerprint": "system_fingerprint",
    "service_tier": "service_tier",
    "provider": "upstream",
}
#: the order in which a whole message is read
_ORDER = ("reasoning_content", "reasoning", "reasoning_details", "content", "refusal", "audio", "annotations")
_PLAIN_REASONING = ("reasoning_content", "reasoning")
_DETAIL_TEXTS = ("text", "summary")
_LEGACY_CALL = "function_call"


class Reducer:
    """Fill a Reply from chat completion chunks: `feed` each event of a stream, or `whole` a body, then `finish`.

    Choice 0 is the answer. Further choices (`n` > 1) are kept whole in `other` blocks, which are never sent back and
    whose calls nobody runs. `watch` sees each object as it was parsed.
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
        self._fields: dict[str, Callable[[Any], None]] = {
            "content": self._content,
            "refusal": self._refusal,
            "reasoning_content": self._reasoning_content,
            "reasoning": self._reasoning,
            "reasoning_details": self._reasoning_details,
            "annotations": self._annotations,
            "audio": self._audio,
            "tool_calls": self._tool_calls,
            "function_call": self._function_call,
        }
        self._said: set[str] = set()
        self._delta: Mapping[str, Any] = {}
        self._channel = ""
        self._keys = CallKeys()
        #: the field that plain reasoning comes in
        self._thinks_in = ""
        self._legacy = self._refused = False
        #: the stream said that nothing follows
        self.done = False
        self._kept = Kept()
        self._sources: list[Any] = []
        self._usage: Mapping[str, Any] | None = None
        self._finish: str | None = None

    def feed(self, data: str, event: str = "message") -> None:
        """Add the data of one server-sent event; raise ProviderError for an error in it."""
        if data.startswith("[DONE]"):
            self.done = True
            return
        if not data.strip():
            return
        try:
            chunk = read_json(data)
        except ValueError as error:
            raise invalid_reply(data) from error
        if self._watch is not None:
            self._watch(chunk)
        if not isinstance(chunk, dict):
            raise invalid_reply(data)
        if event == "error" or chunk.get("object") == "error":
            raise ERRORS.inside(chunk.get("error") or chunk)
        self._add(chunk)

    def whole(self, body: Any) -> None:
        """Add an unstreamed body, turned into the chunk that a stream would have sent it in."""
        if self._watch is not None:
            self._watch(body)
        if not isinstance(body, dict) or not (isinstance(body.get("choices"), list) or body.get("error")):
            raise invalid_reply(body if isinstance(body, str) else compact(body))
        choices = [_as_delta(choice, place) for place, choice in enumerate(body.get("choices") or ())]
        self._add({**body, "choices": choices})
        self.done, self._finish = True, self._finish or ""

    def finish(self) -> None:
        """End the reply; raise TransportError when the model never said why it stopped."""
        if self._finish is None or not (self._finish or self.done):
            raise truncated()
        if self._sources and not self._kept.citations:
            self._annotations(self._sources)
        self._kept.attach(self._reply, self._origin)
        self._reply.finish(
            finish_class=finish_class(
                self._finish, calls=bool(len(self._keys) or self._legacy), refused=self._refused
            ),
            stop_reason=self._finish,
            usage=read_usage(self._usage) if self._usage else None,
        )

    def _add(self, chunk: dict[str, Any]) -> None:
        if chunk.get("error"):
            raise ERRORS.inside(chunk["error"])
        self._about(chunk)
        usage = chunk.get("usage") or (chunk.get("x_groq") or {}).get("usage")
        self._usage = usage or self._usage  # the last one counts: some hosts repeat a growing one
        for choice in chunk.get("choices") or ():
            self._choice(choice)

    def _about(self, chunk: dict[str, Any]) -> None:
        found = {
            ours: chunk[name] for name, ours in _ABOUT.items() if ours not in self._said and chunk.get(name)
        }
        if found:
            self._said.update(found)
            self._reply.metadata(**found)
        self._sources = chunk.get("search_results") or chunk.get("citations") or self._sources

    def _choice(self, choice: dict[str, Any]) -> None:
        if choice.get("error"):
            raise ERRORS.inside(choice["error"])
        delta, word = choice.get("delta") or {}, choice.get("finish_reason")
        if choice.get("index"):
            self._kept.other_choice(choice["index"], delta, word)
            return
        self._delta = delta
        for name, value in delta.items():
            if value and name in self._fields:
                self._fields[name](value)
        if word is not None:
            self._finish = word or self._finish or ""
        self._usage = choice.get("usage") or self._usage

    def _say(self, channel: str, text: str) -> None:
        if channel != self._channel:  # a refusal is a block of its own
            self._reply.close_segment()
            self._channel = channel
        self._reply.text(text)

    def _content(self, content: Any) -> None:
        if isinstance(content, str):
            self._say("content", content)
            return
        for part in content:
            if part.get("type") == "thinking":
                self._reply.reasoning(_text_of(part.get("thinking")))
            else:
                self._say("content", _text_of(part.get("text")))

    def _refusal(self, text: str) -> None:
        self._refused = True
        self._say("refusal", text)
        self._reply.attach(BlockKind.LLM_TEXT, refusal=True)

    def _reasoning_content(self, text: str) -> None:
        self._think(text, "reasoning_content")

    def _reasoning(self, text: str) -> None:
        self._think(text, "reasoning")

    def _think(self, text: str, field: str) -> None:
        self._thinks_in = self._thinks_in or field
        if field != self._thinks_in:  # between two names of the field, hosts send both
            return
        self._reply.reasoning(text)
        self._reply.attach(BlockKind.REASONING, opaque=self._origin.tagged(field=field))

    def _reasoning_details(self, items: list[dict[str, Any]]) -> None:
        # the text comes here only where no plain field brings it too
        plain = self._thinks_in or any(self._delta.get(name) for name in _PLAIN_REASONING)
        for item in items:
            text = "" if plain else "".join(str(item.get(name) or "") for name in _DETAIL_TEXTS)
            if text or not (plain or self._kept.details):
                self._reply.reasoning(text)
            merge_reasoning(self._kept.details, item)

    def _annotations(self, items: list[Any]) -> None:
        self._kept.citations += items
        self._reply.emit(Citations(items=items))

    def _audio(self, audio: dict[str, Any]) -> None:
        if audio.get("transcript"):
            self._say("content", audio["transcript"])
        self._kept.sound(audio)

    def _tool_calls(self, fragments: list[dict[str, Any]]) -> None:
        for fragment in fragments:
            self._call(fragment)

    def _call(self, fragment: dict[str, Any]) -> None:
        custom = fragment.get("type") == "custom" or (fragment.get("custom") and not fragment.get("function"))
        said = fragment.get("custom" if custom else "function") or {}
        name = said.get("name") or ""
        key, call_id = self._keys.key(fragment.get("index"), fragment.get("id") or "", name)
        text = said.get("input" if custom else "arguments") or ""
        text = text if isinstance(text, str) else compact(text)
        if custom:
            self._kept.custom[key] = self._kept.custom.get(key, "") + text
        self._reply.tool_call(key, id=call_id, name=self._names.local(name), arguments=text)

    def _function_call(self, call: dict[str, Any]) -> None:
        name, text = call.get("name") or "", call.get("arguments") or ""
        if name or text:
            self._legacy = True
            self._reply.tool_call(_LEGACY_CALL, name=self._names.local(name), arguments=text)


def _as_delta(choice: dict[str, Any], place: int) -> dict[str, Any]:
    """Turn a whole choice into the chunk form: its message as delta, its calls numbered."""
    message = choice.get("message") or {}
    first = {name: message[name] for name in _ORDER if name in message}
    delta = {**first, **{name: value for name, value in message.items() if name not in first}}
    if delta.get("tool_calls"):
        delta["tool_calls"] = [{**call, "index": index} for index, call in enumerate(delta["tool_calls"])]
    return {"index": place, **choice, "delta": delta}


def _text_of(value: Any) -> str:
    if isinstance(value, list):
        return "".join(str(part.get("text") or "") for part in value if isinstance(part, dict))
    return str(value or "")
