"""The unstreamed body that a recorded stream stands for, put together from its events."""

from __future__ import annotations

import copy
import json
from typing import TYPE_CHECKING, Any

from corpus_readers import events_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = ["REBUILD"]


def _chat(response: Mapping[str, Any]) -> Any:
    """Join the deltas of the first choice; None for what a plain join does not give."""
    whole: dict[str, Any] = {"choices": [{"index": 0, "message": {}, "finish_reason": None}]}
    choice, calls = whole["choices"][0], dict[int, Any]()
    for chunk in events_of(response):
        whole |= {name: value for name, value in chunk.items() if name != "choices" and value is not None}
        for found in chunk.get("choices") or []:
            if found.get("index") or "message" in found:
                return None
            choice["finish_reason"] = found.get("finish_reason") or choice["finish_reason"]
            if not _join_chat(choice["message"], calls, found.get("delta") or {}):
                return None
    if calls:
        choice["message"]["tool_calls"] = [call for _, call in sorted(calls.items())]
    return whole


def _join_chat(message: dict[str, Any], calls: dict[int, Any], delta: Mapping[str, Any]) -> bool:
    """Join one delta; False for lists and objects (audio, reasoning_details), which have rules of their own."""
    for name, value in delta.items():
        if name == "tool_calls" and all("index" in call for call in value or []):
            for call in value or []:
                _join_call(calls, call)
        elif isinstance(value, str) and name != "role":
            message[name] = message.get(name, "") + value
        elif value is not None and name != "role":
            return False
    return True


def _join_call(calls: dict[int, Any], call: Mapping[str, Any]) -> None:
    known = calls.setdefault(
        call["index"], {"id": "", "type": "function", "function": {"name": "", "arguments": ""}}
    )
    known["id"] = known["id"] or call.get("id") or ""
    function = call.get("function") or {}
    known["function"]["name"] = known["function"]["name"] or function.get("name") or ""
    known["function"]["arguments"] += function.get("arguments") or ""


def _responses(response: Mapping[str, Any]) -> Any:
    items, body = dict[int, Any](), None
    for event in events_of(response):
        if event["type"] == "response.output_item.done" and body is None:
            items[event["output_index"]] = event["item"]
        if event["type"] in {"response.completed", "response.incomplete"} and body is None:
            body = event["response"]
    return None if body is None else {**body, "output": [item for _, item in sorted(items.items())]}


def _anthropic(response: Mapping[str, Any]) -> Any:
    message: dict[str, Any] = {}
    blocks: list[dict[str, Any]] = []
    for event in events_of(response):
        kind = event.get("type")
        if kind == "message_start" and not message:
            message = copy.deepcopy(event["message"])
        elif kind == "content_block_start":
            blocks.append({**copy.deepcopy(event["content_block"]), "_json": ""})
        elif kind == "content_block_delta":
            _join_delta(blocks[-1], event["delta"])
        elif kind == "message_delta":
            message |= {name: value for name, value in event["delta"].items() if value is not None}
            message["usage"] |= {n: v for n, v in (event.get("usage") or {}).items() if v is not None}
    for block in blocks:
        text = block.pop("_json")
        if text:
            block["input"] = json.loads(text)
    return {**message, "content": blocks}


def _join_delta(block: dict[str, Any], delta: Mapping[str, Any]) -> None:
    texts = {"text_delta": "text", "thinking_delta": "thinking", "signature_delta": "signature"}
    if delta["type"] in texts:
        name = texts[delta["type"]]
        block[name] = (block.get(name) or "") + delta[name]
    elif delta["type"] == "input_json_delta":
        block["_json"] += delta["partial_json"]
    elif delta["type"] == "citations_delta":
        block["citations"] = [*(block.get("citations") or []), delta["citation"]]


def _gemini(response: Mapping[str, Any]) -> Any:
    whole: dict[str, Any] = {}
    parts: list[Any] = []
    candidate: dict[str, Any] = {}
    for chunk in events_of(response):
        usage = {**whole.get("usageMetadata", {}), **(chunk.get("usageMetadata") or {})}
        whole |= {name: value for name, value in chunk.items() if value is not None}
        whole["usageMetadata"] = {name: value for name, value in usage.items() if value is not None}
        for found in (chunk.get("candidates") or [])[:1]:
            parts += (found.get("content") or {}).get("parts") or []
            quoted = [*_quoted(candidate), *(one for one in _quoted(found) if one not in _quoted(candidate))]
            candidate |= {name: value for name, value in found.items() if value is not None}
            if quoted:
                candidate["citationMetadata"] = {"citationSources": quoted}
    if any("partialArgs" in (part.get("functionCall") or {}) for part in parts):
        return None  # pieces of arguments exist in streams only
    if candidate:
        said = {"content": {"role": "model", "parts": parts}} if parts else {}
        whole["candidates"] = [{**candidate, **said}]
    return whole


def _quoted(candidate: Mapping[str, Any]) -> list[Any]:
    """Return the sources of a candidate: chunks name them one after the other."""
    return list((candidate.get("citationMetadata") or {}).get("citationSources") or [])


#: API of a recording -> what makes one body of its stream; None where that is not possible
REBUILD: dict[str, Callable[[Mapping[str, Any]], Any]] = {
    "chat.completions": _chat,
    "responses": _responses,
    "messages": _anthropic,
    "generateContent": _gemini,
}
