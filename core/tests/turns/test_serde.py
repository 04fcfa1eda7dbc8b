"""Turns as JSON and YAML: nothing is lost, nothing is changed, and what is wrong is named."""

import copy
from enum import StrEnum
from typing import Any

import pytest
from geppetto import Block, InferenceConfig, Turn, block, turn, turns
from geppetto.engine.keys import INFERENCE_CONFIG
from geppetto.errors import DecodeError
from geppetto.turns import BlockKind, EventType, PayloadKey, _generated
from geppetto.turns.serde import turn_from_json
from geppetto.turns.yaml_text import dump, load
from hypothesis import given, settings
from hypothesis import strategies as st

_TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
_TRICKY = st.sampled_from(
    [
        "yes",
        "no",
        "on",
        "null",
        "~",
        "",
        " ",
        "1e3",
        "0x10",
        "1_000",
        "2021-01-01",
        "12:30:45",
        "=",
        "<<",
        "- a",
        "a: b",
    ]
)
_SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | _TEXT
    | _TRICKY
)
_JSON = st.recursive(
    _SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_TEXT | _TRICKY, inner, max_size=4),
    max_leaves=15,
)
_OBJECTS = st.dictionaries(_TEXT, _JSON, max_size=4)
_BLOCKS = st.builds(
    lambda kind, payload, metadata, block_id, role: Block(kind, payload, id=block_id, role=role, metadata=metadata),
    st.sampled_from([kind for kind in BlockKind if kind is not BlockKind.LLM_TEXT]), _OBJECTS, _OBJECTS, _TEXT, _TEXT,
)  # fmt: skip
_TURNS = st.builds(
    lambda blocks, turn_id, metadata, data: Turn(blocks, id=turn_id, metadata=metadata, data=data),
    st.lists(_BLOCKS, max_size=4), _TEXT, _OBJECTS, _OBJECTS,
)  # fmt: skip


@settings(max_examples=60)
@given(value=_JSON)
def test_any_json_reads_back_from_yaml_as_it_was(value: Any) -> None:
    """Texts that look like numbers, dates or booleans stay texts; numbers stay numbers."""
    again = load(dump(value))

    assert again == value
    assert repr(again) == repr(value)


@pytest.mark.parity(198, 174)
@settings(max_examples=30)
@given(written=_TURNS)
def test_any_turn_round_trips_in_both_writings(written: Turn) -> None:
    """What is read equals what was written, in JSON and in YAML, and writing changes nothing."""
    before = written.clone()

    from_json, from_yaml = turns.from_json(turns.to_json(written)), turns.from_yaml(turns.to_yaml(written))

    assert from_json == from_yaml == written == before


def test_explicitly_empty_lists_and_typed_configs_survive() -> None:
    """`stop: []` clears after a round trip as before it; None is left out."""
    seed = turn().user("hi").build()
    seed.data.set(INFERENCE_CONFIG, InferenceConfig(stop=[], temperature=0.0))

    config = turns.from_yaml(turns.to_yaml(seed)).data.get(INFERENCE_CONFIG)

    assert config == InferenceConfig(stop=[], temperature=0.0)
    assert config is not None
    assert config.over(InferenceConfig(stop=["x"])).stop == []


@pytest.mark.parity(197)
def test_images_reasoning_and_opaque_payload_survive() -> None:
    """Multimodal parts and provider payload of any depth read back the same."""
    seed = Turn(
        [
            block.user("look", block.image(b"\x00\xff", media_type="image/png", detail="low")),
            block.reasoning("hm", encrypted_content="b3BhcXVl", summary=[], opaque={"a": [{"b": None}]}),
            block.tool_use(
                "c", {"deep": [1, 2.5, None]}, parts=[block.document(b"%PDF", media_type="application/pdf")]
            ),
        ]
    )

    assert turns.from_yaml(turns.to_yaml(seed)) == seed


@pytest.mark.parity(59, 199, 255)
@pytest.mark.parametrize("kind", ["holo", "", None, " USER "])
def test_an_unknown_kind_becomes_other(kind: Any) -> None:
    """Kinds are read without regard to case and blanks; what is not known is `other`."""
    read = turns.from_json(
        f'{{"blocks": [{{"kind": {"null" if kind is None else chr(34) + kind + chr(34)}}}]}}'
    )

    assert read.blocks[0].kind == ("user" if kind == " USER " else "other")


