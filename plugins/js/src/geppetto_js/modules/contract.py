"""What a module made in Python is: the same contract for `geppetto` and for everything beside it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from geppetto_js.runtime.runtime import Runtime

__all__ = ["JsModule"]


@dataclass(frozen=True, slots=True)
class JsModule:
    """A module that scripts get by its bare name.

    `loader` is called once for each runtime, on its JavaScript thread, when a script first asks for the module, and
    again only where it failed or was stopped; it returns the exports: plain data, callables, HostFunctions, or what it
    made with `runtime.evaluate`. With `factory` it returns a function of JavaScript that gives the exports, which then
    never cross the border.
    """

    name: str
    loader: Callable[[Runtime], Any]
    doc: str = ""
    factory: bool = False
