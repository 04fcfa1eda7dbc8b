"""A process that tries plugins for us: what hangs, exits or prints there harms nothing here."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack, suppress
from typing import IO, Any, Self

__all__ = ["Child"]


class Child:
    """A process that runs a module of ours: it reads an order, as JSON, and writes a line of JSON for each answer.

    Files, not pipes, take its output: a grandchild that keeps a pipe open would make us wait for it after its parent is
    gone.
    """

    def __init__(self, module: str, order: Any) -> None:
        self._module, self._order = module, order
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        order, self._out, self._err = (self._file() for _ in range(3))
        order.write(json.dumps(self._order).encode())
        order.seek(0)
        self._process = subprocess.Popen(  # noqa: S603  # our own interpreter with a module of ours
            [sys.executable, "-P", "-m", self._module],
            stdin=order,
            stdout=self._out,
            stderr=self._err,
            env={**os.environ, "PYTHONPATH": _search_path()},
            start_new_session=True,
        )
        return self

    def __exit__(self, *_: object) -> None:
        self._kill()
        self._stack.close()

    def answers(self, until: float, limit: float) -> tuple[list[dict[str, Any]], str]:
        """Wait until a time of the clock, then return the answers, and how the process ended for who misses one."""
        fate = self._wait(until, limit)
        return [answer for answer in map(_read, _lines(self._out)) if answer is not None], fate

    def _file(self) -> IO[bytes]:
        return self._stack.enter_context(tempfile.TemporaryFile())

    def _wait(self, until: float, limit: float) -> str:
        try:
            code = self._process.wait(max(0.0, until - time.monotonic()))
        except subprocess.TimeoutExpired:
            self._kill()
            return f"it was not loaded within {limit:g} s: its import must not wait for anything"
        last = next(reversed(_lines(self._err)), "")
        return f"its import ended the process with exit code {code}{f' ({last[:300]})' if last else ''}"

    def _kill(self) -> None:
        """End the child and what it started."""
        if self._process.poll() is None:
            if sys.platform == "win32":
                self._process.kill()
            else:
                with suppress(ProcessLookupError, PermissionError):  # it ended by itself just now
                    os.killpg(self._process.pid, 9)
            self._process.wait()


def _search_path() -> str:
    """Return our own `sys.path` for the child, which must not search its working directory by itself."""
    return os.pathsep.join(folder or os.getcwd() for folder in sys.path)  # noqa: PTH109  # a string for a string


def _lines(file: IO[bytes]) -> list[str]:
    file.seek(0)
    return [line for line in file.read().decode(errors="replace").splitlines() if line.strip()]


def _read(line: str) -> dict[str, Any] | None:
    try:
        value = json.loads(line)
    except ValueError:
        return None  # half a line: the child was ended while it wrote
    return value if isinstance(value, dict) else None
