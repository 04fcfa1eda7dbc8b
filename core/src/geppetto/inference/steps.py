"""StepController: holds runs at two points of the tool loop until somebody lets them go on.

An application owns one and may share it between sessions; it is enabled per session. A pause that nobody ends goes on
by itself after its timeout.
"""

from __future__ import annotations

import asyncio
import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from geppetto.events.model import DebuggerPause
from geppetto.turns import new_id

if TYPE_CHECKING:
    from collections.abc import Mapping

    from geppetto.engine.context import RunContext

__all__ = ["Pause", "StepController"]


@dataclass(slots=True, frozen=True)
class Pause:
    """One run that is held: `phase` is after_inference or after_tools; `deadline_ms` is Unix time."""

    id: str
    session_id: str
    run_id: str
    phase: str
    summary: str
    deadline_ms: int
    extra: Mapping[str, Any] = field(default_factory=dict)


class StepController:
    """Pause runs of the sessions it is enabled for; `resume` works from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._enabled: set[str] = set()
        self._waiting: dict[str, tuple[Pause, asyncio.AbstractEventLoop, asyncio.Event]] = {}

    def enable(self, session_id: str) -> None:
        """Hold the runs of a session from now on."""
        with self._lock:
            self._enabled.add(session_id)

    def disable(self, session_id: str) -> None:
        """Stop holding a session's runs, and let those that are held go on."""
        with self._lock:
            self._enabled.discard(session_id)
            held = [pause.id for pause, *_ in self._waiting.values() if pause.session_id == session_id]
        for pause_id in held:
            self.resume(pause_id)

    def is_enabled(self, session_id: str) -> bool:
        """Say whether runs of a session are held."""
        return session_id in self._enabled

    def pauses(self) -> list[Pause]:
        """Return the pauses that wait now."""
        with self._lock:
            return [pause for pause, *_ in self._waiting.values()]

    def resume(self, pause_id: str) -> bool:
        """Let a held run go on; False when it does so already."""
        with self._lock:
            found = self._waiting.pop(pause_id, None)
        if found is None:
            return False
        _, loop, event = found
        loop.call_soon_threadsafe(event.set)
        return True

    async def hold(
        self, ctx: RunContext, phase: str, summary: str, seconds: float, extra: Mapping[str, Any]
    ) -> None:
        """Hold a run until `resume`, or for `seconds`; its clock stands still meanwhile."""
        if not self.is_enabled(ctx.session_id):
            return
        deadline = int((time.time() + seconds) * 1000)
        pause = Pause(new_id(), ctx.session_id, ctx.inference_id, phase, summary, deadline, dict(extra))
        event = asyncio.Event()
        with self._lock:
            self._waiting[pause.id] = (pause, asyncio.get_running_loop(), event)
        ctx.port.stop_clock()
        try:
            ctx.emit(DebuggerPause(pause.id, phase, summary, deadline, dict(extra)))
            async with asyncio.timeout(seconds):
                await event.wait()
        except TimeoutError:
            pass  # nobody came: the run goes on by itself
        finally:
            ctx.port.start_clock()
            with self._lock:
                self._waiting.pop(pause.id, None)
