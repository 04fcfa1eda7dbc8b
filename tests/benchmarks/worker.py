"""Measures one contestant in its own environment: `python -m benchmarks.worker ADAPTER MEASURE URL NUMBER` prints JSON.

It runs in foreign environments, so it stands on the standard library alone.
"""

from __future__ import annotations

import importlib
import json
import logging
import os
import sys
from typing import Any

from benchmarks import held, measures
from benchmarks.offered import NotOffered

__all__ = ["MEASURES"]

MEASURES = {name: getattr(measures, name) for name in measures.__all__}
MEASURES["held_streams"] = held.held_streams


def _main() -> None:
    name, measure, url, number = sys.argv[1:]
    logging.disable(logging.ERROR)
    try:
        adapter = importlib.import_module(f"benchmarks.adapters.{name}")
        found: dict[str, Any] = {"value": MEASURES[measure](adapter, url, int(number))}
    except NotOffered:
        found = {"missing": True}
    except BaseException as error:  # whatever a peer does becomes its row
        found = {"error": f"{type(error).__name__}: {error}"[:200]}
    sys.stdout.write(json.dumps(found) + "\n")
    sys.stdout.flush()
    os._exit(0)  # what a peer leaves running is not ours to wait for


if __name__ == "__main__":
    _main()
