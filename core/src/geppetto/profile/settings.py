"""What the sections of a profile mean to an engine: our own sections as they are, those of the Go library by one table.

Our own are `engine` (`name`), `settings` (the engine's settings) and `inference` (what a run asks of any model). A vendor's
section counts only for that vendor's engine, so a key or an address never travels to another one.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from geppetto.config.pointer import join
from geppetto.turns import thaw

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["SECTIONS", "RunDocument", "engine_of", "run_document", "vendor_of"]

#: type of API in a Go profile -> engine; others are the engine's own name
_ENGINES = {"openai": "openai", "openai-responses": "openai-responses", "open-responses": "openai-responses"}
#: engine -> the vendor whose section of a Go profile, and whose key and address, are its own
_VENDORS = {"openai-responses": "openai", "anthropic": "claude", "google": "gemini"}
#: field of the section `ai-chat` -> setting
_CHAT = {
    "ai-engine": "model",
    "ai-max-response-tokens": "max_output_tokens",
    "ai-temperature": "temperature",
    "ai-top-p": "top_p",
    "ai-stop": "stop",
    "ai-stream": "stream",
}
#: field of the sections `ai-inference` and `inference`, with or without the prefix `inference-` -> setting
_INFERENCE = {
    "thinking-budget": "reasoning_budget",
    "reasoning-effort": "reasoning_effort",
    "reasoning-summary": "reasoning_summary",
    "temperature": "temperature",
    "top-p": "top_p",
    "max-response-tokens": "max_output_tokens",
    "stop": "stop",
    "seed": "seed",
}
#: vendor -> field of its own section, without the vendor's prefix -> setting
_OWN = {
    "openai": {
        "presence-penalty": "presence_penalty",
        "frequency-penalty": "frequency_penalty",
        "logit-bias": "logit_bias",
        "reasoning-effort": "reasoning_effort",
        "reasoning-summary": "reasoning_summary",
        "parallel-tool-calls": "parallel_tool_calls",
        "organization": "organization",
    },
    "claude": {"top-k": "top_k", "user-id": "user"},
    "gemini": {"api-version": "api_version", "include-thoughts": "include_thoughts"},
}
#: the sections that mean something to some engine
SECTIONS = frozenset({
    "engine", "settings", "inference", "ai-chat", "ai-inference", "ai-client", "client", "api",
    *(f"{vendor}-chat" for vendor in _OWN),
})  # fmt: skip


@dataclass(slots=True)
class RunDocument:
    """One document per run: engine, settings and inference options; `ignored` names what means nothing to the engine.

    `origins` leads from a path of the document to the paths in the sections that may say it (JSON pointers); inside one
    profile the last one counts.
    """

    engine: str = ""
    settings: dict[str, Any] = field(default_factory=dict, repr=False)
    inference: dict[str, Any] = field(default_factory=dict, repr=False)
    timeout: float | None = None
    ignored: list[str] = field(default_factory=list)
    origins: dict[str, list[str]] = field(default_factory=dict)

    def put(self, setting: str, value: Any, *origin: str) -> None:
        """Set an engine setting that stands in the sections at `origin`."""
        self.settings[setting] = value
        self.note(join("/settings", setting), *origin)

    def note(self, pointer: str, *origin: str) -> None:
        """Remember where a path is from."""
        source = ""
        for part in origin:
            source = join(source, part)
        self.origins.setdefault(pointer, []).append(source)


def run_document(sections: Mapping[str, Mapping[str, Any]]) -> RunDocument:
    """Return what the merged sections of a profile mean."""
    found = RunDocument()
    plain: dict[str, dict[str, Any]] = {name: thaw(dict(fields)) for name, fields in sections.items()}
    chat = plain.get("ai-chat", {})
    kind = str(chat.pop("ai-api-type", ""))
    named = plain.get("engine", {}).get("name")
    found.engine = str(named or engine_of(kind))
    found.note("/engine", *(("engine", "name") if named else ("ai-chat", "ai-api-type")))
    if named and kind and engine_of(kind) != named:
        found.ignored.append("ai-chat.ai-api-type")
    _take(found, "ai-chat", chat, _CHAT)
    for name in ("ai-inference", "inference"):
        _inference(found, name, plain.get(name, {}))
    _vendor(found, plain)
    _client(found, plain)
    for name, value in plain.get("settings", {}).items():
        found.put(name, value, "settings", name)
    found.ignored += sorted(name for name in plain if name not in SECTIONS)
    return found


def engine_of(kind: str) -> str:
    """Return the engine for a type of API in a Go profile."""
    return _ENGINES.get(kind, kind)


def vendor_of(engine: str) -> str:
    """Return whose section, key and address an engine uses, in the words of a Go profile."""
    return _VENDORS.get(engine, engine)


def _inference(found: RunDocument, section: str, fields: Mapping[str, Any]) -> None:
    """Take a section of inference options: those of the Go library by its table, our own as they are."""
    for name, value in fields.items():
        key = name.removeprefix("inference-")
        if key in _INFERENCE and ("-" in name or section != "inference"):
            _take(found, section, {name: value}, {name: _INFERENCE[key]})
        elif section == "inference":
            found.inference[name] = value
            found.note(join("/inference", name), section, name)
        else:
            found.ignored.append(f"{section}.{name}")


def _take(found: RunDocument, section: str, fields: Mapping[str, Any], table: Mapping[str, str]) -> None:
    for name, value in fields.items():
        if value is None:
            continue
        if name in table:
            found.put(table[name], value, section, name)
        else:
            found.ignored.append(f"{section}.{name}")


def _vendor(found: RunDocument, plain: Mapping[str, Mapping[str, Any]]) -> None:
    """Take the vendor's own section, and its key and address, wherever a Go profile may say them."""
    vendor = vendor_of(found.engine)
    own = {"api-key": "api_key", "base-url": "base_url", **_OWN.get(vendor, {})}
    api = plain.get("api", {})
    for origin in (("api", "base_urls"), ("api", "api_keys"), (f"{vendor}-chat",)):
        fields = api.get(origin[1]) if len(origin) > 1 else plain.get(origin[0])
        for name, value in (fields if isinstance(fields, dict) else {}).items():
            setting = own.get(name.removeprefix(f"{vendor}-")) if name.startswith(f"{vendor}-") else None
            if setting and value is not None:
                found.put(setting, value, *origin, name)


def _client(found: RunDocument, plain: Mapping[str, Mapping[str, Any]]) -> None:
    for name in ("ai-client", "client"):
        for key, value in plain.get(name, {}).items():
            if key in {"timeout", "timeout_second"} and isinstance(value, (int, float)):
                found.timeout = float(value)
                found.note("/timeout", name, key)
            elif key == "organization" and vendor_of(found.engine) == "openai" and value:
                found.put("organization", value, name, key)
            else:
                found.ignored.append(f"{name}.{key}")
