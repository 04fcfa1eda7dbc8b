"""Probe: tries plugins in child processes, one per module, so that one which hangs or exits loses only itself.

`python -m geppetto.plugins.probe` is the child: it reads rows from standard input and writes a line of JSON for each
as soon as it is known.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field, replace
from typing import IO, TYPE_CHECKING, Any, Self

from geppetto.plugins.lookup import promised
from geppetto.plugins.row import Row, Status

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

__all__ = ["Report", "probe"]

#: children at a time
_AT_ONCE = 8


@dataclass(slots=True, frozen=True)
class Report:
    """What came of trying a row: the row with its new status, the time, the error, and what the contribution says.

    `load_ms` counts from before the import of the module. `about` has `name`, `description`, `version`, `tags`.
    """

    row: Row
    load_ms: float | None = None
    error: dict[str, Any] | None = None
    about: dict[str, Any] = field(default_factory=dict)


def probe(rows: Iterable[Row], *, known: Iterable[Row] = (), limit: float = 20.0) -> list[Report]:
    """Try the rows, each module in a process of its own with `limit` seconds; results keep the order of rows.

    `known` are the other rows there are: an alias may rely on one that is not tried.
    """
    wanted, everything = list(rows), list(known)
    modules: dict[tuple[str, str], list[Row]] = {}
    for row in wanted:
        modules.setdefault((row.distribution, row.module), []).append(row)
    batches = list(modules.values())
    reports = {
        report.row.id: report
        for start in range(0, len(batches), _AT_ONCE)
        for report in _together(batches[start : start + _AT_ONCE], everything, limit)
    }
    return [reports[row.id] for row in wanted]


def _together(batches: Sequence[list[Row]], known: Sequence[Row], limit: float) -> Iterator[Report]:
    """Start one child for each batch, then wait for all of them until the time is up."""
    until = time.monotonic() + limit
    with ExitStack() as stack:
        children = [stack.enter_context(_Child(rows, known)) for rows in batches]
        for child in children:
            yield from child.reports(until, limit)


class _Child:
    """A process that loads the plugin of some rows; files, not pipes, take its output.

    A grandchild that keeps a pipe open would make us wait for it after its parent is gone.
    """

    def __init__(self, rows: list[Row], known: Sequence[Row]) -> None:
        self._rows = rows
        self._tasks = [{"row": row.to_json(), "promised": promised(row, [*known, *rows])} for row in rows]
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        order, self._out, self._err = (self._file() for _ in range(3))
        order.write(json.dumps(self._tasks).encode())
        order.seek(0)
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", "geppetto.plugins.probe"],
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

    def reports(self, until: float, limit: float) -> list[Report]:
        """Wait, then return a report for every row: the child's, or why there is none."""
        fate = self._wait(until, limit)
        told = {report.row.id: report for report in map(_read_report, _lines(self._out)) if report}
        return [told.get(row.id) or _lost(row, fate) for row in self._rows]

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


def _read_report(line: str) -> Report | None:
    try:
        value = json.loads(line)
        return Report(Row.from_json(value["row"]), value["load_ms"], value["error"], value["about"])
    except (ValueError, KeyError, TypeError):
        return None  # half a line: the child was ended while it wrote


def _lost(row: Row, fate: str) -> Report:
    error = {"type": "ProbeFailed", "message": fate}
    return Report(replace(row, status=Status.FAILED, reason=fate), error=error)


if __name__ == "__main__":
    from geppetto.plugins.probe_child import main

    main()
