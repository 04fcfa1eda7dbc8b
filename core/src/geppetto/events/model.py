"""The canonical run events: small slotted values, one class per name, with typed correlation ids.

A delta carries only its delta; the whole text stands in `*-finished`. `correlation`, `seq` and `time` are filled by
the run when an event is emitted, where the engine left them empty.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from geppetto.events.base import Correlation, CustomEvent, Event
from geppetto.turns import EventType

__all__ = [
    "AttemptDiscarded",
    "Citations",
    "Correlation",
    "CustomEvent",
    "DebuggerPause",
    "ErrorEvent",
    "Event",
    "Info",
    "Interrupt",
    "Log",
    "ProviderCallFinished",
    "ProviderCallMetadata",
    "ProviderCallStarted",
    "ReasoningDelta",
    "ReasoningSegmentFinished",
    "ReasoningSegmentStarted",
    "RunFailed",
    "RunFinished",
    "RunStarted",
    "RunStopped",
    "ServerToolProgress",
    "TextDelta",
    "TextSegmentFinished",
    "TextSegmentStarted",
    "ToolCallArgumentsDelta",
    "ToolCallRequested",
    "ToolCallStarted",
    "ToolExecutionFinished",
    "ToolExecutionStarted",
    "ToolResultReady",
    "is_terminal",
]


@dataclass(slots=True)
class RunStarted(Event):
    """The run began."""

    type = EventType.RUN_STARTED
    engine: str = ""
    tags: dict[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class RunFinished(Event):
    """Terminal: the reply is complete; `result` is an InferenceResult as JSON."""

    type = EventType.RUN_FINISHED
    result: dict[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class RunStopped(Event):
    """Terminal: the run was stopped; `reason` is a StopReason."""

    type = EventType.RUN_STOPPED
    reason: str = ""
    message: str = ""
    result: dict[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class RunFailed(Event):
    """Terminal: the run failed; `error` is an error as JSON."""

    type = EventType.RUN_FAILED
    error: dict[str, Any] = field(default_factory=dict)
    result: dict[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class ProviderCallStarted(Event):
    """A request to a provider (or another engine) begins."""

    type = EventType.PROVIDER_CALL_STARTED
    provider: str = ""
    model: str = ""
    iteration: int = 0


@dataclass(slots=True)
class ProviderCallMetadata(Event):
    """What the provider said about itself: model, ids, rate limits."""

    type = EventType.PROVIDER_CALL_METADATA
    metadata: dict[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class ProviderCallFinished(Event):
    """The provider's reply is complete; `usage` is a Usage as JSON."""

    type = EventType.PROVIDER_CALL_FINISHED
    finish_class: str = ""
    stop_reason: str = ""
    usage: dict[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class TextSegmentStarted(Event):
    """Text of the reply begins."""

    type = EventType.TEXT_SEGMENT_STARTED


@dataclass(slots=True)
class TextDelta(Event):
    """A piece of the reply's text."""

    type = EventType.TEXT_DELTA
    delta: str = ""


@dataclass(slots=True)
class TextSegmentFinished(Event):
    """A text segment is complete; `text` is all of it."""

    type = EventType.TEXT_SEGMENT_FINISHED
    text: str = ""


@dataclass(slots=True)
class ReasoningSegmentStarted(Event):
    """Reasoning begins."""

    type = EventType.REASONING_SEGMENT_STARTED


@dataclass(slots=True)
class ReasoningDelta(Event):
    """A piece of reasoning or of its summary."""

    type = EventType.REASONING_DELTA
    delta: str = ""


@dataclass(slots=True)
class ReasoningSegmentFinished(Event):
    """A reasoning segment is complete; `text` is all of it."""

    type = EventType.REASONING_SEGMENT_FINISHED
    text: str = ""


@dataclass(slots=True)
class ToolCallStarted(Event):
    """The model begins to write a tool call."""

    type = EventType.TOOL_CALL_STARTED
    name: str = ""


@dataclass(slots=True)
class ToolCallArgumentsDelta(Event):
    """A piece of a tool call's arguments, as JSON text."""

    type = EventType.TOOL_CALL_ARGUMENTS_DELTA
    delta: str = ""


@dataclass(slots=True)
class ToolCallRequested(Event):
    """A tool call is complete; `arguments` is an object, or the raw text when it is no JSON."""

    type = EventType.TOOL_CALL_REQUESTED
    name: str = ""
    arguments: Any = None


@dataclass(slots=True)
class ToolExecutionStarted(Event):
    """A tool begins to run."""

    type = EventType.TOOL_EXECUTION_STARTED
    name: str = ""
    arguments: dict[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class ToolResultReady(Event):
    """A tool gave its result, or the error that the model will read."""

    type = EventType.TOOL_RESULT_READY
    name: str = ""
    result: Any = None
    error: str = ""


@dataclass(slots=True)
class ToolExecutionFinished(Event):
    """A tool call is over: `status` is ok, error, timeout, cancelled, refused or pending."""

    type = EventType.TOOL_EXECUTION_FINISHED
    name: str = ""
    status: str = "ok"
    attempts: int = 1
    duration_ms: float = 0.0


@dataclass(slots=True)
class ErrorEvent(Event):
    """Something went wrong that does not end the run by itself."""

    type = EventType.ERROR
    error: dict[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class Interrupt(Event):
    """Somebody asked the run to stop; the terminal event follows."""

    type = EventType.INTERRUPT
    reason: str = ""


@dataclass(slots=True)
class Log(Event):
    """A message for operators."""

    type = EventType.LOG
    level: str = "info"
    message: str = ""
    fields: dict[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class Info(Event):
    """A message for the user."""

    type = EventType.INFO
    message: str = ""
    data: dict[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class DebuggerPause(Event):
    """The step controller holds the run."""

    type = EventType.DEBUGGER_PAUSE
    pause_id: str = ""
    phase: str = ""
    summary: str = ""
    deadline_ms: int = 0
    extra: dict[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class Citations(Event):
    """Sources that the provider named for a segment."""

    type = EventType.CITATIONS
    items: list[Any] = field(default_factory=list)


@dataclass(slots=True)
class ServerToolProgress(Event):
    """A tool that runs at the provider made progress."""

    type = EventType.SERVER_TOOL_PROGRESS
    tool: str = ""
    status: str = ""
    data: dict[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class AttemptDiscarded(Event):
    """A try at a provider call failed before any content and is made again after `wait` seconds."""

    type = EventType.ATTEMPT_DISCARDED
    attempt: int = 1
    wait: float = 0.0
    error: dict[str, Any] = field(default_factory=dict)


def is_terminal(event: Event) -> bool:
    """Say whether this event is the last of its run."""
    return isinstance(event, (RunFinished, RunStopped, RunFailed))
