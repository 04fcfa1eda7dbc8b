"""The simplest reading of a recorded answer, vendor by vendor: what the engines' own decoding is compared with.

Nothing here is shared with the providers: a slip there must not hide itself here.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

__all__ = ["READERS", "Reading", "events_of"]


@dataclass
class Reading:
    """What an answer says: text, reasoning, calls as (name, arguments), the vendor's word, its total of tokens."""

    text: str = ""
    reasoning: str = ""
    calls: list[tuple[str, Any]] = field(default_factory=list)
    word: str = ""
    total: int | None = None
    #: opaque strings that must come back in the next request, byte for byte
    kept: list[str] = field(default_factory=list)


def events_of(response: Mapping[str, Any]) -> list[Any]:
    """Return the JSON of the events of a recorded stream, or the objects of a JSON array."""
    raw = str(response["sse_raw"]).removeprefix("\ufeff")
    if response.get("stream_format") == "json_array":
        found: list[Any] = json.loads(raw)
        return found
    return list(_data(raw))


def _data(raw: str) -> Iterator[Any]:
    for block in raw.replace("\r\n", "\n").replace("\r", "\n").split("\n\n"):
        lines = [line[5:].removeprefix(" ") for line in block.split("\n") if line.startswith("data:")]
        text = "\n".join(lines).strip()
        if text and text != "[DONE]":
            yield json.loads(text)


def _arguments(text: str) -> Any:
    try:
        return json.loads(text) if text.strip() else {}
    except ValueError:
        return text


def read_chat(response: Mapping[str, Any]) -> Reading:
    """Read a chat completion."""
    chunks = events_of(response) if "sse_raw" in response else [response["body"]]
    found, calls = Reading(), dict[Any, list[str]]()
    for chunk in chunks:
        usage = chunk.get("usage") or {}
        found.total = usage.get("total_tokens", found.total)
        for choice in chunk.get("choices") or []:
            if choice.get("index"):
                continue
            said = choice.get("delta") or choice.get("message") or {}
            content = said.get("content") or ""
            if isinstance(content, list):
                content = "".join(str(part.get("text") or "") for part in content)
            found.text += (
                content + (said.get("refusal") or "") + ((said.get("audio") or {}).get("transcript") or "")
            )
            found.word = choice.get("finish_reason") or found.word
            for position, call in enumerate(said.get("tool_calls") or []):
                key = (
                    (call.get("index", position), call.get("id"))
                    if "message" in choice
                    else call.get("index", position)
                )
                known = calls.setdefault(key, ["", ""])
                function = call.get("function") or call.get("custom") or {}
                known[0] = known[0] or function.get("name") or ""
                known[1] += function.get("arguments") or function.get("input") or ""
            legacy = said.get("function_call") or {}
            if legacy.get("name") or legacy.get("arguments"):
                known = calls.setdefault("legacy", ["", ""])
                known[0] = known[0] or legacy.get("name") or ""
                known[1] += legacy.get("arguments") or ""
    found.calls = [(name, _arguments(text)) for name, text in calls.values()]
    return found


def read_responses(response: Mapping[str, Any]) -> Reading:
    """Read a Response: the items that were done, in order."""
    body, items = response.get("body"), dict[int, Any]()
    if "sse_raw" in response:
        body = {}
        for event in events_of(response):
            if event["type"] == "response.output_item.done":
                items.setdefault(event["output_index"], event["item"])
            if event["type"] in {"response.completed", "response.incomplete"} and not body:
                body = event["response"]
    else:
        items = dict(enumerate((body or {}).get("output") or []))
    found = Reading(
        word=str((body or {}).get("status") or ""),
        total=((body or {}).get("usage") or {}).get("total_tokens"),
    )
    for _, item in sorted(items.items()):
        if item["type"] == "message":
            found.text += "".join(
                str(part.get("text") or part.get("refusal") or "") for part in item["content"]
            )
        elif item["type"] == "function_call":
            found.calls.append((item["name"], _arguments(item["arguments"])))
        elif item["type"] == "custom_tool_call":
            found.calls.append((item["name"], item["input"]))
        elif item["type"] == "reasoning" and item.get("encrypted_content"):
            found.kept.append(item["encrypted_content"])
    return found


