"""The host's worker threads: unbounded, reused when idle, daemons.

Plain `def` middlewares and tools block; a bounded pool deadlocks as soon as they nest (contracts, "Plain `def`
middleware"), and the standard library's pool holds up the interpreter's exit for a handler that never returns.
"""

from __future__ import annotations

import itertools
import os
import threading
import time
from concurrent.futures import Future
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Any, TypeAlias

from geppetto.errors import SessionError

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Threads"]

_Work: TypeAlias = "tuple[Future[Any], Callable[..., Any], tuple[Any, ...]]"
_IDLE_SECONDS = 10.0
_names = itertools.count(1)


class _Worker:
    """One thread and the queue that hands it work."""

    def __init__(self, pool: Threads) -> None:
        self._pool = pool
        self.inbox: SimpleQueue[_Work | None] = SimpleQueue()
        self.thread = threading.Thread(target=self._run, name=f"geppetto-worker-{next(_names)}", daemon=True)

    def _run(self) -> None:
        while (work := self._next()) is not None:
            future, fn, args = work
            if future.set_running_or_notify_cancel():
                _call(future, fn, args)
            del work, future, fn, args  # an idle thread keeps nothing alive
            if not self._pool._rest(self):  # noqa: SLF001  # the pool's own half of the worker
                return

    def _next(self) -> _Work | None:
        while True:
            try:
                return self.inbox.get(timeout=_IDLE_SECONDS)
            except Empty:
                if self._pool._retire(self):  # noqa: SLF001  # the pool's own half of the worker
                    return None


def _call(future: Future[Any], fn: Callable[..., Any], args: tuple[Any, ...]) -> None:
    try:
        result = fn(*args)
    except BaseException as error:  # whatever it is belongs to the caller, `SystemExit` too
        future.set_exception(error)
    else:
        future.set_result(result)


class Threads:
    """Run blocking functions, each on a thread of its own, reusing the one that became idle last."""

    def __init__(self) -> None:
        self._closed = False
        self._forget()

    def _forget(self) -> None:
        """Begin without threads: at first, and in a forked child, which has none of its parent's."""
        self._lock = threading.Lock()
        self._idle: list[_Worker] = []
        self._alive: set[_Worker] = set()
        self._process = os.getpid()

    def submit(self, fn: Callable[..., Any], /, *args: Any) -> Future[Any]:
        """Start `fn(*args)` at once; raises SessionError after `close`."""
        future: Future[Any] = Future()
        if self._process != os.getpid():
            self._forget()
        with self._lock:
            self.check_open()
            worker = self._idle.pop() if self._idle else self._hire()
            worker.inbox.put((future, fn, args))
        return future

    def check_open(self) -> None:
        """Raise SessionError (HOST_CLOSED) after `close`."""
        if self._closed:
            raise SessionError("the host is closed", code="HOST_CLOSED", next_step="make another Host")

    def _hire(self) -> _Worker:
        worker = _Worker(self)
        worker.thread.start()
        self._alive.add(worker)
        return worker

    def close(self, grace: float = 2.0) -> int:
        """End idle threads, wait up to `grace` seconds for busy ones, and return how many never came back."""
        with self._lock:
            self._closed = True
            for worker in self._idle:
                worker.inbox.put(None)
            self._idle.clear()
            alive = list(self._alive)
        end = time.monotonic() + grace
        others = [worker.thread for worker in alive if worker.thread is not threading.current_thread()]
        for thread in others:
            thread.join(max(0.0, end - time.monotonic()))
        return sum(thread.is_alive() for thread in others)

    def _rest(self, worker: _Worker) -> bool:
        """Take a worker back; False tells it to end."""
        with self._lock:
            if self._closed:
                self._alive.discard(worker)
                return False
            self._idle.append(worker)
            return True

    def _retire(self, worker: _Worker) -> bool:
        """Let an idle worker end, unless work was handed to it meanwhile."""
        with self._lock:
            if worker not in self._idle:
                return False
            self._idle.remove(worker)
            self._alive.discard(worker)
            return True