@pytest.mark.parity(58, 219, 221)
@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("[]", "turn: expected an object"),
        ('{"blocks": {}}', "turn/blocks: expected a list"),
        ('{"blocks": [1]}', "turn/blocks/0: expected an object"),
        ('{"blocks": [{"kind": 1}]}', "turn/blocks/0/kind: expected text"),
        ('{"blocks": [{"kind": "user", "payload": []}]}', "turn/blocks/0/payload: expected an object"),
        ('{"blocks": [{"kind": "user", "paylod": {}}]}', "no field 'paylod'; did you mean payload?"),
        ('{"metadata": 1}', "turn/metadata: expected an object"),
        ("{", "not JSON"),
        ("null", "turn: expected an object, got NoneType"),
        ('{"blocks": ""}', "turn/blocks: expected a list"),
        ('{"blocks": [null]}', "turn/blocks/0: expected an object"),
        ('{"id": 1}', "turn/id: expected text"),
        ('{"blocks": [{"kind": "user", "payload": {"x": NaN}}]}', "NaN is no JSON number"),
        ("[" * 100_000, "nested too deeply"),
    ],
)
def test_a_wrong_shape_is_named_with_its_place(text: str, place: str) -> None:
    """What cannot be read says where and what was expected."""
    with pytest.raises(DecodeError) as caught:
        turns.from_json(text)

    assert place in str(caught.value)
    assert caught.value.code == "DECODE_ERROR"


def test_broken_yaml_is_named_with_line_and_column() -> None:
    """A YAML error has its place."""
    with pytest.raises(DecodeError, match="line 2, column"):
        turns.from_yaml("blocks:\n- kind: [")


@pytest.mark.parity(221)
def test_missing_blocks_are_an_empty_list_and_a_missing_payload_an_empty_object() -> None:
    """Absent and null parts read as empty."""
    assert turns.from_json("{}").blocks == []
    assert turns.from_json('{"blocks": [{"kind": "user", "payload": null}]}').blocks[0].payload == {}


@pytest.mark.parity(54, 55, 56, 57, 251, 253, 257, 260)
def test_every_kind_is_written_and_read_by_its_stable_string() -> None:
    """The codec knows every kind of the generated table, and writes it in lower case."""
    for kind in BlockKind:
        written = Block(kind, {"text": "x"}).to_json()
        assert written["kind"] == kind.value == kind.value.lower()
        assert turns.from_json(turns.to_json(Turn([Block(kind)]))).blocks[0].kind is kind
    assert len(BlockKind) == 7
    assert PayloadKey.TEXT == "text"
    assert EventType.RUN_STARTED.value == "run-started"


def test_text_of_the_model_without_a_role_is_the_assistants() -> None:
    """A reply that was stored without a role gets it back."""
    assert turns.from_json('{"blocks": [{"kind": "llm_text"}]}').blocks[0].role == "assistant"


@pytest.mark.parametrize("text", ["\ud800", "a\udfff"])
def test_half_a_character_survives_in_both_writings(text: str) -> None:
    """A stream that was cut inside a character leaves a turn that can still be saved as UTF-8."""
    seed = Turn([Block("user", {text: [text]})])

    written = turns.to_json(seed).encode("utf-8"), turns.to_yaml(seed).encode("utf-8")

    assert turns.from_json(written[0]) == turns.from_yaml(written[1]) == seed


@pytest.mark.parity(221, 222)
def test_a_plain_value_that_is_no_json_is_named_with_its_place() -> None:
    """Objects handed over in code pass the same check as texts."""
    with pytest.raises(DecodeError, match="turn/blocks/0/payload/x"):
        turn_from_json({"blocks": [{"kind": "user", "payload": {"x": {1, 2}}}]})


def test_reading_changes_nothing_of_what_it_reads() -> None:
    """The given data stay the caller's, and no edit of them reaches the turn."""
    given_json: dict[str, Any] = {
        "blocks": [{"kind": "user", "payload": {"a": [1]}}],
        "data": {"x.y@v1": [1]},
    }
    before = copy.deepcopy(given_json)

    read = turn_from_json(given_json)
    unchanged = given_json == before
    given_json["blocks"][0]["payload"]["a"].append(2)
    given_json["data"]["x.y@v1"].append(2)

    assert unchanged
    assert read.to_json() == before


@pytest.mark.parity(257, 260)
@pytest.mark.parametrize("table", [getattr(_generated, name) for name in _generated.__all__])
def test_every_word_of_every_generated_table_survives_both_writings(table: type) -> None:
    """As a key and as a value, in payload, metadata and data."""
    words = [str(word) for name, word in vars(table).items() if name.isupper()]
    words += [member.value for member in table] if issubclass(table, StrEnum) else []
    content = {word: [word] for word in words}
    seed = Turn([Block("other", content, metadata=content)], metadata=content, data=content)

    assert words
    assert turns.from_json(turns.to_json(seed)) == turns.from_yaml(turns.to_yaml(seed)) == seed
