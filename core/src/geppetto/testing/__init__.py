"""The public test kit: scripted servers and engines that tests of Geppetto and of its plugins share."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from geppetto.builtin.scripted import ScriptedEngine
    from geppetto.testing.canned import CannedTransport
    from geppetto.testing.context import RecordingPort, run_context
    from geppetto.testing.contracts import (
        CodecContract,
        EmbedderContract,
        EngineContract,
        MiddlewareContract,
        ToolContract,
    )
    from geppetto.testing.network import no_network
    from geppetto.testing.replay import ReplayServer
    from geppetto.testing.replay_exchange import Exchange, ReceivedRequest

__all__ = [
    "CannedTransport",
    "CodecContract",
    "EmbedderContract",
    "EngineContract",
    "Exchange",
    "MiddlewareContract",
    "ReceivedRequest",
    "RecordingPort",
    "ReplayServer",
    "ScriptedEngine",
    "ToolContract",
    "no_network",
    "run_context",
]

_HOMES = {
    "CannedTransport": "geppetto.testing.canned",
    "CodecContract": "geppetto.testing.contracts",
    "EmbedderContract": "geppetto.testing.contracts",
    "EngineContract": "geppetto.testing.contracts",
    "Exchange": "geppetto.testing.replay_exchange",
    "MiddlewareContract": "geppetto.testing.contracts",
    "ReceivedRequest": "geppetto.testing.replay_exchange",
    "RecordingPort": "geppetto.testing.context",
    "ReplayServer": "geppetto.testing.replay",
    "ScriptedEngine": "geppetto.builtin.scripted",
    "ToolContract": "geppetto.testing.contracts",
    "no_network": "geppetto.testing.network",
    "run_context": "geppetto.testing.context",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        msg = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(msg)
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return __all__
