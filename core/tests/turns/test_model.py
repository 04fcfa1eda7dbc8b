"""Turns and blocks: blocks are frozen values that turns share."""

import copy
import pickle
from typing import Any

import pytest
from geppetto import Block, BlockKind, Turn, block, turn
from geppetto.errors import EncodeError


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
