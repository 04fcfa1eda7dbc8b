"""Which modules are being loaded, and for which call: what is stopped while it loads must begin anew."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from geppetto_js.runtime.calls import Call
    from geppetto_js.runtime.core import Core

__all__ = ["Loads"]


class Loads:
    """Told by `require` of each module that it begins and ends to load; an end that is missing was an interrupt."""

    def __init__(self, core: Core) -> None:
        self._core = core
        self._calls: dict[str, Call | None] = {}

    def begun(self, path: str) -> None:
        """Note for which call a module is loaded."""
        self._calls[path] = self._core.current

    def ended(self, path: str) -> None:
        """Forget it: it is loaded, or threw."""
        self._calls.pop(path, None)

    def stopped(self, path: str) -> bool:
        """Say whether the script that loads a module cannot go on; else it stands, and a cycle sees its half exports."""
        call = self._calls.get(path)
        return call is None or call.stopped() is not None or (call.done and not self._stands(call))

    def _stands(self, call: Call) -> bool:
        """Say whether a call runs, or waits below the running one; one that ran out of memory is over, not stopped."""
        running = self._core.current
        while running is not None and running is not call:
            running = running.parent
        return running is call
