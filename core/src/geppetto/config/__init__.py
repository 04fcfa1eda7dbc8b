"""One layered, schema-first resolver for every kind of configuration."""

from geppetto.config.assignments import read_assignments
from geppetto.config.resolver import Resolved, resolve
from geppetto.config.schema import schema_of
from geppetto.config.source import Layer, Source, Step

__all__ = ["Layer", "Resolved", "Source", "Step", "read_assignments", "resolve", "schema_of"]
