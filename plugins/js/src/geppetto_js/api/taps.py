"""Debug taps of scripts: what a provider was sent and what it answered, told in order and before the run's end is."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from geppetto import DebugTap
from geppetto.turns import to_yaml

from geppetto_js.api.calling import call

if TYPE_CHECKING:
    from collections.abc import Mapping

    from geppetto_js.api.state import ApiState

__all__ = ["Taps"]


class Taps:
    """The callbacks of one run; their errors never reach it (003 §37)."""

    def __init__(self, state: ApiState, given: Mapping[str, Any]) -> None:
        self._state, self._given = state, given
        self._waiting: list[tuple[Any, tuple[Any, ...]]] = []
        self._task: asyncio.Task[None] | None = None
        self._loop = asyncio.get_running_loop()

    def tap(self) -> DebugTap:
        """Return what the host's engines tell."""
        later = self._later
        return DebugTap(
            on_http=lambda method, url, headers, body: later(
                "onHttp", {"method": method, "url": url, "headers": dict(headers), "body": _text(body)}
            ),
            on_http_response=lambda status, headers: later(
                "onHttpResponse", {"status": status, "headers": dict(headers)}
            ),
            on_sse=lambda event, data: later("onSse", event, data),
            on_provider_object=lambda value: later("onProviderObject", _name(value), _text(value)),
            on_turn_before_conversion=lambda turn: later("onTurnBeforeConversion", to_yaml(turn)),
        )

    def _later(self, name: str, *values: Any) -> None:
        if name not in self._given:
            return
        self._waiting.append((self._given[name], values))
        if self._task is None or self._task.done():
            self._task = self._loop.create_task(self._tell())

    async def _tell(self) -> None:
        while self._waiting:
            function, values = self._waiting.pop(0)
            try:
                await call(function, *values)
            except Exception as error:  # each callback by itself
                self._state.host.deps.log.warning("a debug tap of a script failed: %s", error)

    async def flushed(self) -> None:
        """Wait until everything that was tapped has been told."""
        while self._task is not None and not self._task.done():
            await asyncio.shield(self._task)


def _name(value: Any) -> str:
    """Return what a provider itself calls an object that it sent: `type` or `object`; some have neither."""
    names = (value.get(key) for key in ("type", "object")) if isinstance(value, dict) else ()
    return next((name for name in names if isinstance(name, str)), "")


def _text(value: Any) -> Any:
    """Return what may cross the border: JSON as it is, bytes as text."""
    if isinstance(value, (bytes, bytearray)):
        return bytes(value).decode("utf-8", "replace")
    return value
