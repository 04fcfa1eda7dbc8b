"""The debug tap: five points at which somebody can watch what crosses the border to a provider.

A tap's own errors never break a run: they are logged and the tap goes on.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from geppetto.turns import Turn

__all__ = ["DebugTap"]

_log = logging.getLogger("geppetto.debug")


def _nothing(*_values: Any) -> None:
    """Watch nothing."""


@dataclass(slots=True, frozen=True)
class DebugTap:
    """Callbacks for the five points of 003 §37; headers arrive redacted.

    `on_http(method, url, headers, body)`, `on_http_response(status, headers)`, `on_sse(event, data)`,
    `on_provider_object(value)`, `on_turn_before_conversion(turn)`.
    """

    on_http: Callable[[str, str, Mapping[str, str], Any], object] = _nothing
    on_http_response: Callable[[int, Mapping[str, str]], object] = _nothing
    on_sse: Callable[[str, str], object] = _nothing
    on_provider_object: Callable[[Any], object] = _nothing
    on_turn_before_conversion: Callable[[Turn], object] = _nothing

    def call(self, point: str, *values: Any) -> None:
        """Call one point; an error of the callback is logged, never raised."""
        try:
            getattr(self, point)(*values)
        except Exception:
            _log.exception("the debug tap's %s failed", point)
