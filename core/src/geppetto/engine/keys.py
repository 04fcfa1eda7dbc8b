"""The core's typed keys: what the core itself stores on turns and blocks."""

from __future__ import annotations

from typing import Any

from geppetto.engine.inference import InferenceConfig, InferenceResult, ToolConfig, Usage
from geppetto.turns import DataKeyId, Key, TurnKeyId

__all__ = [
    "AGENT_MODE",
    "AGENT_MODE_ALLOWED_TOOLS",
    "CLAUDE_INFERENCE_CONFIG",
    "INFERENCE_CONFIG",
    "INFERENCE_ID",
    "INFERENCE_RESULT",
    "MODEL",
    "OPENAI_INFERENCE_CONFIG",
    "PROVIDER",
    "RESPONSES_SERVER_TOOLS",
    "RUNTIME",
    "SESSION_ID",
    "STOP_REASON",
    "STRUCTURED_OUTPUT_CONFIG",
    "TOOL_CONFIG",
    "TOOL_DEFINITIONS",
    "TRACE_ID",
    "USAGE",
]

INFERENCE_CONFIG: Key[InferenceConfig] = Key(DataKeyId.INFERENCE_CONFIG, InferenceConfig)
TOOL_CONFIG: Key[ToolConfig] = Key(DataKeyId.TOOL_CONFIG, ToolConfig)
TOOL_DEFINITIONS: Key[list[Any]] = Key(DataKeyId.TOOL_DEFINITIONS, list)
STRUCTURED_OUTPUT_CONFIG: Key[dict[str, Any]] = Key(DataKeyId.STRUCTURED_OUTPUT_CONFIG, dict)
# what turns that the Go library stored may carry; kept, and not read here
CLAUDE_INFERENCE_CONFIG: Key[dict[str, Any]] = Key(DataKeyId.CLAUDE_INFERENCE_CONFIG, dict)
OPENAI_INFERENCE_CONFIG: Key[dict[str, Any]] = Key(DataKeyId.OPENAI_INFERENCE_CONFIG, dict)
AGENT_MODE: Key[str] = Key(DataKeyId.AGENT_MODE, str)
AGENT_MODE_ALLOWED_TOOLS: Key[list[Any]] = Key(DataKeyId.AGENT_MODE_ALLOWED_TOOLS, list)
RESPONSES_SERVER_TOOLS: Key[list[Any]] = Key(DataKeyId.RESPONSES_SERVER_TOOLS, list)

SESSION_ID: Key[str] = Key(TurnKeyId.SESSION_ID, str)
INFERENCE_ID: Key[str] = Key(TurnKeyId.INFERENCE_ID, str)
TRACE_ID: Key[str] = Key(TurnKeyId.TRACE_ID, str)
PROVIDER: Key[str] = Key(TurnKeyId.PROVIDER, str)
MODEL: Key[str] = Key(TurnKeyId.MODEL, str)
RUNTIME: Key[Any] = Key(TurnKeyId.RUNTIME, Any)
STOP_REASON: Key[str] = Key(TurnKeyId.STOP_REASON, str)
USAGE: Key[Usage] = Key(TurnKeyId.USAGE, Usage)
INFERENCE_RESULT: Key[InferenceResult] = Key(TurnKeyId.INFERENCE_RESULT, InferenceResult)
