"""The runtime: one engine, one thread, and the ways into it."""

from geppetto_js.runtime.runtime import Runtime

__all__ = ["Runtime"]
