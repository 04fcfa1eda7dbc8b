"""Listening: everything passes, and somebody hears of the events."""

from __future__ import annotations

from concurrent.futures import Future
from typing import Any

from geppetto.engine import Listening
from geppetto.events import Correlation, Log
from geppetto.testing import RecordingPort, run_context
from geppetto.turns import Turn


async def test_events_are_told_with_what_they_belong_to_and_pass() -> None:
    """An event's own correlation goes before the context's."""
    port, heard = RecordingPort(left=3.0), []
    own = Correlation("session", "run", "turn", "call")
    ctx = run_context(port)
    ctx = ctx.derive(port=Listening(ctx.port, lambda *told: heard.append(told)))
    one, other = Log(level="info", message="one"), Log(level="info", message="other", correlation=own)

    ctx.emit(one, other)
    await ctx.drain()

    assert heard == [(one, Correlation("session", "run", "turn")), (other, own)]
    assert port.events == [one, other]


def test_everything_else_passes() -> None:
    """A run's part behind it cannot tell the difference."""
    port = RecordingPort(left=3.0)
    passing, left, failure = Listening(port, print), Future[Any](), ValueError()

    passing.snapshot("p", Turn(id="t"))
    passing.leave(left)
    passing.fail(failure)
    passing.stop_clock()
    passing.start_clock()

    assert passing.remaining() == 3.0
    assert port.snapshots == [("p", Turn(id="t"))]
    assert (port.abandoned, port.failures) == ([left], [failure])
