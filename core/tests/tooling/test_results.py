"""Whatever a handler gives becomes JSON, or an error that says why not."""

import dataclasses
import datetime as dt
import enum
from typing import Any

import pytest
from geppetto import ToolOutcome
from geppetto.tooling.results import outcome_of, settled
from geppetto.turns import ToolCall
from pydantic import BaseModel, field_serializer

CALL = ToolCall("c1", "give", {})


class Model(BaseModel):
    """A result of pydantic."""

    when: dt.date
    size: float = 1.5


@dataclasses.dataclass
class Data:
    """A result of the standard library."""

    name: str
    parts: tuple[int, ...] = (1, 2)


class Colour(enum.Enum):
    """A result with a name."""

    RED = "red"


class Broken(BaseModel):
    """A model that cannot be written."""

    x: int = 1

    @field_serializer("x")
    def _fails(self, _value: int) -> int:
        raise LookupError("no way")


def _circle() -> list[Any]:
    circle: list[Any] = []
    circle.append(circle)
    return circle


@pytest.mark.parity(266, 277)
@pytest.mark.parametrize(
    ("given", "written"),
    [
        (None, None),
        ("text", "text"),
        ({"a": (1, 2)}, {"a": [1, 2]}),
        (Model(when=dt.date(2026, 1, 2)), {"when": "2026-01-02", "size": 1.5}),
        (Data("x"), {"name": "x", "parts": [1, 2]}),
        ([Data("x"), Colour.RED], [{"name": "x", "parts": [1, 2]}, "red"]),
        (b"bytes of text", "bytes of text"),
        ({1: "one"}, {"1": "one"}),
        ({2}, [2]),
    ],
)
def test_values_are_written_as_json(given: Any, written: Any) -> None:
    """JSON stays as it is; models, dataclasses, dates, enums and text in bytes are written."""
    outcome = outcome_of(CALL, given, 2)

    assert (outcome.status, outcome.call_id, outcome.attempts) == ("ok", "c1", 2)
    assert outcome.result == written


@pytest.mark.parametrize(
    "given",
    [
        float("nan"),
        {"x": float("inf")},
        Model(when=dt.date(2026, 1, 2), size=float("nan")),
        object(),
        b"\xff\xfe",
        Broken(),
        _circle(),
    ],
    ids=["nan", "inf", "nan in a model", "object", "bytes", "serializer raises", "circle"],
)
def test_what_json_cannot_say_is_an_error_of_the_call(given: Any) -> None:
    """The model reads what was wrong; the run is not ended by it."""
    outcome = outcome_of(CALL, given, 1)

    assert (outcome.status, outcome.code) == ("error", "TOOL_RESULT_INVALID")
    assert outcome.error.startswith("the result cannot be written: result")


def test_an_outcome_of_the_handlers_own_is_kept_under_the_calls_id() -> None:
    """A handler, a hook or a middleware may give an outcome; its id and its values are checked all the same."""
    own = ToolOutcome("other", "refused", error="not today", parts=({"type": "text", "text": "x"},))

    kept = outcome_of(CALL, own, 3)
    wrong = settled(CALL, ToolOutcome("c1", result=object()))
    wrong_part = settled(CALL, ToolOutcome("c1", parts=({"x": object()},)))

    assert (kept.call_id, kept.status, kept.error, kept.attempts) == ("c1", "refused", "not today", 3)
    assert kept.parts == ({"type": "text", "text": "x"},)
    assert wrong.code == wrong_part.code == "TOOL_RESULT_INVALID"
