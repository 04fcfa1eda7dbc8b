"""The request as a pure function of the turn and the options: a table of settings, the contents, the tools."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from geppetto.errors import InvalidOption
from geppetto.provider import ModelRules, Options, put, run_config, unsupported
from geppetto.tooling.names import ToolNames
from geppetto.turns import thaw

from geppetto_provider_gemini.address import versioned
from geppetto_provider_gemini.contents import ContentWriter
from geppetto_provider_gemini.origin import PACKAGE, VENDOR_HOST, gemini_origin
from geppetto_provider_gemini.parts import PartWriter, media_level
from geppetto_provider_gemini.tools import NAME_RULES, runs_functions_there, tool_fields

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from geppetto.engine import InferenceConfig, ToolConfig
    from geppetto.provider import Origin
    from geppetto.tooling import ToolDefinition
    from geppetto.turns import Turn

    from geppetto_provider_gemini.settings import GeminiSettings

__all__ = ["Request", "build_request"]

_API = "Gemini"
_CONFIG, _THINKING = "generationConfig", "thinkingConfig"
#: setting (of a run, else of the profile) -> place in the body
_PLACES: dict[str, tuple[str, ...] | str] = {
    "temperature": (_CONFIG, "temperature"),
    "top_p": (_CONFIG, "topP"),
    "top_k": (_CONFIG, "topK"),
    "max_output_tokens": (_CONFIG, "maxOutputTokens"),
    "stop": (_CONFIG, "stopSequences"),
    "seed": (_CONFIG, "seed"),
    "presence_penalty": (_CONFIG, "presencePenalty"),
    "frequency_penalty": (_CONFIG, "frequencyPenalty"),
    "candidate_count": (_CONFIG, "candidateCount"),
    "response_logprobs": (_CONFIG, "responseLogprobs"),
    "logprobs": (_CONFIG, "logprobs"),
    "response_modalities": (_CONFIG, "responseModalities"),
    "speech_config": (_CONFIG, "speechConfig"),
    "image_config": (_CONFIG, "imageConfig"),
    "media_resolution": (_CONFIG, "mediaResolution"),
    "reasoning_budget": (_CONFIG, _THINKING, "thinkingBudget"),
    "reasoning_effort": (_CONFIG, _THINKING, "thinkingLevel"),
    "include_thoughts": (_CONFIG, _THINKING, "includeThoughts"),
    "safety_settings": ("safetySettings",),
    "cached_content": ("cachedContent",),
    "service_tier": ("serviceTier",),
}
_MOST_STOPS = 5
#: fields of other APIs, or at the wrong place, that the vendor answers with 400 -> what to use here
_FOREIGN = {
    "messages": "the turn",
    "system": "a system block",
    "max_tokens": "the option max_output_tokens",
    "thinking": "reasoning_budget or reasoning_effort",
    "reasoning_effort": "the option reasoning_effort",
    "response_format": "the option response_format",
    **{
        name: f"{name} inside {_CONFIG}"
        for name in ("temperature", "topP", "topK", "maxOutputTokens", "stopSequences", "seed", _THINKING)
    },
}
#: what the engine itself decides; `extra` may not contradict it
_OWN = {"contents": "the turn", "systemInstruction": "system blocks", "model": "the option model"}


@dataclass(slots=True, frozen=True)
class Request:
    """A body ready to send, and what is needed to send it and to read the answer.

    `offered` are the wire names of this side's functions where others are called at the vendor; else None.
    """

    base: str
    body: dict[str, Any]
    model: str
    stream: bool
    names: ToolNames
    origin: Origin
    offered: frozenset[str] | None = None
    dropped_blocks: tuple[str, ...] = ()
    dropped_settings: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


def build_request(
    turn: Turn,
    config: InferenceConfig,
    tools: Sequence[ToolDefinition],
    tool_config: ToolConfig,
    settings: GeminiSettings,
) -> Request:
    """Return the request for a turn; the turn's own inference config stands above `config`, then `settings`.

    Raises InvalidOption for what this API cannot take, EncodeError for a turn that it would refuse.
    """
    config, rules = run_config(turn, config), ModelRules.load(PACKAGE)
    options = Options(_API, config, settings, rules=rules, policy=settings.unsupported)
    base = versioned(settings.base_url, settings.api_version)
    origin = gemini_origin(base, options.model)
    offered = [tool for tool in tools if tool_config.allows(tool.name)]
    names = ToolNames((tool.name for tool in offered), **NAME_RULES)
    writer = _writer(origin, names, options.model, base)
    body: dict[str, Any] = {"contents": writer.write(turn.blocks)}
    if writer.system:
        body["systemInstruction"] = {"parts": writer.system}
    body |= _fields(options, rules, origin)
    server_tools = _server_tools(options, rules, settings, offered)
    body |= tool_fields(offered, names, tool_config, settings, server_tools)
    _reply_format(body, config.response_format, options, rules)
    for extra in (settings.extra_body, config.extra or {}):
        body = _with_extra(body, extra, origin)
    _check_cache(body)
    hosted = runs_functions_there(body.get("tools") or ())
    return Request(
        base,
        thaw(body),
        options.model,
        settings.stream if config.stream is None else config.stream,
        names,
        origin,
        frozenset(names.wire(tool.name) for tool in offered) if hosted else None,
        tuple(writer.dropped),
        tuple(options.dropped),
        tuple(options.warnings),
    )


def _writer(origin: Origin, names: ToolNames, model: str, base: str) -> ContentWriter:
    rules = ModelRules.load(PACKAGE)
    parts = PartWriter(base, media_in_results=rules.trait(model, "media_in_results", ()))
    signature = rules.trait(model, "foreign_signature", "")
    return ContentWriter(origin=origin, names=names, parts=parts, foreign_signature=signature)


def _fields(options: Options, rules: ModelRules, origin: Origin) -> dict[str, Any]:
    body = options.write(_PLACES)
    config = body.get(_CONFIG) or {}
    if config.get("stopSequences") == []:
        del config["stopSequences"]
    if len(config.get("stopSequences") or ()) > _MOST_STOPS:
        raise InvalidOption(
            f"{_API} takes at most {_MOST_STOPS} stop texts", subject="stop", next_step="give fewer"
        )
    if "mediaResolution" in config:
        config["mediaResolution"] = media_level(config["mediaResolution"])
    _check_thinking(config.get(_THINKING) or {}, options.model, rules)
    if options.get("labels") and origin.host == VENDOR_HOST:
        options.refuse("labels", "leave it out: only Vertex AI has labels")
    else:
        put(body, ("labels",), options.get("labels"))
    if not config:
        body.pop(_CONFIG, None)
    return body


def _check_thinking(thinking: dict[str, Any], model: str, rules: ModelRules) -> None:
    """Write the level as the vendor does; raise InvalidOption for one that the model lacks, or beside a budget."""
    level = thinking.get("thinkingLevel")
    if level is None:
        return
    if "thinkingBudget" in thinking:
        raise InvalidOption(
            "reasoning_effort and reasoning_budget exclude each other", subject="reasoning_budget",
            next_step="give one of them",
        )  # fmt: skip
    known = rules.trait(model, "levels")
    if known is not None and level.lower() not in known:
        raise InvalidOption(
            f"{model} has no reasoning_effort `{level}` (rules of {rules.dated})",
            subject="reasoning_effort", next_step=f"use {', '.join(known)}",
        )  # fmt: skip
    thinking["thinkingLevel"] = level.upper()


def _server_tools(
    options: Options, rules: ModelRules, settings: GeminiSettings, offered: Sequence[ToolDefinition]
) -> list[dict[str, Any]]:
    if offered and settings.server_tools and not rules.trait(options.model, "combines", default=True):
        options.refuse(
            "server_tools", "before Gemini 3 they exclude functions: offer one kind", options.model
        )
        return []
    return settings.server_tools


def _reply_format(
    body: dict[str, Any], wanted: Mapping[str, Any] | None, options: Options, rules: ModelRules
) -> None:
    if wanted is None:
        return
    if body.get("tools") and not rules.trait(options.model, "combines", default=True):
        options.refuse("response_format", "before Gemini 3 it excludes tools: ask for one", options.model)
        return
    put(body, (_CONFIG, "responseMimeType"), "application/json")
    if wanted != {"type": "json"}:
        put(body, (_CONFIG, "responseJsonSchema"), wanted)


def _check_cache(body: Mapping[str, Any]) -> None:
    found = [name for name in ("systemInstruction", "tools", "toolConfig") if name in body]
    if body.get("cachedContent") and found:
        raise InvalidOption(
            f"beside cached_content {_API} takes no {', '.join(found)}",
            subject="cached_content",
            next_step="put system text and tools into the cache, and send neither with the request",
        )


def _with_extra(body: dict[str, Any], extra: Mapping[str, Any], origin: Origin) -> dict[str, Any]:
    for name in extra:
        if name in _OWN:
            raise InvalidOption(
                f"`{name}` cannot be set as extra", subject=name, next_step=f"use {_OWN[name]}"
            )
        if name in _FOREIGN and origin.host == VENDOR_HOST:
            raise unsupported(_API, name, f"use {_FOREIGN[name]}")
    merged = _merged(body, extra)
    if body.get("tools") and extra.get("tools"):  # tools of the vendor's stand beside the run's own
        merged["tools"] = [*body["tools"], *extra["tools"]]
    return merged


def _merged(known: Mapping[str, Any], found: Mapping[str, Any]) -> dict[str, Any]:
    """Return both objects in one, inner objects too; what is found goes before what was known."""
    result = dict(known)
    for name, value in found.items():
        before = result.get(name)
        both = isinstance(before, dict) and isinstance(value, dict)
        result[name] = _merged(before, value) if both and isinstance(before, dict) else value
    return result
