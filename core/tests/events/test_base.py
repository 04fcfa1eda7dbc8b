"""The envelope of every event, and the event of a type that nobody knows."""

from typing import Any

import pytest
from geppetto.errors import DecodeError
from geppetto.events import Correlation, CustomEvent, function_sink


@pytest.mark.parametrize("origin", ["user", "internal"])
def test_a_correlation_reads_back(origin: str) -> None:
    """Known ids and the origin are all there is to it."""
    at = Correlation("s", "r", "t", "p", "g", "c", origin=origin)

    assert Correlation.from_json(at.to_json()) == at
    assert Correlation.from_json({}) == Correlation()


@pytest.mark.parametrize("value", [{"ship": "x"}, {"run_id": 1}, ["run_id"], "r", None, {1: "x"}])
def test_what_is_no_correlation_is_refused_with_the_known_ids(value: Any) -> None:
    """A stranger's JSON raises an error of ours, not a TypeError."""
    with pytest.raises(DecodeError, match=r"correlation .* cannot be read") as caught:
        Correlation.from_json(value)

    assert "run_id" in caught.value.next_step


def test_something_inside_keeps_the_ids_around_it() -> None:
    """A provider call belongs to its run, a tool call to its provider call."""
    run = Correlation("s", "r", "t", origin="internal")

    call = run.within(provider_call_id="p").within(tool_call_id="c")

    assert call == Correlation("s", "r", "t", "p", "", "c", "internal")
    assert run.provider_call_id == ""


def test_an_unknown_event_is_asked_for_by_its_own_name() -> None:
    """Its `type` is its name, so that sinks and listeners find it."""
    seen: list[Any] = []
    sink = function_sink(seen.append, "acme.progress")

    sink(CustomEvent("acme.progress", {"percent": 5}))
    sink(CustomEvent("acme.other"))

    assert [event.type for event in seen] == ["acme.progress"]


def test_a_payload_cannot_take_the_place_of_the_envelope() -> None:
    """Type, number and time are the run's, whatever a plugin calls its own fields."""
    event = CustomEvent("acme.x", {"type": "run-finished", "seq": 99, "own": 1}, seq=3)

    assert event.to_json() == {"type": "acme.x", "seq": 3, "time": 0.0, "correlation": {}, "own": 1}
