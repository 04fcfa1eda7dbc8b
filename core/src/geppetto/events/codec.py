"""Events from JSON: the canonical classes, and the classes that plugins register."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import TYPE_CHECKING, Any

from geppetto.errors import DecodeError, InvalidOption, nearest
from geppetto.events import model
from geppetto.events.model import Correlation, CustomEvent, Event

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["EventTypes", "is_canonical"]

_ENVELOPE = {"type", "seq", "time", "correlation"}
_CANONICAL: Mapping[str, type[Event]] = {
    str(cls.type): cls
    for cls in vars(model).values()
    if isinstance(cls, type) and issubclass(cls, Event) and cls.type and cls is not CustomEvent
}


def is_canonical(name: str) -> bool:
    """Say whether an event type is the core's own."""
    return name in _CANONICAL


class EventTypes:
    """Know the event classes of a host: the canonical ones and those that were registered."""

    def __init__(self, classes: Iterable[type[Event]] = ()) -> None:
        self._classes = dict(_CANONICAL)
        for cls in classes:
            self.register(cls)

    def register(self, cls: type[Event]) -> None:
        """Add an event class; its `type` must be of the form `owner.name` and not be taken by another class.

        Raises InvalidOption.
        """
        name = str(cls.type)
        if "." not in name:
            raise InvalidOption(
                f"event type {name!r} of {cls.__name__} has no owner",
                subject=name,
                next_step="name it `owner.name`, for example `acme.progress`",
            )
        if self._classes.get(name, cls) is not cls:
            raise InvalidOption(
                f"event type {name!r} is taken by {self._classes[name].__name__}", subject=name
            )
        self._classes[name] = cls

    def names(self) -> list[str]:
        """Return all event type names, sorted."""
        return sorted(self._classes)

    def check(self, name: str, option: str) -> None:
        """Raise InvalidOption, naming the nearest, for a type that is given for an option and that no event has.

        Where nobody knows the owner (`owner.name`), it may be of events that nobody registered.
        """
        owners = {_owner(known) for known in self._classes}
        if name not in self._classes and _owner(name) in owners:
            guess = nearest(name, self._classes)
            hint = f"did you mean {guess}?" if guess else f"known: {', '.join(self.names())}"
            raise InvalidOption(
                f"{option}: there is no event type '{name}'; {hint}", subject=option, next_step=hint
            )

    def from_json(self, value: Mapping[str, Any]) -> Event:
        """Read an event; a type that is not known becomes a CustomEvent that writes itself back the same.

        Raises DecodeError for a missing type, an envelope that cannot be read or a field that the event does not have.
        """
        name = value.get("type") if isinstance(value, Mapping) else None
        if not isinstance(name, str) or not name:
            raise DecodeError("event: no 'type'", subject="type")
        envelope = _envelope(value, name)
        payload = {key: item for key, item in value.items() if key not in _ENVELOPE}
        cls = self._classes.get(name)
        if cls is None:
            return CustomEvent(name=name, data=payload, **envelope)
        unknown = payload.keys() - {f.name for f in fields(cls)}
        if unknown:
            raise DecodeError(f"event {name}: no field {sorted(unknown)[0]!r}", subject=name)
        try:
            return cls(**payload, **envelope)
        except TypeError as error:
            raise DecodeError(f"event {name}: {error}", subject=name) from error


def _owner(name: str) -> str:
    return name.rpartition(".")[0]


def _envelope(value: Mapping[str, Any], name: str) -> dict[str, Any]:
    correlation = value.get("correlation")
    try:
        return {
            "correlation": Correlation.from_json(correlation) if correlation else None,
            "seq": int(_or_zero(value.get("seq"))),
            "time": float(_or_zero(value.get("time"))),
        }
    except (TypeError, ValueError) as error:
        raise DecodeError(f"event {name}: 'seq' and 'time' are numbers: {error}", subject=name) from error


def _or_zero(value: Any) -> Any:
    return 0 if value is None else value
