"""The request as a pure function of the turn and the options: a table of settings, the messages, the tools."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from geppetto.engine import InferenceConfig
from geppetto.engine.keys import INFERENCE_CONFIG
from geppetto.errors import InvalidOption
from geppetto.tooling.names import ToolNames
from geppetto.turns import ToolChoice, thaw

from geppetto_provider_openai.messages import MessageWriter
from geppetto_provider_openai.origin import Origin
from geppetto_provider_openai.strict import is_strict

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from geppetto.engine import ToolConfig
    from geppetto.tooling import ToolDefinition
    from geppetto.turns import Turn

    from geppetto_provider_openai.settings import OpenAISettings

__all__ = ["Request", "build_request"]

#: setting (of a run, else of the profile) -> field on the wire; None: this API has no such thing
_FIELDS: dict[str, str | None] = {
    "model": "model",
    "temperature": "temperature",
    "top_p": "top_p",
    "max_output_tokens": "max_completion_tokens",  # or what `max_tokens_field` says
    "stop": "stop",
    "seed": "seed",
    "presence_penalty": "presence_penalty",
    "frequency_penalty": "frequency_penalty",
    "logit_bias": "logit_bias",
    "parallel_tool_calls": "parallel_tool_calls",
    "reasoning_effort": "reasoning_effort",
    "reasoning_budget": None,
    "verbosity": "verbosity",
    "service_tier": "service_tier",
    "store": "store",
    "metadata": "metadata",
    "user": "user",
    "safety_identifier": "safety_identifier",
    "prompt_cache_key": "prompt_cache_key",
}
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
    dropped: tuple[str, ...] = ()

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
    config = turn.data.get(INFERENCE_CONFIG, InferenceConfig()).over(config)
    offered = [tool for tool in tools if tool_config.allows(tool.name)]
    names = ToolNames(tool.name for tool in offered)
    body = _fields(config, settings, with_tools=bool(offered))
    origin = Origin(settings.base_url, body["model"])
    writer = MessageWriter(
        origin=origin, names=names, system_role=settings.role_of_system(str(body["model"]))
    )
    body["messages"] = writer.write(turn.blocks)
    body |= _tools(offered, names, tool_config)
    body |= _response_format(config.response_format)
    body |= _stream(settings.stream if config.stream is None else config.stream)
    for extra in (settings.extra_body, config.extra or {}):
        body = _with_extra(body, extra, origin)
    return Request(thaw(body), names, origin, tuple(writer.dropped))


def _fields(config: InferenceConfig, settings: OpenAISettings, *, with_tools: bool) -> dict[str, Any]:
    body: dict[str, Any] = {}
    for setting, field in _FIELDS.items():
        value = getattr(config, setting, None)
        if value is None:
            value = getattr(settings, setting, None)
        if value is None or (setting == "stop" and not value):
            continue
        if field is None:
            raise _unsupported(setting, "leave it out, or use reasoning_effort")
        body[settings.max_tokens_field if setting == "max_output_tokens" else field] = value
    if not body.get("model"):
        raise InvalidOption(
            "the engine openai needs a model",
            subject="model",
            next_step="--model gpt-4o-mini, or set `model`",
        )
    if not with_tools:
        body.pop("parallel_tool_calls", None)
    return body


def _tools(offered: Sequence[ToolDefinition], names: ToolNames, config: ToolConfig) -> dict[str, Any]:
    if not offered:  # neither `tools: []` nor a choice without tools is accepted
        return {}
    choice: Any = config.tool_choice
    if choice not in list(ToolChoice):
        if choice not in {tool.name for tool in offered}:
            raise InvalidOption(
                f"tool_choice names a tool that is not offered: {choice}",
                subject="tool_choice",
                next_step=f"offered: {', '.join(tool.name for tool in offered)}",
            )
        choice = {"type": "function", "function": {"name": names.wire(choice)}}
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
        if origin.is_openai and name in _FOREIGN:
            raise _unsupported(name, f"use {_FOREIGN[name]}")
    merged = {**body, **extra}
    if body.get("tools") and extra.get("tools"):  # hosted and custom tools stand beside the run's own
        merged["tools"] = [*body["tools"], *extra["tools"]]
    return merged


def _unsupported(setting: str, next_step: str) -> InvalidOption:
    return InvalidOption(
        f"OpenAI Chat Completions has no setting `{setting}`",
        code="UNSUPPORTED_SETTING",
        subject=setting,
        next_step=next_step,
    )
