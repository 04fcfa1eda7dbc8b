"""Constants generated from `vocabulary.yaml` by `python -m geppetto.turns.generate`; do not edit."""

from enum import StrEnum
from typing import Final

__all__ = [
    "BlockKeyId",
    "BlockKind",
    "DataKeyId",
    "EventType",
    "FinishClass",
    "HookAction",
    "Origin",
    "Overflow",
    "PayloadKey",
    "Role",
    "SnapshotPhase",
    "StopReason",
    "ToolChoice",
    "ToolErrorHandling",
    "TurnKeyId",
]


class BlockKind(StrEnum):
    """What a block is."""

    USER = "user"
    LLM_TEXT = "llm_text"
    TOOL_CALL = "tool_call"
    TOOL_USE = "tool_use"
    SYSTEM = "system"
    REASONING = "reasoning"
    OTHER = "other"


class Role(StrEnum):
    """Who speaks in a block."""

    USER = "user"
    ASSISTANT = "assistant"
    SYSTEM = "system"


class FinishClass(StrEnum):
    """Why the model stopped, in words that are the same for every provider."""

    COMPLETED = "completed"
    STOP_SEQUENCE = "stop_sequence"
    MAX_TOKENS = "max_tokens"
    TOOL_CALLS_PENDING = "tool_calls_pending"
    MAX_ITERATIONS = "max_iterations"
    REFUSED = "refused"
    CONTENT_FILTERED = "content_filtered"
    INTERRUPTED = "interrupted"
    ERROR = "error"
    UNKNOWN = "unknown"


class StopReason(StrEnum):
    """Why a run that did not finish was stopped."""

    USER = "user"
    DEADLINE = "deadline"
    OUTER = "outer"
    HOST_CLOSED = "host-closed"
    MAX_ITERATIONS = "max-iterations"
    ABORTED = "aborted"
    PENDING = "pending"


class ToolChoice(StrEnum):
    """Whether the model may, must or must not call tools."""

    AUTO = "auto"
    NONE = "none"
    REQUIRED = "required"


class ToolErrorHandling(StrEnum):
    """What the tool loop does with a failed call."""

    CONTINUE = "continue"
    ABORT = "abort"
    RETRY = "retry"


class HookAction(StrEnum):
    """What a tool hook's failure does to the call."""

    CONTINUE = "continue"
    ABORT = "abort"
    RETRY = "retry"


class SnapshotPhase(StrEnum):
    """When the loop hands out a snapshot of the turn."""

    PRE_INFERENCE = "pre_inference"
    POST_INFERENCE = "post_inference"
    POST_TOOLS = "post_tools"


class Overflow(StrEnum):
    """What a full event stream does with the next event."""

    DROP_OLDEST = "drop_oldest"
    DROP_NEWEST = "drop_newest"
    BLOCK = "block"


class Origin(StrEnum):
    """Whether a user or a middleware asked for a provider call."""

    USER = "user"
    INTERNAL = "internal"


class EventType(StrEnum):
    """The name of a canonical event."""

    RUN_STARTED = "run-started"
    RUN_FINISHED = "run-finished"
    RUN_STOPPED = "run-stopped"
    RUN_FAILED = "run-failed"
    PROVIDER_CALL_STARTED = "provider-call-started"
    PROVIDER_CALL_METADATA = "provider-call-metadata"
    PROVIDER_CALL_FINISHED = "provider-call-finished"
    TEXT_SEGMENT_STARTED = "text-segment-started"
    TEXT_DELTA = "text-delta"
    TEXT_SEGMENT_FINISHED = "text-segment-finished"
    REASONING_SEGMENT_STARTED = "reasoning-segment-started"
    REASONING_DELTA = "reasoning-delta"
    REASONING_SEGMENT_FINISHED = "reasoning-segment-finished"
    TOOL_CALL_STARTED = "tool-call-started"
    TOOL_CALL_ARGUMENTS_DELTA = "tool-call-arguments-delta"
    TOOL_CALL_REQUESTED = "tool-call-requested"
    TOOL_EXECUTION_STARTED = "tool-execution-started"
    TOOL_RESULT_READY = "tool-result-ready"
    TOOL_EXECUTION_FINISHED = "tool-execution-finished"
    ERROR = "error"
    INTERRUPT = "interrupt"
    LOG = "log"
    INFO = "info"
    DEBUGGER_PAUSE = "debugger.pause"
    CITATIONS = "citations"
    SERVER_TOOL_PROGRESS = "server-tool-progress"
    ATTEMPT_DISCARDED = "attempt-discarded"


class PayloadKey:
    """The keys of a block's payload that the core knows."""

    TEXT: Final = "text"
    ID: Final = "id"
    NAME: Final = "name"
    ARGS: Final = "args"
    RESULT: Final = "result"
    ERROR: Final = "error"
    IMAGES: Final = "images"
    PARTS: Final = "parts"
    SUMMARY: Final = "summary"
    ENCRYPTED_CONTENT: Final = "encrypted_content"
    SIGNATURE: Final = "signature"
    ITEM_ID: Final = "item_id"
    PARTIAL: Final = "partial"
    REFUSAL: Final = "refusal"
    CITATIONS: Final = "citations"
    OPAQUE: Final = "opaque"


class DataKeyId:
    """The ids of the core's typed data keys."""

    INFERENCE_CONFIG: Final = "geppetto.inference_config@v1"
    TOOL_CONFIG: Final = "geppetto.tool_config@v1"
    TOOL_DEFINITIONS: Final = "geppetto.tool_definitions@v1"
    STRUCTURED_OUTPUT_CONFIG: Final = "geppetto.structured_output_config@v1"
    CLAUDE_INFERENCE_CONFIG: Final = "geppetto.claude_inference_config@v1"
    OPENAI_INFERENCE_CONFIG: Final = "geppetto.openai_inference_config@v1"
    AGENT_MODE: Final = "geppetto.agent_mode@v1"
    AGENT_MODE_ALLOWED_TOOLS: Final = "geppetto.agent_mode_allowed_tools@v1"
    RESPONSES_SERVER_TOOLS: Final = "geppetto.responses_server_tools@v1"


class TurnKeyId:
    """The ids of the core's typed turn keys."""

    SESSION_ID: Final = "geppetto.session_id@v1"
    INFERENCE_ID: Final = "geppetto.inference_id@v1"
    TRACE_ID: Final = "geppetto.trace_id@v1"
    PROVIDER: Final = "geppetto.provider@v1"
    MODEL: Final = "geppetto.model@v1"
    RUNTIME: Final = "geppetto.runtime@v1"
    USAGE: Final = "geppetto.usage@v1"
    STOP_REASON: Final = "geppetto.stop_reason@v1"
    INFERENCE_RESULT: Final = "geppetto.inference_result@v1"


class BlockKeyId:
    """The ids of the core's typed block keys."""

    MIDDLEWARE: Final = "geppetto.middleware@v1"
    PROVIDER: Final = "geppetto.provider@v1"
    INFERENCE_ID: Final = "geppetto.inference_id@v1"
    WAITING: Final = "geppetto.waiting@v1"
    APPROVAL: Final = "geppetto.approval@v1"
    CLAUDE_ORIGINAL_CONTENT: Final = "geppetto.claude_original_content@v1"
    TOOL_CALLS: Final = "geppetto.tool_calls@v1"
    AGENTMODE_TAG: Final = "geppetto.agentmode_tag@v1"
    AGENTMODE: Final = "geppetto.agentmode@v1"
