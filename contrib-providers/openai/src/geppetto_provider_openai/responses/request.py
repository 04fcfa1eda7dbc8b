"""The request as a pure function of the turn and the options."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from geppetto.provider import ModelRules, Options, named_choice, put, run_config, unsupported
from geppetto.tooling.names import ToolNames
from geppetto.turns import BlockKind, thaw

from geppetto_provider_openai.origin import responses_origin
from geppetto_provider_openai.request import Request
from geppetto_provider_openai.responses.items import ItemWriter
from geppetto_provider_openai.strict import is_strict

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from geppetto.engine import InferenceConfig, ToolConfig
    from geppetto.tooling import ToolDefinition
    from geppetto.turns import Block, Turn

    from geppetto_provider_openai.responses.settings import ResponsesSettings

__all__ = ["build_request"]

_API = "OpenAI Responses"
_ABSENT = "leave it out: this API has no such thing"
#: setting (of a run, else of the profile) -> place in the body, or what to do instead
_PLACES: dict[str, tuple[str, ...] | str] = {
    **{
        name: (name,)
        for name in (
            "model", "temperature", "top_p", "max_output_tokens", "parallel_tool_calls", "max_tool_calls", "store",
            "previous_response_id", "truncation", "service_tier", "metadata", "prompt_cache_key", "prompt_cache_retention", "prompt_cache_options", "safety_identifier",
        )
    },
    "reasoning_effort": ("reasoning", "effort"),
    "reasoning_summary": ("reasoning", "summary"),
    "verbosity": ("text", "verbosity"),
    "stop": _ABSENT,
    "seed": _ABSENT,
    "reasoning_budget": "leave it out; reasoning is asked for with reasoning_effort",
}  # fmt: skip
#: fields that the engine itself decides, or that other APIs have -> what to use here
_REFUSED = {
    "input": "the turn",
    "messages": "the turn",
    "stream": "the option stream",
    "background": "a run of its own; replies in the background are not waited for",
    "max_tokens": "max_output_tokens",
    "response_format": "response_format as an option of the run",
    "thinking": "reasoning_effort",
    "stop": "nothing: this API has no stop texts",
    "seed": "nothing: this API has no seed",
}


def build_request(
    turn: Turn,
    config: InferenceConfig,
    tools: Sequence[ToolDefinition],
    tool_config: ToolConfig,
    settings: ResponsesSettings,
) -> Request:
    """Return the request for a turn; the turn's own inference config stands above `config`, then `settings`.

    Raises InvalidOption for what this API cannot take, EncodeError for a turn that it would refuse.
    """
    config = run_config(turn, config)
    options = Options(
        _API, config, settings, rules=ModelRules.load("geppetto_provider_openai"), policy=settings.unsupported
    )
    offered = [tool for tool in tools if tool_config.allows(tool.name)]
    names = ToolNames(tool.name for tool in offered)
    origin = responses_origin(settings.base_url, options.model)
    writer = ItemWriter(origin=origin, names=names, system_role="developer", stored=settings.store)
    body = options.write(_PLACES)
    instructions, blocks = _instructions(turn.blocks)
    body |= instructions
    body["input"] = writer.write(blocks)
    body |= _tools(offered, names, tool_config, settings)
    put(body, ("text", "format"), _format(config.response_format))
    put(body, ("include",), _include(settings) or None)
    body["stream"] = settings.stream if config.stream is None else config.stream
    for extra in (settings.extra_body, config.extra or {}):
        _refuse_foreign(extra)
        body |= extra
    return Request(
        thaw(body), names, origin, tuple(writer.dropped), tuple(options.dropped), tuple(options.warnings)
    )


def _instructions(blocks: list[Block]) -> tuple[dict[str, Any], list[Block]]:
    """Take a leading system block as the instructions; later ones stay where they are."""
    if blocks and blocks[0].kind is BlockKind.SYSTEM and blocks[0].text:
        return {"instructions": blocks[0].text}, blocks[1:]
    return {}, blocks


def _include(settings: ResponsesSettings) -> list[str]:
    """Ask for the reasoning's content, which must be sent back when the vendor keeps nothing."""
    own = [] if settings.store else ["reasoning.encrypted_content"]
    return [*own, *(name for name in settings.include if name not in own)]


def _tools(
    offered: Sequence[ToolDefinition], names: ToolNames, config: ToolConfig, settings: ResponsesSettings
) -> dict[str, Any]:
    tools: list[Any] = [*(_tool(tool, names) for tool in offered), *settings.server_tools]
    if not tools:
        return {}
    named = named_choice(config, offered)
    choice: Any = config.tool_choice
    if named is not None:
        choice = {"type": "function", "name": names.wire(named)}
    return {"tools": tools, "tool_choice": choice}


def _tool(tool: ToolDefinition, names: ToolNames) -> dict[str, Any]:
    function: dict[str, Any] = {"type": "function", "name": names.wire(tool.name)}
    if tool.description:
        function["description"] = tool.description
    # said explicitly: left out, the API makes schemas strict where it can, and optional fields required
    return {**function, "parameters": dict(tool.parameters), "strict": tool.strict}


def _format(wanted: Mapping[str, Any] | None) -> dict[str, Any] | None:
    if wanted is None:
        return None
    if wanted == {"type": "json"}:
        return {"type": "json_object"}
    name = re.sub(r"[^a-zA-Z0-9_-]", "_", str(wanted.get("title") or "reply"))[:64]
    return {"type": "json_schema", "name": name, "schema": dict(wanted), "strict": is_strict(wanted)}


def _refuse_foreign(extra: Mapping[str, Any]) -> None:
    for name in extra:
        if name in _REFUSED:
            raise unsupported(_API, name, f"use {_REFUSED[name]}")
