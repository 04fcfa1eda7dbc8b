"""Contracts: test classes that plugins subclass. Give a contribution and some cases, get the whole suite."""

from geppetto.testing.contracts.case import Case, Expected
from geppetto.testing.contracts.codec import CodecContract
from geppetto.testing.contracts.embedder import EmbedderContract
from geppetto.testing.contracts.engine import EngineContract
from geppetto.testing.contracts.middleware import MiddlewareContract
from geppetto.testing.contracts.tool import ToolContract

__all__ = [
    "Case",
    "CodecContract",
    "EmbedderContract",
    "EngineContract",
    "Expected",
    "MiddlewareContract",
    "ToolContract",
]
