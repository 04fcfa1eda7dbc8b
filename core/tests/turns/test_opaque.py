"""Typed keys on opaque maps: missing is not undecodable, and what is no JSON never gets in."""

from dataclasses import dataclass
from typing import Any, Literal

import pytest
from geppetto import Block, InferenceConfig, Key, Turn
from geppetto.errors import DecodeError, EncodeError, InvalidOption
from geppetto.turns import Opaque, from_json, to_json
from pydantic import BaseModel


class Person(BaseModel):
    """A value of a plugin."""

    name: str


@dataclass
class Stamp:
    """A value of a plugin, without pydantic."""

    at: int
    by: str


@pytest.mark.parity(130)
def test_a_missing_value_and_a_wrong_one_are_told_apart() -> None:
    """Missing gives the default; present and of another type raises, naming store and key."""
    key: Key[int] = Key("acme.count@v1", int)
    store = Opaque(store="Turn.data")

    assert store.get(key) is None
    assert store.get(key, 7) == 7
    store.set_raw("acme.count@v1", "many")
    with pytest.raises(DecodeError, match=r'Turn\.data\["acme\.count@v1"\]: cannot decode str'):
        store.get(key)


@pytest.mark.parity(52, 129)
@pytest.mark.parametrize("value", [object(), {1: 2}, float("nan"), b"bytes"])
def test_a_value_that_is_no_json_is_refused_and_nothing_is_stored(value: Any) -> None:
    """`set` checks that the value can be written."""
    store = Opaque()

    with pytest.raises(EncodeError, match=r"not serializable|key"):
        store.set(Key("acme.x@v1", Any), value)

    assert len(store) == 0


@pytest.mark.parametrize(
    ("type_", "value"),
    [
        (str, "x"),
        (bool, False),
        (list, [1]),
        (dict, {"a": [1]}),
        (InferenceConfig, InferenceConfig(temperature=0.5, stop=[])),
        (Person, Person(name="Ada")),
        (Literal["a", "b"], "b"),
        (int | None, None),
    ],
)
def test_values_of_many_types_come_back_as_they_were(type_: Any, value: Any) -> None:
    """Plain JSON, our own classes, pydantic models and any annotation work as types."""
    store = Opaque()
    key: Key[Any] = Key("acme.x@v1", type_)

    store.set(key, value)

    assert store.get(key) == value


def test_a_stored_value_is_independent_of_the_callers() -> None:
    """Changing what was set, or what was got, does not change the turn."""
    key: Key[dict[str, Any]] = Key("acme.x@v1", dict)
    given: dict[str, Any] = {"list": [1]}
    turn = Turn()
    turn.data.set(key, given)

    given["list"].append(2)
    got = turn.data.get(key)
    assert got is not None
    got["list"].append(3)

    assert turn.data.get(key) == {"list": [1]}


@pytest.mark.parametrize("key_id", ["", "x", "x@v1", "acme.x", "acme.x@v0", "acme.x@1", "ac me.x@v1"])
def test_a_key_needs_namespace_value_and_version(key_id: str) -> None:
    """An id of another form is refused with the form."""
    with pytest.raises(InvalidOption, match=r"namespace\.value@vN"):
        Key(key_id, str)


@pytest.mark.parity(131)
def test_raw_ids_are_possible_and_unchecked() -> None:
    """Whoever writes raw says so by the name of the method."""
    store = Opaque()

    store.set_raw("anything goes", [1])
    store.delete("anything goes")
    store.delete("never there")

    assert len(store) == 0


def test_a_bool_is_no_int() -> None:
    """`True` under an int key is a mistake, not 1."""
    store = Opaque({"acme.x@v1": True})

    with pytest.raises(DecodeError):
        store.get(Key("acme.x@v1", int))
    assert Block("user").metadata == {}


@pytest.mark.parity(129)
@pytest.mark.parametrize(
    ("type_", "value"),
    [
        (str, 5),
        (int, "5"),
        (int, True),
        (bool, 1),
        (list, {}),
        (int | None, "x"),
        (Literal["a"], "b"),
        (Stamp, {}),
    ],
)
def test_a_value_of_another_type_is_refused_by_set(type_: Any, value: Any) -> None:
    """A mistake shows where it is made, not where the value is read; nothing is stored."""
    store = Opaque()

    with pytest.raises(EncodeError, match=r"acme\.x@v1"):
        store.set(Key("acme.x@v1", type_), value)

    assert len(store) == 0


def test_a_whole_number_is_a_float() -> None:
    """JSON written elsewhere has no 1.0."""
    key: Key[float] = Key("acme.x@v1", float)
    store = Opaque({"acme.x@v1": 1})

    got = store.get(key)
    store.set(key, 2)
    again = store.get(key)

    assert repr(got) == "1.0"
    assert repr(again) == "2.0"


def test_dataclasses_are_types_of_keys_too() -> None:
    """They come back as what they were; a misfit names store and key."""
    key: Key[Stamp] = Key("acme.stamp@v1", Stamp)
    store = Opaque(store="Turn.metadata")
    store.set(key, Stamp(3, "b"))

    assert store.raw("acme.stamp@v1") == {"at": 3, "by": "b"}
    assert store.get(key) == Stamp(3, "b")
    store.set_raw("acme.stamp@v1", {"at": "late"})
    with pytest.raises(DecodeError, match=r'Turn\.metadata\["acme\.stamp@v1"\]'):
        store.get(key)


@pytest.mark.parity(130)
def test_a_list_with_an_item_of_another_type_is_present_and_undecodable() -> None:
    """`in` says that it is there, `get` that it does not fit."""
    key: Key[list[str]] = Key("acme.x@v1", list[str])
    store = Opaque({"acme.x@v1": ["a", 1]})

    assert key in store
    with pytest.raises(DecodeError):
        store.get(key)


def test_an_explicit_null_is_present() -> None:
    """Null under a key that allows it is a value; under another it is a misfit, not missing."""
    store = Opaque({"acme.x@v1": None})

    assert store.get(Key("acme.x@v1", int | None), 7) is None
    with pytest.raises(DecodeError, match="cannot decode NoneType"):
        store.get(Key("acme.x@v1", int))


def test_a_model_that_cannot_be_written_is_refused() -> None:
    """Whatever the type raises becomes EncodeError."""

    class Holder(BaseModel):
        raw: bytes

    with pytest.raises(EncodeError, match="not serializable"):
        Opaque().set(Key("acme.x@v1", Holder), Holder(raw=b"\xff"))


def test_ids_are_texts() -> None:
    """A number as an id would read back as a text."""
    bad: Any = {1: 2}

    with pytest.raises(EncodeError, match=r"Turn\.data: key 1 is int, expected text"):
        Turn(data=bad)


@pytest.mark.parity(57, 60)
def test_stored_maps_become_typed_stores_again() -> None:
    """Plain JSON under short ids is what a turn writes, and what it reads back into its stores."""
    key: Key[Stamp] = Key("acme.stamp@v1", Stamp)
    turn = Turn()
    turn.metadata.set(key, Stamp(1, "a"))

    read = from_json(to_json(turn))

    assert turn.to_json()["metadata"] == {"acme.stamp@v1": {"at": 1, "by": "a"}}
    assert isinstance(read.metadata, Opaque)
    assert read.metadata.get(key) == Stamp(1, "a")
