"""Frozen JSON: real dicts and lists that nobody can edit."""

import copy
import enum
import json
import pickle
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Any

import pytest
from geppetto import Block, Turn
from geppetto.errors import EncodeError
from geppetto.turns import freeze, thaw
from geppetto.turns.frozen import FrozenDict, FrozenList
from hypothesis import given
from hypothesis import strategies as st

_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@given(value=_JSON)
def test_a_frozen_value_equals_the_plain_one_both_ways(value: Any) -> None:
    """Freezing and thawing change no value, and json writes the frozen one the same."""
    frozen = freeze(value)

    assert frozen == value
    assert thaw(frozen) == value
    assert json.dumps(frozen) == json.dumps(value)
    assert pickle.loads(pickle.dumps(frozen)) == value
    assert type(pickle.loads(pickle.dumps(frozen))) is type(frozen)
    assert freeze(frozen) is frozen


@given(value=_JSON)
def test_freezing_shares_nothing_that_can_change(value: Any) -> None:
    """Editing the thawed copy does not reach the frozen value."""
    frozen = freeze({"value": value})
    before = json.dumps(frozen)

    plain = thaw(frozen)
    plain["value"] = plain["more"] = 1

    assert json.dumps(frozen) == before


def _or(value: Any) -> None:
    value |= {"x": 1}


def _plus(value: Any) -> None:
    value["list"] += [1]


def _times(value: Any) -> None:
    items = value["list"]
    items *= 2


def _slice(value: Any) -> None:
    value["list"][:] = []


def _delete(value: Any) -> None:
    del value["list"][0]


@pytest.mark.parametrize(
    "edit",
    [
        _or,
        _plus,
        _times,
        _slice,
        _delete,
        lambda value: value.clear(),
        lambda value: value.popitem(),
        lambda value: value.setdefault("x", 1),
        lambda value: value.__delitem__("list"),
        lambda value: value["list"].extend([1]),
        lambda value: value["list"].insert(0, 1),
        lambda value: value["list"].pop(),
        lambda value: value["list"].remove(1),
        lambda value: value["list"].reverse(),
        lambda value: value["list"][1].update(a=2),
    ],
)
def test_no_ordinary_edit_goes_through(edit: Callable[[Any], object]) -> None:
    """Operators, slices and methods are refused at every depth, in words that say what to do."""
    frozen = freeze({"list": [1, {"a": 1}]})

    with pytest.raises(TypeError, match="cannot be edited in place"):
        edit(frozen)

    assert frozen == {"list": [1, {"a": 1}]}


def test_sums_and_copies_are_plain_and_leave_the_frozen_value_alone() -> None:
    """`|`, `+`, `copy` and `deepcopy` give what can be edited."""
    frozen = freeze({"list": [1]})

    made = [
        frozen | {"x": 1},
        frozen["list"] + [2],
        frozen.copy(),
        copy.copy(frozen["list"]),
        copy.deepcopy(frozen),
    ]

    assert [type(value) for value in made] == [dict, list, dict, list, dict]
    assert type(made[-1]["list"]) is list
    assert frozen == {"list": [1]}


class _Word(str):
    """A text with a face of its own."""

    __slots__ = ()

    def __str__(self) -> str:
        return "another"


class _Half(float):
    """A float subclass, as numpy's."""


class _Level(enum.IntEnum):
    LOW = 1


class _Colour(enum.StrEnum):
    RED = "red"


@pytest.mark.parametrize(
    ("value", "plain"),
    [
        (_Word("x"), "x"),
        (_Half(0.5), 0.5),
        (_Level.LOW, 1),
        (_Colour.RED, "red"),
        (True, True),
        ((1, (2,)), [1, [2]]),
        (OrderedDict(b=1, a=2), {"b": 1, "a": 2}),
        ({_Colour.RED: _Colour.RED}, {"red": "red"}),
    ],
)
def test_subclasses_become_the_plain_type(value: Any, plain: Any) -> None:
    """A block holds JSON's own types, so that it reads back as it was."""
    frozen = freeze(value)

    assert repr(frozen) == repr(plain)
    assert type(frozen) in {str, int, float, bool, FrozenDict, FrozenList}


@pytest.mark.parametrize(
    ("value", "place"),
    [
        ({"a": [0, float("nan")]}, "root/a/1: value not serializable as JSON: NaN is no JSON number"),
        ([float("-inf")], "root/0: value not serializable as JSON: -inf is no JSON number"),
        ({"a": {"b": b"x"}}, "root/a/b"),
        ({"a": {1: 2}}, "root/a: key 1 is int"),
        ([{1, 2}], "root/0"),
        ({"n": 10**4300}, "root/n: value not serializable as JSON: an integer of more than 4300 digits"),
    ],
)
def test_what_json_cannot_say_is_refused_with_its_place(value: Any, place: str) -> None:
    """The path leads to the one value that is wrong."""
    with pytest.raises(EncodeError) as caught:
        freeze(value, "root")

    assert str(caught.value).startswith(place)


def test_a_value_inside_itself_is_refused() -> None:
    """A loop has no JSON; the error is one of ours."""
    loop: dict[str, Any] = {}
    loop["me"] = loop

    with pytest.raises(EncodeError, match="inside itself"):
        freeze(loop)


@given(a=_JSON, b=_JSON)
def test_equal_values_have_equal_hashes(a: Any, b: Any) -> None:
    """Frozen values can stand in sets."""
    one, two = freeze([a, {"k": b}]), freeze([a, {"k": b}])

    assert hash(one) == hash(two)
    assert len({one, two}) == 1


def test_sharing_a_large_payload_costs_next_to_nothing() -> None:
    """Making a block of frozen data, replacing a field and cloning do not walk through the payload."""
    rows = {"rows": [{"id": i, "name": f"n{i}", "ok": True, "v": i / 3} for i in range(400)]}
    block = Block("user", rows)
    turn = Turn([block] * 10)

    def cost(action: Callable[[], object]) -> float:
        return min(_timed(action) for _ in range(5))

    frozen_once = cost(lambda: Block("user", rows))

    assert cost(lambda: Block("user", block.payload)) < frozen_once / 10
    assert cost(lambda: block.replace(role="x")) < frozen_once / 10
    assert cost(turn.clone) < frozen_once / 10


def _timed(action: Callable[[], object]) -> float:
    began = time.perf_counter()
    for _ in range(10):
        action()
    return time.perf_counter() - began
