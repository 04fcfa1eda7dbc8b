"""How long the transport waits for what: the limits a host sets, and the clocks of one request."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Limits", "Phase", "Waits"]

#: where a request stands: dialling, sent and without an answer, the head is there, body bytes have come
Phase: TypeAlias = Literal["connect", "waiting", "answered", "streaming"]

_FIRST_EVENT = 600.0


@dataclass(slots=True, frozen=True)
class Limits:
    """Bound waits (seconds), sizes (bytes) and idle connections (per origin and event loop).

    `connect` covers name resolution, TCP and TLS together; `first_event` runs from the start of the request to the
    first byte of the body (None means 600: reasoning models are silent for minutes); `idle` lies between two reads.
    """

    connect: float = 10.0
    first_event: float | None = None
    idle: float = 120.0
    write: float = 60.0
    max_response: int = 256 * 1024 * 1024
    max_event: int = 64 * 1024 * 1024
    max_error_body: int = 1024 * 1024
    idle_connections: int = 256
    idle_expiry: float = 30.0


class Waits:
    """Say how long each step of one request may take; no wait outlasts the run's deadline."""

    __slots__ = ("_begun", "_clock", "_limits", "_remaining", "by_deadline", "eof", "phase")

    def __init__(
        self, limits: Limits, remaining: Callable[[], float | None], clock: Callable[[], float]
    ) -> None:
        self._limits, self._remaining, self._clock = limits, remaining, clock
        self._begun = clock()
        self.phase: Phase = "connect"
        #: the last wait was cut short by the run's deadline, not by a limit of ours
        self.by_deadline = False
        #: the peer ended its side of the connection
        self.eof = False

    def connect(self) -> float:
        """Return the seconds left for dialling."""
        return self._clip(self._limits.connect - self._elapsed())

    def write(self) -> float:
        """Return the seconds that sending one piece of the request may take."""
        return self._clip(self._limits.write)

    def read(self) -> float:
        """Return the seconds that the next read may take."""
        if self.phase == "streaming":
            return self._clip(self._limits.idle)
        return self._clip((self._limits.first_event or _FIRST_EVENT) - self._elapsed())

    def _elapsed(self) -> float:
        return self._clock() - self._begun

    def _clip(self, seconds: float) -> float:
        left = self._remaining()
        self.by_deadline = left is not None and left < seconds
        return max(0.0, left if left is not None and left < seconds else seconds)
