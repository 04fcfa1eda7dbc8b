"""History: a session's turns, each kept as what it adds to the turn before, so that memory grows with the blocks."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, overload

from geppetto.turns import Turn

if TYPE_CHECKING:
    from geppetto.turns import Block, Opaque

__all__ = ["History", "Ledger"]


@dataclass(slots=True, frozen=True)
class _Entry:
    """A turn as the first `kept` blocks of the turn before it, and its own `tail`."""

    id: str
    kept: int
    tail: tuple[Block, ...]
    metadata: Opaque
    data: Opaque


class History(Sequence[Turn]):
    """The turns of a session, oldest first, to be read; every turn that is read is a copy.

    Any thread may read while the session writes: a turn is there whole, as it was or as it is.
    It equals any sequence of the same turns.
    """

    __slots__ = ("_ledger",)

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    @overload
    def __getitem__(self, index: int) -> Turn: ...
    @overload
    def __getitem__(self, index: slice) -> list[Turn]: ...
    def __getitem__(self, index: int | slice) -> Turn | list[Turn]:
        """Return a copy of a turn, or of several."""
        return self._ledger.read(index)

    def __len__(self) -> int:
        return len(self._ledger)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Sequence):
            return NotImplemented
        return self[:] == list(other)

    __hash__ = None  # type: ignore[assignment]  # it grows


class Ledger:
    """Where a session writes its turns; `History` is what others see of it."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._entries: list[_Entry] = []
        self._before: list[Block] | None = None  # the blocks of the last turn but one, where they are known
        self._last: list[Block] = []  # the blocks of the last turn, to compare the next one with

    def append(self, turn: Turn) -> None:
        """Add a copy of a turn at the end."""
        with self._lock:
            kept = _shared(self._last, turn.blocks)
            self._entries.append(
                _Entry(turn.id, kept, tuple(turn.blocks[kept:]), turn.metadata.clone(), turn.data.clone())
            )
            self._before, self._last = self._last, list(turn.blocks)

    def replace_last(self, turn: Turn) -> None:
        """Put a copy of a turn in the place of the last one."""
        with self._lock:
            self.drop_last()
            self.append(turn)

    def _blocks(self, index: int) -> list[Block]:
        """Collect a turn's blocks: its own tail, and before it what it kept of the turns before."""
        if index == len(self._entries) - 1:
            return self._last
        if index < 0:
            return []
        entry = self._entries[index]
        pieces, want = [entry.tail], entry.kept
        while want:
            index -= 1
            entry = self._entries[index]
            if want > entry.kept:
                pieces.append(entry.tail[: want - entry.kept])
                want = entry.kept
        return [block for piece in reversed(pieces) for block in piece]

    def drop_last(self) -> None:
        """Take the last turn out again, as after a run that could not start."""
        with self._lock:
            before = self._before
            self._last = self._blocks(len(self._entries) - 2) if before is None else before
            self._entries.pop()
            self._before = None

    def _turn(self, index: int) -> Turn:
        entry = self._entries[index]
        return Turn(self._blocks(index), id=entry.id, metadata=entry.metadata, data=entry.data)

    def read(self, index: int | slice) -> Turn | list[Turn]:
        """Return a copy of a turn, or of several."""
        with self._lock:
            if isinstance(index, slice):
                return [self._turn(i) for i in range(*index.indices(len(self)))]
            return self._turn(range(len(self))[index])

    def latest(self) -> Turn | None:
        """Return a copy of the last turn, or None."""
        with self._lock:
            return self._turn(len(self) - 1) if self._entries else None

    def __len__(self) -> int:
        return len(self._entries)


def _shared(before: list[Block], blocks: list[Block]) -> int:
    """Return how many blocks two turns have in common at their beginning."""
    most = min(len(before), len(blocks))
    # one comparison in C for the usual case, a turn that goes on from the last one; blocks are compared by identity first
    if blocks[:most] == before[:most]:
        return most
    return next(i for i, (old, new) in enumerate(zip(before, blocks, strict=False)) if old != new)
