"""From profiles and layers to what runs: plans, engine factories, middleware patches."""

from geppetto.factory.composer import ComposedFactory
from geppetto.factory.diff import difference
from geppetto.factory.patch import MiddlewarePatch, MiddlewarePatchBuilder, read_patch
from geppetto.factory.plan import ComposedPlan

__all__ = [
    "ComposedFactory",
    "ComposedPlan",
    "MiddlewarePatch",
    "MiddlewarePatchBuilder",
    "difference",
    "read_patch",
]
