"""Turns and blocks: blocks are frozen values that turns share."""

import copy
import pickle
from typing import Any

import pytest
from geppetto import Block, BlockKind, Turn, block, turn
from geppetto.errors import DecodeError, EncodeError, InvalidOption


@pytest.mark.parity(16, 62, 102)
def test_a_clone_shares_the_blocks_and_nothing_else() -> None:
    """No edit of one turn shows in the other, while the blocks are the same objects."""
    seed = turn().id("a").user("hi").metadata("acme.x@v1", {"deep": [1]}).build()

    clone = seed.clone(id="b")
    clone.append(block.user("more"))
    clone.metadata.set_raw("acme.x@v1", 2)

    assert (seed.id, len(seed.blocks), seed.metadata.raw("acme.x@v1")) == ("a", 1, {"deep": [1]})
    assert clone.blocks[0] is seed.blocks[0]


@pytest.mark.parametrize("field", ["id", "kind", "payload", "role", "metadata", "more"])
def test_a_block_cannot_be_changed(field: str) -> None:
    """Setting a field of a block is refused; `replace` makes a changed one."""
    found = block.user("hi")

    with pytest.raises(TypeError, match="frozen"):
        setattr(found, field, "x")

    assert found.replace(id="x").id == "x"


@pytest.mark.parametrize(
    "edit",
    [
        lambda payload: payload.update(x=1),
        lambda payload: payload.__setitem__("x", 1),
        lambda payload: payload.pop("args"),
        lambda payload: payload["args"].clear(),
        lambda payload: payload["args"]["list"].append(1),
        lambda payload: payload["args"]["list"].__setitem__(0, 1),
        lambda payload: payload["args"]["list"].sort(),
        lambda payload: payload.__ior__({"x": 1}),
        lambda payload: payload["args"]["list"].__iadd__([1]),
    ],
)
def test_a_payload_cannot_be_edited_at_any_depth(edit: Any) -> None:
    """Shared blocks stay what they are: every edit in place is refused."""
    call = block.tool_call("x", {"list": [3, 2]}, id="c")

    with pytest.raises(TypeError, match="cannot be edited in place"):
        edit(call.payload)

    assert call.payload["args"] == {"list": [3, 2]}


def test_a_copied_payload_is_plain_and_editable() -> None:
    """`copy` and `deepcopy` give what can be changed."""
    call = block.tool_call("x", {"list": [1]}, id="c")

    plain = copy.deepcopy(call.payload)
    plain["args"]["list"].append(2)

    assert plain["args"] == {"list": [1, 2]}
    assert type(plain["args"]) is dict
    assert call.payload["args"] == {"list": [1]}


@pytest.mark.parity(222)
@pytest.mark.parametrize("value", [object(), {1: 2}, float("nan"), float("inf"), b"x", {"a": {"b": {1, 2}}}])
def test_a_payload_that_is_no_json_is_refused_with_its_place(value: Any) -> None:
    """What could not be written later is refused now."""
    with pytest.raises(EncodeError, match="payload/x"):
        Block("user", {"x": value})


def test_a_block_survives_pickling() -> None:
    """Blocks can cross a process border."""
    call = block.tool_call("x", {"list": [1]}, id="c")

    assert pickle.loads(pickle.dumps(call)) == call


def test_enum_members_and_subclasses_become_plain_json() -> None:
    """A payload holds JSON's own types only."""
    found = Block("user", {"kind": BlockKind.USER, "flag": True})

    assert type(found.payload["kind"]) is str
    assert found.payload["flag"] is True


def test_the_text_of_a_turn_is_what_the_model_said_last() -> None:
    """Only the model's words after the last user block count."""
    seed = turn().user("a").assistant("old").user("b").assistant("new").tool_call("t").assistant("er").build()

    assert seed.text == "newer"


def test_taking_another_turn_keeps_the_id() -> None:
    """`take` replaces the content and leaves the id."""
    mine, other = Turn(id="mine"), turn().id("other").user("hi").build()

    mine.take(other)

    assert (mine.id, len(mine.blocks)) == ("mine", 1)


@pytest.mark.parity(51, 196)
def test_factories_make_blocks_as_the_documents_say() -> None:
    """A call's block id is the call id; a result names it."""
    call, use = block.tool_call("add", {"a": 1}, id="c1"), block.tool_use("c1", 3)

    assert (call.id, dict(call.payload)) == ("c1", {"id": "c1", "name": "add", "args": {"a": 1}})
    assert dict(use.payload) == {"id": "c1", "result": 3, "error": ""}


