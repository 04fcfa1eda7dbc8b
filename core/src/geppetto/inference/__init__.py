"""Runs and sessions: what happens between a prompt and a completed turn."""

from geppetto.inference.builder import Builder, EngineHandle
from geppetto.inference.handle import RunHandle
from geppetto.inference.session import Session
from geppetto.inference.spec import RunSpec, ToolLoopConfig
from geppetto.inference.steps import Pause, StepController
from geppetto.inference.structured import OutputError, Structured

__all__ = [
    "Builder",
    "EngineHandle",
    "OutputError",
    "Pause",
    "RunHandle",
    "RunSpec",
    "Session",
    "StepController",
    "Structured",
    "ToolLoopConfig",
]
