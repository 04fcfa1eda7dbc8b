"""A copy that no script can change while it is made: where reading would run code, the copying ends instead.

A border looks at an object and then has the engine copy it, which looks at nothing: a deep or endless object would end
the process. A getter or a proxy could give the one something else than the other. But the engine asks whether to stop
before each call of any function, and its counter can be set so that it asks at the first.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import ctypes
    from collections.abc import Callable

__all__ = ["CodeRan", "Tripwire"]


class CodeRan(Exception):
    """Reading an object runs code of a script."""


class Tripwire:
    """Stands at the counter of one engine, which is counted down at each call and jump."""

    def __init__(self, counter: ctypes.c_int, error: type[Exception]) -> None:
        self._counter, self._error = memoryview(counter).cast("B").cast("i"), error
        self._armed = self._tripped = False

    def copy(self, raw: Any) -> Any:
        """Return what `raw` is in Python; raise CodeRan where a script would have its hand in it."""
        counter, self._armed = self._counter, True
        kept = counter[0]
        counter[0] = 1
        try:
            found = raw.to_python()
        except self._error as error:
            if self._tripped:
                raise CodeRan from error
            raise
        else:
            if self._tripped:
                raise CodeRan
            return found
        finally:
            self._armed = self._tripped = False
            counter[0] = kept

    def around(self, poll: Callable[[], bool]) -> Callable[[], bool]:
        """Return what the engine is to ask: `poll`, but for the calls that are not to be."""

        def asked() -> bool:
            if self._armed:
                self._tripped = True
                # and at the next one: the package passes over what the length of an array raises
                self._counter[0] = 1
                return True
            return poll()

        return asked
