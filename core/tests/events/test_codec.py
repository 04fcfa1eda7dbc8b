"""Every event has a class, a name and a JSON form that reads back."""

import json
from dataclasses import dataclass, fields
from typing import Any

import pytest
from geppetto.errors import DecodeError, InvalidOption
from geppetto.events import Correlation, CustomEvent, Event, EventTypes, TextDelta, is_terminal
from geppetto.turns import EventType

AT = Correlation("s", "r", "t", "p", "g", "c")


@pytest.mark.parametrize("name", list(EventType))
def test_every_name_of_the_vocabulary_has_a_class_that_round_trips(name: EventType) -> None:
    """The JSON of an event reads back as the same event."""
    read = EventTypes().from_json({"type": str(name), "seq": 3, "time": 1.5, "correlation": AT.to_json()})

    again = EventTypes().from_json(read.to_json())

    assert read.type == name
    assert again == read
    assert again.correlation == AT
    assert set(read.to_json()) == {"type", "seq", "time", "correlation", *(set(_own(read)))}


def _own(event: Event) -> list[str]:
    return [f.name for f in fields(event) if f.name not in {"correlation", "seq", "time"}]


def test_three_events_are_terminal() -> None:
    """Finished, stopped and failed end a run, nothing else does."""
    types = EventTypes()
    terminal = [name for name in EventType if is_terminal(types.from_json({"type": str(name)}))]

    assert terminal == ["run-finished", "run-stopped", "run-failed"]


@dataclass(slots=True)
class Progress(Event):
    """An event of a plugin."""

    type = "acme.progress"
    percent: int = 0


def test_a_plugins_event_type_is_read_as_its_class() -> None:
    """A registered class decodes its own name."""
    types = EventTypes([Progress])

    assert types.from_json({"type": "acme.progress", "percent": 5}) == Progress(5)
    assert "acme.progress" in types.names()


def test_a_type_that_nobody_knows_is_kept_as_it_is() -> None:
    """An unknown event writes itself back the same."""
    value = {"type": "other.thing", "seq": 1, "time": 0.0, "correlation": {"run_id": "r"}, "x": [1]}

    event = EventTypes().from_json(value)

    assert isinstance(event, CustomEvent)
    assert event.to_json() == value


@pytest.mark.parametrize("name", ["", "progress", "text-delta"])
def test_an_event_type_needs_an_owner(name: str) -> None:
    """Names without an owner, the core's among them, cannot be registered."""
    cls = type("Bad", (Event,), {"type": name})

    with pytest.raises(InvalidOption, match="has no owner"):
        EventTypes([cls])


def test_an_event_type_is_taken_once() -> None:
    """Two classes of one name clash; the same class twice does not."""
    types = EventTypes([Progress, Progress])

    with pytest.raises(InvalidOption, match="taken by Progress"):
        types.register(type("Other", (Event,), {"type": "acme.progress"}))


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ({}, "no 'type'"),
        ({"type": "text-delta", "dleta": "x"}, "no field 'dleta'"),
        ({"type": "text-delta", "correlation": {"ship": 1}}, "correlation"),
        ({"type": "text-delta", "correlation": [1]}, "correlation"),
        ({"type": "text-delta", "seq": "x"}, "'seq' and 'time' are numbers"),
        ({"type": "text-delta", "time": {}}, "'seq' and 'time' are numbers"),
        ({"type": 3}, "no 'type'"),
        ([], "no 'type'"),
    ],
)
def test_what_is_no_event_is_named(value: Any, message: str) -> None:
    """A missing type or an unknown field raises DecodeError."""
    with pytest.raises(DecodeError, match=message):
        EventTypes().from_json(value)


def test_a_correlation_leaves_out_what_is_not_known() -> None:
    """Only known ids are written; `origin` only when it is not the user."""
    assert Correlation("s", "r", "t").to_json() == {"session_id": "s", "run_id": "r", "turn_id": "t"}
    assert Correlation(run_id="r", origin="internal").to_json() == {"run_id": "r", "origin": "internal"}
    assert TextDelta("x").to_json()["correlation"] == {}


@dataclass(slots=True)
class Strict(Event):
    """An event of a plugin with a field that must be there."""

    type = "acme.strict"
    percent: int


def test_a_missing_field_of_a_plugins_event_is_an_error_of_ours() -> None:
    """The event is named."""
    with pytest.raises(DecodeError, match=r"event acme\.strict: .*percent"):
        EventTypes([Strict]).from_json({"type": "acme.strict"})


def _filled(cls: type[Event]) -> Event:
    """Make an event whose every field says something."""
    samples: dict[str, Any] = {
        "str": "text",
        "int": 7,
        "float": 1.5,
        "Any": {"a": [None, True]},
        "dict[str, Any]": {"b": [1, {"c": "d"}]},
        "list[Any]": [1, "x", {"e": None}],
    }
    own = {f.name: samples[str(f.type)] for f in fields(cls) if f.name not in {"correlation", "seq", "time"}}
    return cls(**own, correlation=AT, seq=3, time=1.5)


@pytest.mark.parametrize("name", list(EventType))
def test_a_filled_event_of_every_name_survives_json_text(name: EventType) -> None:
    """Every field of every event is JSON, and comes back as it was."""
    types = EventTypes()
    event = _filled(type(types.from_json({"type": str(name)})))

    again = types.from_json(json.loads(json.dumps(event.to_json())))

    assert again == event
    assert type(again) is type(event)


def test_the_core_knows_the_names_of_the_vocabulary_and_no_others() -> None:
    """One class per name."""
    assert EventTypes().names() == sorted(EventType)


class _Progress(Event):
    type = "acme.progress"


def test_a_type_that_no_event_has_is_refused_with_the_nearest() -> None:
    """Those of the core and of the plugins that are there are known; of other owners nobody knows anything."""
    types = EventTypes([_Progress])

    with pytest.raises(
        InvalidOption, match="on: there is no event type 'text-delt'; did you mean text-delta"
    ) as caught:
        types.check("text-delt", "on")
    with pytest.raises(InvalidOption, match=r"did you mean acme\.progress"):
        types.check("acme.progres", "on")
    for name in ("text-delta", "acme.progress", "other.thing"):
        types.check(name, "on")

    assert caught.value.subject == "on"
