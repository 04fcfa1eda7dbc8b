"""What an engine is, what it is told, and how a run is configured and judged."""

from geppetto.engine.context import RunContext, RunPort
from geppetto.engine.contract import Capabilities, CredentialSpec, Engine, EngineFactory, no_settings
from geppetto.engine.debug import DebugTap
from geppetto.engine.deps import Credentials, Deps, HttpResponse, Paths, SseEvent, Transport
from geppetto.engine.inference import InferenceConfig, InferenceResult, RetryConfig, ToolConfig, Usage
from geppetto.engine.listening import Listening
from geppetto.engine.reply import Reply

__all__ = [
    "Capabilities",
    "CredentialSpec",
    "Credentials",
    "DebugTap",
    "Deps",
    "Engine",
    "EngineFactory",
    "HttpResponse",
    "InferenceConfig",
    "InferenceResult",
    "Listening",
    "Paths",
    "Reply",
    "RetryConfig",
    "RunContext",
    "RunPort",
    "SseEvent",
    "ToolConfig",
    "Transport",
    "Usage",
    "no_settings",
]
