"""The server's side of paced streams: a delta now and then, each with the time at which it was sent."""

from __future__ import annotations

import asyncio
import itertools
import re
import time
from typing import Any

from benchmarks.replies import stream_piece

__all__ = ["Beats", "paced"]

_numbers = itertools.count(1)
_GOLDEN = 0.618034  # its multiples spread evenly: streams that began together must not beat together
_MODE = re.compile(rb"/paced-(\d+)-(\d+)/")


def paced(path: bytes) -> tuple[int, float] | None:
    """Read `/paced-DELTAS-MILLISECONDS/...`: how many deltas, and how many seconds lie between two."""
    found = _MODE.match(path)
    return (int(found[1]), int(found[2]) / 1000) if found else None


class Beats:
    """One stream that is written by the clock."""

    def __init__(self, transport: Any, deltas: int, seconds: float) -> None:
        self._transport, self._left, self._seconds = transport, deltas, seconds
        self._loop = asyncio.get_running_loop()

    def start(self) -> None:
        """Write the head; the first delta comes within one pause, at a point of its own."""
        self._transport.write(stream_piece(None))
        self._loop.call_later(self._seconds * (next(_numbers) * _GOLDEN % 1), self._beat)

    def _beat(self) -> None:
        if self._transport.is_closing():
            return
        self._transport.write(stream_piece(f"{time.time():.6f}"))
        self._left -= 1
        if self._left:
            self._loop.call_later(self._seconds, self._beat)
        else:
            self._transport.write(stream_piece(""))
