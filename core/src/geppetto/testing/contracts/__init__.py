"""Contracts: test classes that plugins subclass. Give a contribution and some cases, get the whole suite."""

from geppetto.testing.contracts.case import Case, Expected
from geppetto.testing.contracts.engine import EngineContract

__all__ = ["Case", "EngineContract", "Expected"]
