"""What every event is: an envelope of type, number, time and correlation around a payload of its own."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import Any, ClassVar

from geppetto.errors import DecodeError

__all__ = ["Correlation", "CustomEvent", "Event"]

_ENVELOPE = frozenset({"correlation", "seq", "time"})


@dataclass(slots=True, frozen=True)
class Correlation:
    """Say which session, run, turn, provider call, segment and tool call an event belongs to."""

    session_id: str = ""
    run_id: str = ""
    turn_id: str = ""
    provider_call_id: str = ""
    segment_id: str = ""
    tool_call_id: str = ""
    origin: str = "user"

    def within(
        self, *, provider_call_id: str = "", segment_id: str = "", tool_call_id: str = ""
    ) -> Correlation:
        """Return the correlation of something inside: a provider call, a segment, a tool call."""
        return Correlation(
            self.session_id,
            self.run_id,
            self.turn_id,
            provider_call_id or self.provider_call_id,
            segment_id or self.segment_id,
            tool_call_id or self.tool_call_id,
            self.origin,
        )

    def to_json(self) -> dict[str, str]:
        """Return the ids that are known; `origin` only when it is not the user."""
        found = {name: getattr(self, name) for name in self.__slots__}
        if found["origin"] == "user":
            del found["origin"]
        return {name: value for name, value in found.items() if value}

    @classmethod
    def from_json(cls, value: Any) -> Correlation:
        """Read the ids; raise DecodeError for an id that does not exist or is no text."""
        known = cls.__slots__
        if not isinstance(value, dict) or not all(
            name in known and isinstance(value[name], str) for name in value
        ):
            raise DecodeError(
                f"event: correlation {value!r:.80} cannot be read",
                subject="correlation",
                next_step=f"an object of texts under {', '.join(known)}",
            )
        return cls(**value)


@dataclass(slots=True)
class Event:
    """Base of all events; subclasses add their payload as fields and name themselves in `type`."""

    type: ClassVar[str] = ""
    correlation: Correlation | None = field(default=None, kw_only=True)
    seq: int = field(default=0, kw_only=True)
    time: float = field(default=0.0, kw_only=True)

    def payload(self) -> dict[str, Any]:
        """Return the event's own fields as JSON data."""
        return {f.name: getattr(self, f.name) for f in fields(self) if f.name not in _ENVELOPE}

    def to_json(self) -> dict[str, Any]:
        """Return `{"type", "seq", "time", "correlation", ...payload}` (contracts, "CLI JSON")."""
        correlation = self.correlation.to_json() if self.correlation else {}
        envelope = {"type": str(self.type), "seq": self.seq, "time": self.time, "correlation": correlation}
        return {**envelope, **self.payload(), **envelope}


@dataclass(slots=True)
class CustomEvent(Event):
    """An event whose type nobody registered here; it keeps its name and payload as they were."""

    name: str = ""
    data: dict[str, Any] = field(default_factory=dict)

    @property
    def type(self) -> str:  # type: ignore[override]  # here it is the name of the one event
        """The event's own name."""
        return self.name

    def payload(self) -> dict[str, Any]:
        """Return the payload as it was read."""
        return self.data