def test_images_may_be_urls_bytes_or_files(tmp_path: Any) -> None:
    """Bytes become base64; a file's media type is guessed, bytes need one."""
    from geppetto.errors import InvalidOption

    (tmp_path / "a.png").write_bytes(b"\x89PNG")

    assert block.image("https://example.org/a.png") == {"type": "image", "url": "https://example.org/a.png"}
    assert block.image(tmp_path / "a.png")["media_type"] == "image/png"
    assert block.image(b"x", media_type="image/gif")["data"] == "eA=="
    with pytest.raises(InvalidOption, match="media type"):
        block.image(b"x")


@pytest.mark.parametrize("text", ["", "x"])
def test_a_block_is_its_own_copy_and_pickles_as_it_is(text: str) -> None:
    """A frozen value needs no copy; a role that is empty stays empty on the way through a pickle."""
    found = Block("llm_text", {"text": text})

    assert copy.copy(found) is copy.deepcopy(found) is found
    assert pickle.loads(pickle.dumps(found)) == found
    assert pickle.loads(pickle.dumps(found)).role == ""


@pytest.mark.parity(58)
@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"id": 3}, "id: expected text, got int"),
        ({"role": b"user"}, "role: expected text, got bytes"),
        ({"payload": [1]}, "payload: expected an object, got list"),
        ({"metadata": "x"}, "metadata: expected an object, got str"),
        ({"kind": 3}, "kind: expected text, got int"),
    ],
)
def test_a_block_of_a_wrong_shape_is_refused_when_it_is_made(fields: dict[str, Any], message: str) -> None:
    """What could be written but not read again does not come into being."""
    with pytest.raises(DecodeError, match=message):
        Block(**{"kind": "user", **fields})


def test_deleting_a_field_of_a_block_is_refused_in_the_same_words() -> None:
    """A block has all its fields for as long as it lives."""
    found = block.user("hi")

    with pytest.raises(TypeError, match=r"a Block is frozen: use `block.replace\(id=...\)`"):
        del found.id


def test_replacing_a_field_that_does_not_exist_is_refused() -> None:
    """A misspelt field would be lost in silence."""
    with pytest.raises(TypeError, match="Block has no field 'paylod'"):
        block.user("hi").replace(paylod={})


def test_blocks_are_equal_by_content_and_can_stand_in_sets() -> None:
    """Every field counts; equal blocks have equal hashes."""
    one = Block("user", {"text": "a"}, id="1", metadata={"m": [1]})

    assert one == Block("user", {"text": "a"}, id="1", metadata={"m": [1]})
    assert len({one, one.replace(), one.replace(payload={"text": "b"}), one.replace(metadata={})}) == 3
    assert one != "user"


def test_blocks_are_found_by_kind() -> None:
    """Kinds are read as everywhere; asking for one that does not exist names the nearest."""
    seed = turn().system("s").user("a").assistant("b").user("c").build()

    assert [b.text for b in seed.of_kind(" User", BlockKind.LLM_TEXT)] == ["a", "b", "c"]
    with pytest.raises(InvalidOption, match="no block kind 'llm_txt'") as caught:
        seed.of_kind("llm_txt")
    assert caught.value.next_step == "llm_text"


def test_copies_of_a_turn_are_clones() -> None:
    """`copy` and `deepcopy` share blocks, and a pickled turn comes back equal."""
    seed = turn().id("t").user("hi").metadata("acme.x@v1", [1]).data("acme.y@v1", {}).build()

    copies = [copy.copy(seed), copy.deepcopy(seed), pickle.loads(pickle.dumps(seed))]

    assert all(found == seed and found is not seed for found in copies)
    copies[0].append(block.user("more"))
    assert len(seed.blocks) == 1


def test_prepended_blocks_keep_their_order() -> None:
    """The first given stands first."""
    seed = turn().user("c").build().prepend(block.system("a"), block.system("b"))

    assert [b.text for b in seed.blocks] == ["a", "b", "c"]


@pytest.mark.parity(53)
def test_the_raw_objects_stay_in_reach() -> None:
    """Blocks are an ordinary list and payloads ordinary mappings: nothing has to be unwrapped."""
    seed = turn().user("a").build()

    seed.blocks[0] = seed.blocks[0].replace(payload={**seed.blocks[0].payload, "own": 1})

    assert isinstance(seed.blocks, list)
    assert isinstance(seed.blocks[0].payload, dict)
    assert seed.to_json()["blocks"][0]["payload"] == {"text": "a", "own": 1}
