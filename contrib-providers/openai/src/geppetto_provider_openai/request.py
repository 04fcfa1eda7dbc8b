"""The request as a pure function of the turn and the options: a table of settings, the messages, the tools."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from geppetto.errors import InvalidOption
from geppetto.provider import ModelRules, Options, Origin, named_choice, run_config, unsupported
from geppetto.tooling.names import ToolNames
from geppetto.turns import thaw

from geppetto_provider_openai.messages import MessageWriter
from geppetto_provider_openai.origin import chat_origin, is_openai
from geppetto_provider_openai.strict import is_strict

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from geppetto.engine import InferenceConfig, ToolConfig
    from geppetto.tooling import ToolDefinition
    from geppetto.turns import Turn

    from geppetto_provider_openai.settings import OpenAISettings

__all__ = ["Request", "build_request"]

_API = "OpenAI Chat Completions"
#: setting (of a run, else of the profile) -> place in the body, or what to do instead
_PLACES: dict[str, tuple[str, ...] | str] = {
    **{
        name: (name,)
        for name in (
            "model", "temperature", "top_p", "stop", "seed", "presence_penalty", "frequency_penalty", "logit_bias",
            "parallel_tool_calls", "reasoning_effort", "verbosity", "service_tier", "store", "metadata", "user",
            "safety_identifier", "prompt_cache_key", "prompt_cache_retention", "prompt_cache_options",
        )
    },
    "max_output_tokens": ("max_completion_tokens",),
    "reasoning_budget": "leave it out, or use reasoning_effort",
}  # fmt: skip
#: fields of other APIs that api.openai.com answers with 400 -> what to use here; compatible hosts may know them
_FOREIGN: dict[str, str] = {
    "thinking": "reasoning_effort",
    "thinkingConfig": "reasoning_effort",
    "reasoning": "reasoning_effort",
    "top_k": "top_p",
    "stop_sequences": "stop",
    "max_output_tokens": "max_output_tokens as an option, not in `extra`",
    "generationConfig": "the options of the run",
    "system": "a system block",
    "instructions": "a system block",
    "input": "a user block",
}
#: what the engine itself decides; `extra` may not contradict it
_OWN = {"messages": "the turn", "stream": "the option stream"}


@dataclass(slots=True, frozen=True)
class Request:
    """A body ready to send, and what is needed to read the answer: tool names and where content belongs."""

    body: dict[str, Any]
    names: ToolNames
    origin: Origin
    dropped_blocks: tuple[str, ...] = ()
    dropped_settings: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()

    @property
    def stream(self) -> bool:
        """Say whether the answer comes as a stream."""
        return bool(self.body.get("stream"))

    @property
    def model(self) -> str:
        """The model that is asked for."""
        return str(self.body["model"])


def build_request(
    turn: Turn,
    config: InferenceConfig,
    tools: Sequence[ToolDefinition],
    tool_config: ToolConfig,
    settings: OpenAISettings,
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
    origin = chat_origin(settings.base_url, options.model)
    writer = MessageWriter(origin=origin, names=names, system_role=settings.role_of_system(options.model))
    body = _fields(options, settings, with_tools=bool(offered))
    body["messages"] = writer.write(turn.blocks)
    body |= _tools(offered, names, tool_config)
    body |= _response_format(config.response_format)
    body |= _stream(settings.stream if config.stream is None else config.stream)
    for extra in (settings.extra_body, config.extra or {}):
        body = _with_extra(body, extra, origin)
    return Request(
        thaw(body), names, origin, tuple(writer.dropped), tuple(options.dropped), tuple(options.warnings)
    )


def _fields(options: Options, settings: OpenAISettings, *, with_tools: bool) -> dict[str, Any]:
    body = {name: value for name, value in options.write(_PLACES).items() if (name, value) != ("stop", [])}
    if "max_completion_tokens" in body:
        body[settings.max_tokens_field] = body.pop("max_completion_tokens")
    if not with_tools:
        body.pop("parallel_tool_calls", None)
    return body


def _tools(offered: Sequence[ToolDefinition], names: ToolNames, config: ToolConfig) -> dict[str, Any]:
    if not offered:  # neither `tools: []` nor a choice without tools is accepted
        return {}
    named = named_choice(config, offered)
    choice: Any = config.tool_choice
    if named is not None:
        choice = {"type": "function", "function": {"name": names.wire(named)}}
    return {"tools": [_tool(tool, names) for tool in offered], "tool_choice": choice}


def _tool(tool: ToolDefinition, names: ToolNames) -> dict[str, Any]:
    function: dict[str, Any] = {"name": names.wire(tool.name), "parameters": dict(tool.parameters)}
    if tool.description:
        function["description"] = tool.description
    if tool.strict:
        function["strict"] = True
    return {"type": "function", "function": function}


def _response_format(wanted: Mapping[str, Any] | None) -> dict[str, Any]:
    if wanted is None:
        return {}
    if wanted == {"type": "json"}:
        return {"response_format": {"type": "json_object"}}
    name = re.sub(r"[^a-zA-Z0-9_-]", "_", str(wanted.get("title") or "reply"))[:64]
    described: dict[str, Any] = {"name": name, "schema": wanted}
    if is_strict(wanted):
        described["strict"] = True
    return {"response_format": {"type": "json_schema", "json_schema": described}}


def _stream(wanted: bool) -> dict[str, Any]:
    return {"stream": True, "stream_options": {"include_usage": True}} if wanted else {"stream": False}


def _with_extra(body: dict[str, Any], extra: Mapping[str, Any], origin: Origin) -> dict[str, Any]:
    for name in extra:
        if name in _OWN:
            raise InvalidOption(
                f"`{name}` cannot be set as extra", subject=name, next_step=f"use {_OWN[name]}"
            )
        if is_openai(origin) and name in _FOREIGN:
            raise unsupported(_API, name, f"use {_FOREIGN[name]}")
    merged = {**body, **extra}
    if body.get("tools") and extra.get("tools"):  # hosted and custom tools stand beside the run's own
        merged["tools"] = [*body["tools"], *extra["tools"]]
    return merged
