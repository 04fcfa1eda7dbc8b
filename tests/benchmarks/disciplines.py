"""The rows of the comparison: what is measured, in which unit, with which worker, and what counts as better."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["DISCIPLINES", "IMPORT", "ONE_SHOT", "Discipline"]

IMPORT = "import"
ONE_SHOT = "one_shot"


@dataclass(frozen=True)
class Discipline:
    """One row of the comparison; `number` is what its worker is given."""

    title: str
    unit: str
    measure: str
    number: int = 0
    more_is_better: bool = False


#: by the name that `--rows` takes
DISCIPLINES = {
    "import": Discipline("cold import, CPU", "ms", IMPORT),
    "one-shot": Discipline("process with one request", "ms", ONE_SHOT),
    "sequential": Discipline("awaited request", "µs", "sequential_async", 600),
    "blocking": Discipline("blocking request", "µs", "sequential", 600),
    "concurrent-64": Discipline("64 requests at once", "requests/s", "concurrent", 64, more_is_better=True),
    "concurrent-256": Discipline(
        "256 requests at once", "requests/s", "concurrent", 256, more_is_better=True
    ),
    "stream": Discipline("streamed delta, CPU", "µs", "streaming", 1000),
    "tools": Discipline("tool loop of two requests", "µs", "tool_loop", 200),
    "in-process": Discipline("run without a network", "µs", "in_process", 0),
    "layers-3": Discipline("the same, 3 layers", "µs", "in_process", 3),
    "layers-8": Discipline("the same, 8 layers", "µs", "in_process", 8),
    "memory": Discipline("memory of an open stream", "KiB", "held_streams", 300),
}
