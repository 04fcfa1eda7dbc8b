"""Function arguments that come piece by piece: values at JSON paths, put together to one object.

Vertex AI streams them so (`streamFunctionCallArguments`); elsewhere the arguments of a call come whole.
"""

from __future__ import annotations

import itertools
import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

__all__ = ["Arguments"]

_STEP = re.compile(r"""\.([^.\[\]]+)|\[(\d+)\]|\[(['"])(.*?)\3\]""")
#: how far behind the end of a list a value may stand: lists come in order
_WIDEST_GAP = 100
_VALUES = ("stringValue", "numberValue", "boolValue")


class Arguments:
    """Collect the arguments of one call; `value` is what they are so far."""

    __slots__ = ("_growing", "value")

    def __init__(self) -> None:
        self.value: dict[str, Any] = {}
        #: paths whose text goes on in the next piece
        self._growing: set[str] = set()

    def add(self, whole: Mapping[str, Any] | None, pieces: Iterable[Mapping[str, Any]]) -> None:
        """Take whole arguments and pieces of them; raise ValueError for a path that cannot be read."""
        self.value.update(whole or {})
        for piece in pieces:
            self._add(str(piece.get("jsonPath") or ""), piece)

    def _add(self, path: str, piece: Mapping[str, Any]) -> None:
        steps = _steps(path)
        value = next((piece[name] for name in _VALUES if name in piece), None)
        holder = _holder(self.value, steps)
        if path in self._growing and isinstance(value, str):
            value = _get(holder, steps[-1]) + value
        _set(holder, steps[-1], value)
        if piece.get("willContinue"):
            self._growing.add(path)
        else:
            self._growing.discard(path)


def _steps(path: str) -> list[str | int]:
    """Take a path such as `$.stops[0]['the name']` apart."""
    found, end = [], 1
    for match in _STEP.finditer(path, 1):
        if match.start() != end:
            break
        end = match.end()
        found.append(int(match[2]) if match[2] else match[1] or match[4])
    if not path.startswith("$") or end != len(path) or not found:
        msg = f"a JSON path that cannot be read: {path!r}"
        raise ValueError(msg)
    return found


def _holder(value: Any, steps: list[str | int]) -> Any:
    """Return the object or list that the last step goes into; what is missing on the way is made."""
    for step, after in itertools.pairwise(steps):
        inner = _get(value, step)
        if inner is None:
            inner = [] if isinstance(after, int) else {}
            _set(value, step, inner)
        value = inner
    return value


def _get(holder: Any, step: str | int) -> Any:
    if isinstance(step, int):
        return holder[step] if step < len(holder) else None
    return holder.get(step)


def _set(holder: Any, step: str | int, value: Any) -> None:
    if isinstance(step, int):
        if step > len(holder) + _WIDEST_GAP:
            msg = f"a list index far behind its end: {step}"
            raise ValueError(msg)
        holder.extend([None] * (step + 1 - len(holder)))
    holder[step] = value