def read_anthropic(response: Mapping[str, Any]) -> Reading:
    """Read a message; of cumulative counts the last word on each."""
    found = Reading()
    if "sse_raw" in response:
        blocks, usage, found.word = _message_of(events_of(response))
    else:
        body = response["body"]
        blocks, usage = dict(enumerate(body["content"])), dict(body.get("usage") or {})
        found.word = str(body.get("stop_reason") or "")
    counts = ("input_tokens", "output_tokens", "cache_creation_input_tokens", "cache_read_input_tokens")
    found.total = sum(usage.get(name) or 0 for name in counts) if usage else None
    for _, block in sorted(blocks.items()):
        if block["type"] == "text":
            found.text += block["text"]
        elif block["type"] == "thinking":
            found.reasoning += block["thinking"]
            found.kept += [block["signature"]] if block.get("signature") else []
        elif block["type"] == "redacted_thinking":
            found.kept.append(block["data"])
        elif block["type"] == "tool_use":
            found.calls.append(
                (block["name"], _arguments(block["json"]) if block.get("json") else block["input"])
            )
    return found


def _message_of(events: list[Any]) -> tuple[dict[int, dict[str, Any]], dict[str, Any], str]:
    blocks, usage, word = dict[int, dict[str, Any]](), dict[str, Any](), ""
    for event in events:
        kind = event.get("type")
        counts = event.get("usage") or (event.get("message") or {}).get("usage") or {}
        usage |= {name: count for name, count in counts.items() if count is not None}
        if kind == "content_block_start":
            blocks.setdefault(event["index"], {**event["content_block"], "json": ""})
        elif kind == "content_block_delta":
            _add_delta(blocks[event["index"]], event["delta"])
        elif kind == "message_delta":
            word = event["delta"].get("stop_reason") or word
    return blocks, usage, word


def _add_delta(block: dict[str, Any], delta: Mapping[str, Any]) -> None:
    names = {"text_delta": "text", "thinking_delta": "thinking", "signature_delta": "signature"}
    if delta["type"] in names:
        name = names[delta["type"]]
        block[name] = (block.get(name) or "") + delta[name]
    elif delta["type"] == "input_json_delta":
        block["json"] += delta["partial_json"]


def read_gemini(response: Mapping[str, Any]) -> Reading:
    """Read generated content: the parts of the first candidate, of cumulative counts the last."""
    body: Any = response.get("body")
    chunks = events_of(response) if "sse_raw" in response else body if isinstance(body, list) else [body]
    found, usage = Reading(), dict[str, Any]()
    for chunk in chunks:
        found.word = str((chunk.get("promptFeedback") or {}).get("blockReason") or found.word)
        usage |= {k: v for k, v in (chunk.get("usageMetadata") or {}).items() if v is not None}
        for candidate in (chunk.get("candidates") or [])[:1]:
            word = candidate.get("finishReason") or found.word
            found.word = "STOP" if word == 1 else str(word)  # some clients ask for enums as numbers
            for part in (candidate.get("content") or {}).get("parts") or []:
                _add_part(found, part)
    found.total = usage.get("totalTokenCount")
    return found


def _add_part(found: Reading, part: Mapping[str, Any]) -> None:
    if part.get("thoughtSignature"):
        found.kept.append(part["thoughtSignature"])
    if part.get("thought"):
        found.reasoning += part.get("text") or ""
    elif "functionCall" in part:
        found.calls.append((part["functionCall"]["name"], part["functionCall"].get("args") or {}))
    else:
        found.text += part.get("text") or ""


#: API of a recording -> its reading
READERS = {
    "chat.completions": read_chat,
    "responses": read_responses,
    "messages": read_anthropic,
    "generateContent": read_gemini,
}
