"""The child of a probe: loads the plugin of the rows it is given and tells of each in a line of JSON."""

from __future__ import annotations

import json
import os
import sys
import time
import traceback
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from geppetto.errors import PluginError
from geppetto.plugins.checks import name_of
from geppetto.plugins.kinds import Kind
from geppetto.plugins.loader import Loader
from geppetto.plugins.row import Row, Status

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

__all__ = ["main", "results", "tasks_in"]


def main() -> None:
    """Load the rows on standard input; what a plugin prints goes to standard error."""
    tasks = tasks_in(json.load(sys.stdin))
    answers = os.dup(1)
    os.dup2(2, 1)
    for result in results(tasks, Loader()):
        os.write(answers, json.dumps(result).encode() + b"\n")
    os._exit(0)  # threads that a plugin started must not keep us


def tasks_in(order: list[dict[str, Any]]) -> list[tuple[Row, list[str]]]:
    """Return the rows to try, each with all names that its module promises of its kind."""
    return [(Row.from_json(each["row"]), each["promised"]) for each in order]


def results(tasks: Sequence[tuple[Row, list[str]]], loader: Loader) -> Iterator[dict[str, Any]]:
    """Load the rows one by one; the time of each counts from before the first."""
    begin = time.perf_counter()
    for row, promised in tasks:
        result = _result(loader, row, promised)
        result["load_ms"] = round((time.perf_counter() - begin) * 1000, 1)
        yield result


def _result(loader: Loader, row: Row, promised: Sequence[str]) -> dict[str, Any]:
    try:
        contribution = loader.contribution(row, promised)
        remark = loader.remark(row, promised)
    except PluginError as error:
        broken = replace(row, status=Status.FAILED, reason=error.message)
        return {"row": broken.to_json(), "error": _error(error), "about": {}}
    # a name in conflict stays one, also when its plugin works
    status = Status.LOADED if row.status is Status.AVAILABLE else row.status
    loaded = replace(row, status=status, reason=row.reason or remark)
    return {"row": loaded.to_json(), "error": None, "about": _about(Kind(row.kind), contribution)}


def _error(error: PluginError) -> dict[str, Any]:
    cause = error.__cause__
    if cause is None:
        return {"type": "PluginError", "message": error.message}
    trace = "".join(traceback.format_exception(cause))
    return {"type": type(cause).__name__, "message": error.message, "traceback": trace}


def _about(kind: Kind, contribution: Any) -> dict[str, Any]:
    """Return what a contribution says of itself, as JSON."""
    able = getattr(contribution, "capabilities", None)
    tags = set(getattr(contribution, "tags", ()) or ())
    tags |= {name for name in getattr(type(able), "__slots__", ()) if getattr(able, name, None) is True}
    text = getattr(contribution, "description", "") or getattr(contribution, "short_help", "") or ""
    return {
        "name": name_of(kind, contribution),
        "description": str(text),
        "version": str(getattr(contribution, "version", "") or ""),
        "tags": sorted(map(str, tags)),
    }
