"""The request as a pure function of the turn and the options."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from geppetto.errors import EncodeError, InvalidOption
from geppetto.provider import ModelRules, Options, Origin, compact, named_choice, run_config, unsupported
from geppetto.tooling.names import ToolNames
from geppetto.turns import thaw

from geppetto_provider_claude.messages import MessageWriter
from geppetto_provider_claude.origin import messages_origin
from geppetto_provider_claude.schema import closed_schema
from geppetto_provider_claude.thinking import thinking_fields

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from geppetto.engine import InferenceConfig, ToolConfig
    from geppetto.tooling import ToolDefinition
    from geppetto.turns import Turn

    from geppetto_provider_claude.settings import ClaudeSettings

__all__ = ["Request", "build_request"]

_API = "Anthropic Messages"
_SAMPLING = ("temperature", "top_p", "top_k")
#: setting (of a run, else of the profile) -> place in the body, or what to do instead
_PLACES: dict[str, tuple[str, ...] | str] = {
    **{
        name: (name,)
        for name in (
            "model",
            *_SAMPLING,
            "container",
            "context_management",
            "service_tier",
            "inference_geo",
            "speed",
        )
    },
    "user": ("metadata", "user_id"),
    "seed": "leave it out: this API has no such thing",
}
#: what the engine itself decides, or what other APIs call it -> what to use here; `extra` may not say it
_OWN = {
    "messages": "the turn",
    "system": "a system block",
    "stream": "the option stream",
    "max_completion_tokens": "max_output_tokens",
    "stop": "stop as an option of the run",
    "response_format": "response_format as an option of the run",
}
_MOST_BREAKPOINTS = 4


@dataclass(slots=True, frozen=True)
class Request:
    """A body ready to send, and what is needed to read the answer: tool names and where content belongs."""

    body: dict[str, Any]
    names: ToolNames
    origin: Origin
    dropped_blocks: tuple[str, ...] = ()
    dropped_settings: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


def build_request(
    turn: Turn,
    config: InferenceConfig,
    tools: Sequence[ToolDefinition],
    tool_config: ToolConfig,
    settings: ClaudeSettings,
) -> Request:
    """Return the request for a turn; the turn's own inference config stands above `config`, then `settings`.

    Raises InvalidOption for what this API cannot take, EncodeError for a turn that it would refuse.
    """
    config = run_config(turn, config)
    rules = ModelRules.load("geppetto_provider_claude")
    options = Options(_API, config, settings, rules=rules, policy=settings.unsupported)
    model = options.model
    offered = [tool for tool in tools if tool_config.allows(tool.name)]
    names = ToolNames((tool.name for tool in offered), limit=128)
    origin = messages_origin(settings.base_url, model)
    writer = MessageWriter(
        origin=origin, names=names, system_messages=bool(rules.trait(model, "system_messages"))
    )
    body = _fields(options, rules, settings)
    body["messages"] = writer.write(turn.blocks)
    body |= _tools(offered, names, tool_config, settings, thinks=_thinks(body))
    _ask_for_format(
        body, writer.system, config.response_format, known=bool(rules.trait(model, "json_schema"))
    )
    if writer.system:
        body["system"] = writer.system
    if settings.cache:
        body["cache_control"] = _mark(settings.cache)
    body["stream"] = settings.stream if config.stream is None else config.stream
    for extra in (settings.extra_body, config.extra or {}):
        _refuse_own(extra)
        body |= extra
    _check_breakpoints(body)
    dropped = tuple(writer.dropped), tuple(options.dropped), tuple(options.warnings)
    return Request(thaw(body), names, origin, *dropped)


def _fields(options: Options, rules: ModelRules, settings: ClaudeSettings) -> dict[str, Any]:
    asked, model = options.get("max_output_tokens"), options.model
    body = options.write(_PLACES)
    body |= thinking_fields(
        options,
        adaptive=bool(rules.trait(model, "adaptive")),
        max_tokens=asked or int(rules.trait(model, "max_output")),
        fixed=asked is not None,
    )
    stop = options.get("stop")
    if stop:
        body["stop_sequences"] = list(stop)
    if settings.mcp_servers:
        body["mcp_servers"] = settings.mcp_servers
    _refuse_sampling(body, options, rules, settings)
    return body


def _refuse_sampling(
    body: dict[str, Any], options: Options, rules: ModelRules, settings: ClaudeSettings
) -> None:
    """Take out what samples where the version, the thinking or the model does not let it stand."""
    present = [name for name in _SAMPLING if name in body]
    if settings.api_version != "2023-06-01":
        refused, why = present, "leave it out: this version of the API has no sampling settings"
    elif _thinks(body):
        refused = [name for name in present if (name, body[name]) != ("temperature", 1)]
        why = "leave it out: a model that thinks samples in a fixed way"
    elif rules.trait(options.model, "one_sampling") and {"temperature", "top_p"} <= set(present):
        refused, why = ["top_p"], "set temperature or top_p, not both"
    else:
        return
    for name in refused:
        options.refuse(name, why, f"{options.model} here")
        del body[name]


def _thinks(body: Mapping[str, Any]) -> bool:
    return body.get("thinking", {}).get("type") in {"enabled", "adaptive"}


def _tools(
    offered: Sequence[ToolDefinition],
    names: ToolNames,
    config: ToolConfig,
    settings: ClaudeSettings,
    *,
    thinks: bool,
) -> dict[str, Any]:
    tools: list[dict[str, Any]] = [*(_tool(tool, names) for tool in offered), *settings.server_tools]
    if not tools:
        return {}
    if settings.cache_tools:
        tools[-1] = {**tools[-1], "cache_control": _mark(settings.cache_tools)}
    named = named_choice(config, offered)
    kinds = {"auto": "auto", "none": "none", "required": "any"}
    choice: dict[str, Any] = (
        {"type": kinds[config.tool_choice]} if named is None else {"type": "tool", "name": names.wire(named)}
    )
    if thinks and choice["type"] in {"any", "tool"}:
        raise InvalidOption(
            "a model that thinks cannot be made to call a tool",
            subject="tool_choice",
            next_step="use tool_choice auto, or leave thinking out",
        )
    if settings.parallel_tool_calls is False and choice["type"] != "none":
        choice["disable_parallel_tool_use"] = True
    return {"tools": tools, "tool_choice": choice}


def _tool(tool: ToolDefinition, names: ToolNames) -> dict[str, Any]:
    found: dict[str, Any] = {
        "name": names.wire(tool.name),
        "input_schema": {"type": "object", **tool.parameters},
    }
    if tool.description:
        found["description"] = tool.description
    return {**found, "strict": True} if tool.strict else found


def _ask_for_format(
    body: dict[str, Any], system: list[dict[str, Any]], wanted: Mapping[str, Any] | None, *, known: bool
) -> None:
    """Ask for JSON: by a schema where model and schema allow it, else in words; the reply is checked either way."""
    if wanted is None:
        return
    plain = thaw(dict(wanted))
    schema = closed_schema(plain) if known and plain != {"type": "json"} else None
    if schema is not None:
        body.setdefault("output_config", {})["format"] = {"type": "json_schema", "schema": schema}
        return
    text = "Answer with one JSON object and nothing else: no words around it, no code fence."
    if plain != {"type": "json"}:
        text += f" It must fit this JSON Schema: {compact(plain)}"
    system.append({"type": "text", "text": text})


def _mark(ttl: str) -> dict[str, str]:
    return {"type": "ephemeral", "ttl": ttl}


def _refuse_own(extra: Mapping[str, Any]) -> None:
    for name in extra:
        if name in _OWN:
            raise unsupported(_API, name, f"use {_OWN[name]}")


def _check_breakpoints(body: Mapping[str, Any]) -> None:
    count = _breakpoints(body)
    if count > _MOST_BREAKPOINTS:
        raise EncodeError(
            f"the request has {count} cache breakpoints, and the API takes {_MOST_BREAKPOINTS}",
            code="TOO_MANY_BREAKPOINTS",
            subject="cache_control",
            next_step="mark fewer blocks, or set cache to let the API choose",
        )


def _breakpoints(node: Any) -> int:
    if isinstance(node, list):
        return sum(_breakpoints(item) for item in node)
    if not isinstance(node, dict):
        return 0
    return ("cache_control" in node) + sum(
        _breakpoints(value) for name, value in node.items() if name not in {"input", "input_schema"}
    )
