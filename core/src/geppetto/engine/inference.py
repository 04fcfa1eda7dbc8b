"""What a run asks of a model (InferenceConfig), how it ended (InferenceResult) and what it used (Usage)."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, fields
from functools import cache
from operator import attrgetter
from typing import TYPE_CHECKING, Any, NamedTuple, Self

from geppetto.errors import InvalidOption, nearest
from geppetto.turns import FinishClass, ToolChoice, ToolErrorHandling, thaw
from geppetto.turns.frozen import FrozenDict, freeze

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = ["InferenceConfig", "InferenceResult", "RetryConfig", "ToolConfig", "Usage"]


class _JsonObject:
    """Reads and writes a dataclass as a JSON object; None means unset and is left out."""

    __slots__ = ()

    def to_json(self) -> dict[str, Any]:
        """Return the fields that are set."""
        shape = _shape(type(self))  # type: ignore[arg-type]  # a class
        return {
            name: value if type(value) in _SCALARS else _plain(value)
            for name, value in zip(shape.names, shape.read(self), strict=True)
            if value is not None
        }

    def snapshot(self) -> Self | None:
        """Return a copy that shares nothing that can change, or None where a field is not exactly what it should be.

        Fields are plain values, lists of texts, dicts of numbers and snapshots; anything else has to be looked at by
        who writes JSON.
        """
        shape = _shape(type(self))  # type: ignore[arg-type]  # a class
        values = list(shape.read(self))
        if not shape.fits(values):
            return None
        changed = not shape.frozen
        for index, wanted in shape.loose:
            copy = _copied(values[index], wanted)
            if copy is _UNSURE:
                return None
            changed = changed or copy is not values[index]
            values[index] = copy
        if not changed:
            return self
        made = object.__new__(type(self))
        for put, value in zip(shape.put, values, strict=True):
            put(made, value)
        return made

    @classmethod
    def _check(cls, name: str, kind: _Kind, value: Any) -> None:
        """Refuse a JSON value of another type than the field's; classes of ours check themselves."""
        if kind.types and not _is_a(value, kind.types):
            raise InvalidOption(
                f"{cls.__name__}: {name}: expected {kind.told}, got {type(value).__name__}",
                subject=name,
            )

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Self:
        """Read the fields; raise InvalidOption for a name that does not exist or a value of another type."""
        if not hasattr(value, "keys"):
            raise InvalidOption(f"{cls.__name__}: expected an object, got {type(value).__name__}")
        known = _kinds(cls)  # type: ignore[arg-type]  # a class has a hash, whatever its instances have
        for name in value:
            if name not in known:
                guess = nearest(name, known)
                hint = f"did you mean {guess}?" if guess else f"known: {', '.join(sorted(known))}"
                raise InvalidOption(
                    f"{cls.__name__}: no field '{name}'; {hint}", subject=name, next_step=hint
                )
        made = cls(**{name: item if type(item) in _SCALARS else thaw(item) for name, item in value.items()})
        for name, item in value.items():
            cls._check(name, known[name], item)
        return made


class _Kind(NamedTuple):
    """What a field takes: its types (none where a class of ours checks itself), and how messages say it."""

    types: tuple[type, ...]
    told: str


class _Shape:
    """How the instances of a class are read and copied: results are, several times in every run."""

    def __init__(self, cls: type) -> None:
        kinds = _kinds(cls)
        #: whether an instance may be its own copy
        self.frozen: bool = cls.__dataclass_params__.frozen  # type: ignore[attr-defined]  # it is a dataclass
        self.names = tuple(kinds)
        self.read: Callable[[Any], tuple[Any, ...]] = attrgetter(*kinds)
        self.put = [getattr(cls, name).__set__ for name in kinds]
        #: fields whose values need a look or a copy each time
        self.loose = [
            (index, kind.types)
            for index, kind in enumerate(kinds.values())
            if not {*kind.types} <= _SURE or not kind.types
        ]
        loose = {index for index, _ in self.loose}
        self._firm = [(index, kind.types) for index, kind in enumerate(kinds.values()) if index not in loose]
        self._known: set[tuple[type, ...]] = set()

    def fits(self, values: list[Any]) -> bool:
        """Say whether each text, number and flag is one; types that were seen before are not looked at again."""
        found = tuple(map(type, values))
        if found in self._known:
            return True
        if not all(found[index] in wanted for index, wanted in self._firm):
            return False
        if len(self._known) < _MOST_KNOWN:
            self._known.add(found)
        return True


@cache
def _shape(cls: type) -> _Shape:
    return _Shape(cls)


def _copied(value: Any, wanted: tuple[type, ...]) -> Any:
    """Return a copy of a field's value that JSON can say, or _UNSURE."""
    kind = type(value)
    if not wanted:
        found = value.snapshot() if isinstance(value, _JsonObject) else None
        return _UNSURE if value is not None and found is None else found
    if kind is FrozenDict and dict in wanted:
        return value
    if kind not in wanted:
        return _UNSURE
    if kind is list and set(map(type, value)) <= _TEXT:
        return value[:]
    if kind is dict and set(map(type, value)) <= _TEXT and all(map(_is_finite, value.values())):
        return value.copy()
    return value if _is_finite(value) else _UNSURE


def _is_finite(value: Any) -> bool:
    return type(value) is float and math.isfinite(value)


@cache
def _kinds(cls: type) -> Mapping[str, _Kind]:
    """Read the annotations of a class once: results are written and read several times in every run."""
    return {field.name: _kind(str(field.type)) for field in fields(cls)}


def _kind(annotation: str) -> _Kind:
    allowed = annotation.split(" | ")
    known = all(each in _TYPES for each in allowed)
    types = tuple(kind for each in allowed for kind in _TYPES[each]) if known else ()
    return _Kind(types, " or ".join(allowed))


def _plain(value: Any) -> Any:
    if type(value) in _SCALARS:
        return value
    if isinstance(value, _JsonObject):
        return value.to_json()
    if isinstance(value, (tuple, frozenset)):
        return sorted(value) if isinstance(value, frozenset) else list(value)
    return thaw(value)


_SCALARS = frozenset({str, int, float, bool})
#: what a snapshot takes by its type alone
_SURE = frozenset({str, int, bool, type(None)})
_TEXT = frozenset({str})
_UNSURE: Any = object()
_MOST_KNOWN = 100
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
#: what a field's annotation, as it is written, lets in
_TYPES: dict[str, tuple[type, ...]] = {
    "None": (type(None),),
    "str": (str,),
    "bool": (bool,),
    "int": (int,),
    "float": (int, float),
    "list[str]": (list, tuple, frozenset),
    "dict[str, Any]": (dict,),
    "dict[str, float]": (dict,),
}


def _is_a(value: Any, kinds: tuple[type, ...]) -> bool:
    return isinstance(value, kinds) and (bool in kinds or not isinstance(value, bool))


@dataclass(slots=True, frozen=True)
class InferenceConfig(_JsonObject):
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
class RetryConfig(_JsonObject):
    """How often and how soon a failed tool call is tried again; seconds."""

    max_retries: int = 2
    backoff_base: float = 1.0
    backoff_factor: float = 2.0

    def __post_init__(self) -> None:
        _at_least(self, "max_retries", 0, whole=True)
        _at_least(self, "backoff_base", 0)
        _at_least(self, "backoff_factor", 0)


@dataclass(slots=True, frozen=True)
class ToolConfig(_JsonObject):
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
class Usage(_JsonObject):
    """Tokens in disjoint buckets whose sum is the provider's total; None is unknown, never 0 (design rule 17)."""

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
class InferenceResult(_JsonObject):
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
