"""SIGTERM and SIGHUP end a command as Ctrl-C does: what there is gets saved, and the exit code says which signal it was."""

from __future__ import annotations

import signal
import threading
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from types import FrameType

__all__ = ["Ended", "Signals"]

_NAMES = ("SIGTERM", "SIGHUP")  # the second is not there on Windows


class Ended(KeyboardInterrupt):
    """A signal asked the command to end; `code` is what shells give for it."""

    def __init__(self, number: int) -> None:
        super().__init__(f"ended by {signal.Signals(number).name}")
        self.code = 128 + number


class Signals:
    """Raise `Ended` in the block at the first of the signals; `code` is not 0 from then on.

    A second one is ignored: a service manager sends both, and what is being written is to be whole. Signals that somebody
    ignores (`nohup`) or handles already are left alone.
    """

    def __init__(self) -> None:
        self.code = 0
        self._taken: list[int] = []

    def __enter__(self) -> Self:
        numbers = [getattr(signal, name) for name in _NAMES if hasattr(signal, name)]
        if threading.current_thread() is threading.main_thread():
            self._taken = [number for number in numbers if signal.getsignal(number) is signal.SIG_DFL]
        for number in self._taken:
            signal.signal(number, self._came)
        return self

    def __exit__(self, *_exc: object) -> None:
        for number in self._taken:
            signal.signal(number, signal.SIG_DFL)

    def _came(self, number: int, _frame: FrameType | None) -> None:
        if not self.code:
            ended = Ended(number)
            self.code = ended.code
            raise ended
