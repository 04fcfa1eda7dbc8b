"""The process of a check: loads the rows of one module while it is watched, and tells what that did."""

from __future__ import annotations

import json
import logging
import os
import sys
from contextlib import suppress
from importlib import import_module
from typing import TYPE_CHECKING, Any

from geppetto.conduct.contribution import faults_of
from geppetto.conduct.watch import Watch
from geppetto.errors import PluginError
from geppetto.plugins.kinds import Kind
from geppetto.plugins.loader import Loader
from geppetto.plugins.probe_child import results, tasks_in

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from geppetto.plugins.row import Row

__all__ = ["main"]


def main() -> None:
    """Read an order, load its rows after the modules `before`, and write the reports and what was observed."""
    order = json.load(sys.stdin)
    for name in order["before"]:
        with suppress(Exception):  # whoever needs it will say what is wrong with it
            import_module(name)
    answers = os.dup(1)
    os.dup2(2, 1)

    def tell(answer: dict[str, Any]) -> None:
        os.write(answers, json.dumps(answer).encode() + b"\n")

    _watched(tasks_in(order["tasks"]), Loader(), order["own"], tell)
    os._exit(0)  # threads that a plugin started must not keep us


def _watched(
    tasks: Sequence[tuple[Row, list[str]]],
    loader: Loader,
    own: Sequence[str],
    tell: Callable[[dict[str, Any]], None],
) -> None:
    modules, logs, written, watch = set(sys.modules), _logging(), _written(), Watch(own)
    with watch:
        for report in results(tasks, loader):
            tell(report)
    observed = {
        "seen": list(watch.seen),
        "modules": [name for name in sys.modules if name not in modules],
        "logging": logs != _logging(),
        "printed": _printed(written),
    }
    tell({"observed": observed, "faults": _faults(tasks, loader)})


def _faults(tasks: Sequence[tuple[Row, list[str]]], loader: Loader) -> list[dict[str, str]]:
    """Judge each contribution; the loader has it still."""
    found: list[dict[str, str]] = []
    for row, promised in tasks:
        with suppress(PluginError):  # its report says it
            contribution = loader.contribution(row, promised)
            found += [fault.to_json() for fault in faults_of(Kind(row.kind), row.title, contribution)]
    return found


def _logging() -> tuple[Any, ...]:
    """Return what a plugin must leave as it is: the root logger belongs to the application."""
    root = logging.getLogger()
    return (root.level, [id(handler) for handler in root.handlers], logging.root.manager.disable)


def _written() -> int:
    with suppress(Exception):  # a plugin may have put something else in their place
        sys.stdout.flush()
        sys.stderr.flush()
    return os.fstat(2).st_size


def _printed(before: int) -> str:
    """Return the first line that was written since; both streams lead to the file of standard error."""
    end = _written()
    os.lseek(2, before, os.SEEK_SET)
    text = os.read(2, 4000).decode(errors="replace") if end > before else ""
    os.lseek(2, 0, os.SEEK_END)
    return next((line for line in text.splitlines() if line.strip()), "")[:200]


if __name__ == "__main__":
    main()
