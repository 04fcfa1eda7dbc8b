"""What a run asks of a model (InferenceConfig), how it ended (InferenceResult) and what it used (Usage)."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any

from geppetto.engine.fields import JsonObject
from geppetto.errors import InvalidOption
from geppetto.turns import FinishClass, ToolChoice, ToolErrorHandling
from geppetto.turns.frozen import freeze

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["InferenceConfig", "InferenceResult", "RetryConfig", "ToolConfig", "Usage"]


_set = object.__setattr__
#: what a field's annotation is in JSON Schema
_SCHEMAS: dict[str, dict[str, Any]] = {
    "str": {"type": "string"},
    "bool": {"type": "boolean"},
    "int": {"type": "integer"},
    "float": {"type": "number"},
    "list[str]": {"type": "array", "items": {"type": "string"}},
    "dict[str, Any]": {"type": "object", "additionalProperties": True},
}


@dataclass(slots=True, frozen=True)
class InferenceConfig(JsonObject):
    """What a run asks of any model; None inherits, an empty `stop` clears (contracts, "Shapes").

    `response_format` is a JSON Schema object or `{"type": "json"}`; `extra` goes to the provider as it is.
    """

    model: str | None = None
    stream: bool | None = None
    temperature: float | None = None
    top_p: float | None = None
    max_output_tokens: int | None = None
    stop: list[str] | None = None
    seed: int | None = None
    reasoning_effort: str | None = None
    reasoning_budget: int | None = None
    response_format: dict[str, Any] | None = None
    extra: dict[str, Any] | None = None

    @classmethod
    def schema(cls) -> Mapping[str, Any]:
        """Return the JSON Schema of the fields."""
        return {
            "type": "object",
            "properties": {f.name: _SCHEMAS[str(f.type).partition(" | ")[0]] for f in fields(cls)},
            "additionalProperties": False,
        }

    def over(self, base: InferenceConfig) -> InferenceConfig:
        """Return this config on top of `base`: what is None here is taken from there."""
        mine = {f.name: getattr(self, f.name) for f in fields(self)}
        return InferenceConfig(
            **{name: getattr(base, name) if value is None else value for name, value in mine.items()}
        )


@dataclass(slots=True, frozen=True)
class RetryConfig(JsonObject):
    """How often and how soon a failed tool call is tried again; seconds."""

    max_retries: int = 2
    backoff_base: float = 1.0
    backoff_factor: float = 2.0

    def __post_init__(self) -> None:
        _at_least(self, "max_retries", 0, whole=True)
        _at_least(self, "backoff_base", 0)
        _at_least(self, "backoff_factor", 0)


@dataclass(slots=True, frozen=True)
class ToolConfig(JsonObject):
    """How tools are offered and run. `tool_choice` is auto, none, required or the name of a tool; times in seconds.

    `allowed_tools` None allows all, an empty list none. Raises InvalidOption for a value out of range.
    """

    enabled: bool = True
    tool_choice: str = ToolChoice.AUTO.value
    execution_timeout: float | None = 30.0
    max_parallel_tools: int = 3
    allowed_tools: list[str] | None = None
    tool_error_handling: str = ToolErrorHandling.CONTINUE.value
    retry: RetryConfig = field(default_factory=RetryConfig)

    def __post_init__(self) -> None:
        choice: Any = self.tool_choice
        if not isinstance(choice, str) or not choice.strip():
            raise InvalidOption(
                f"invalid toolChoice {self.tool_choice!r}", subject="tool_choice",
                next_step="auto, none, required or the name of a tool",
            )  # fmt: skip
        if self.tool_error_handling not in list(ToolErrorHandling):
            raise InvalidOption(
                f"invalid tool_error_handling {self.tool_error_handling!r}", subject="tool_error_handling",
                next_step="continue, abort or retry",
            )  # fmt: skip
        _at_least(self, "max_parallel_tools", 1, whole=True)
        if self.execution_timeout is not None:
            _at_least(self, "execution_timeout", 0)
        if isinstance(self.allowed_tools, str):
            raise InvalidOption(
                "allowed_tools: expected a list of names, got a text", subject="allowed_tools"
            )
        retry: Any = self.retry
        if not isinstance(retry, RetryConfig):
            object.__setattr__(self, "retry", RetryConfig.from_json(retry))

    def allows(self, name: str) -> bool:
        """Say whether the allow-list lets this tool be offered and run."""
        return self.enabled and (self.allowed_tools is None or name in self.allowed_tools)


def _at_least(config: Any, name: str, least: float, *, whole: bool = False) -> None:
    value = getattr(config, name)
    kinds = int if whole else (int, float)
    if isinstance(value, bool) or not isinstance(value, kinds) or not least <= value < math.inf:
        kind = "a whole number" if whole else "a number"
        raise InvalidOption(f"{name}: expected {kind} of at least {least}, got {value!r}", subject=name)


@dataclass(slots=True, frozen=True)
class Usage(JsonObject):
    """Tokens in disjoint buckets whose sum is the provider's total; None is unknown, never 0."""

    input_uncached: int | None = None
    cache_read: int | None = None
    cache_write: int | None = None
    input_audio: int | None = None
    output_text: int | None = None
    reasoning: int | None = None
    output_audio: int | None = None
    #: the total that the provider reported, not our sum
    total: int | None = None
    #: the provider's own usage object, which cannot be edited
    raw: dict[str, Any] | None = None

    def __post_init__(self) -> None:
        if self.raw is not None:
            _set(self, "raw", freeze(self.raw, "usage/raw"))

    @property
    def input(self) -> int | None:
        """All input tokens, or None when unknown."""
        return _sum(self.input_uncached, self.cache_read, self.cache_write, self.input_audio)

    @property
    def output(self) -> int | None:
        """All output tokens, or None when unknown."""
        return _sum(self.output_text, self.reasoning, self.output_audio)

    def plus(self, other: Usage) -> Usage:
        """Return the usage of two calls together; a bucket is unknown only when neither knows it.

        `raw` belongs to one call and is left out.
        """
        names = [f.name for f in fields(self) if f.name != "raw"]
        sums: dict[str, Any] = {name: _sum(getattr(self, name), getattr(other, name)) for name in names}
        return Usage(**sums)


def _sum(*numbers: int | None) -> int | None:
    known = [number for number in numbers if number is not None]
    return sum(known) if known else None


@dataclass(slots=True)
class InferenceResult(JsonObject):
    """How a run ended; the same words for every provider. `timings` in seconds: queued, first_event, total."""

    provider: str = ""
    model: str = ""
    finish_class: str = FinishClass.UNKNOWN.value
    #: the vendor's own word
    stop_reason: str = ""
    usage: Usage | None = None
    attempts: int = 1
    iterations: int = 1
    timings: dict[str, float] = field(default_factory=dict)
    request_id: str = ""
    response_id: str = ""
    partial: bool = False
    dropped_tool_calls: list[str] = field(default_factory=list)
    #: ids of blocks that hold another provider's content and were left out of the request
    dropped_blocks: list[str] = field(default_factory=list)
    #: settings that the API or the model does not take, left out because the profile says so
    dropped_settings: list[str] = field(default_factory=list)
    abandoned_handlers: int = 0
    persist_errors: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        usage: Any = self.usage
        if usage is not None and not isinstance(usage, Usage):
            self.usage = Usage.from_json(usage)
