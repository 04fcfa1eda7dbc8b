"""Threads of scripts that wait for each other: who would close a circle is told at once, for nobody would ever go on."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, NamedTuple

from geppetto_js.errors import JsUsageError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from geppetto_js.runtime.calls import Call
    from geppetto_js.runtime.core import Core

__all__ = ["Wait", "standing_still"]


class Wait(NamedTuple):
    """For which call of another runtime a thread stands still, and whose calls it does meanwhile."""

    root: object
    asked: Core
    call: Call


@contextmanager
def standing_still(core: Core, root: object, asked: Core, call: Call) -> Iterator[None]:
    """Note that the thread of `core`, in a frame of `root`, stands still until `asked` has done a call.

    Meanwhile it does calls of its own root alone; one of another root waits for what that thread waits for, and so on.
    Raises JsUsageError, code JS_DEADLOCK, where that leads back to the thread itself.
    """
    # noted before the look, so that of two threads that stop at the same time one sees the other
    below, core.waits = core.waits, Wait(root, asked, call)
    try:
        if _leads_back(core, root, asked, call):
            error = _deadlock()
            call.stop(error)
            raise error
        yield
    finally:
        core.waits = below


def _deadlock() -> JsUsageError:
    return JsUsageError(
        "two runtimes would wait for each other: each stands still in a call of the other",
        code="JS_DEADLOCK",
        next_step="have one of the scripts `await` an async function that calls the other: it does not stand still then",
    )


def _leads_back(core: Core, root: object, asked: Core, call: Call) -> bool:
    """Follow who waits for whom, as long as what is asked would have to wait."""
    seen = set()
    while asked is not core:
        wait = asked.waits
        if wait is None or asked in seen or wait.call.done or wait.root == call.root:
            return False
        seen.add(asked)
        asked, call = wait.asked, wait.call
    return bool(root != call.root)
