"""Keys: what reaches the provider makes another one, what is made up anew in each run does not."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from geppetto import ToolConfig, ToolDefinition
from geppetto.engine import InferenceConfig, RunContext
from geppetto.testing import run_context
from geppetto.turns import Block, BlockKind, Turn
from geppetto_middleware_cache.key import key_of
from hypothesis import assume, given
from hypothesis import strategies as st

_TEXTS = st.text(max_size=8)
_JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-9, 9)
    | st.floats(allow_nan=False, allow_infinity=False)
    | _TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_TEXTS, inner, max_size=3),
    max_leaves=6,
)
_OBJECTS = st.dictionaries(_TEXTS.filter(lambda name: name != "id"), _JSON, max_size=3)
_BLOCKS = st.builds(
    lambda kind, payload, role, metadata: Block(kind, payload, role=role, metadata=metadata),
    st.sampled_from(list(BlockKind)),
    _OBJECTS,
    st.sampled_from(["", "user", "assistant"]),
    _OBJECTS,
)
_TURNS = st.builds(
    lambda blocks, data: Turn(blocks, data={"app.x@v1": data}), st.lists(_BLOCKS, max_size=4), _JSON
)
_INFERENCE = st.builds(
    InferenceConfig,
    model=st.none() | _TEXTS,
    temperature=st.none() | st.floats(0, 2),
    stop=st.none() | st.lists(_TEXTS, max_size=2),
    response_format=st.none() | _OBJECTS,
    extra=st.none() | _OBJECTS,
)


def _seen(ctx: RunContext, turn: Turn, identity: str) -> str:
    """Return what an engine sees, written out; types count, as JSON tells 1 from 1.0 and from true."""
    blocks = [(b.kind.value, b.role, _sorted(b.payload), _sorted(b.metadata)) for b in turn.blocks]
    return repr((identity, _sorted(ctx.inference.to_json()), blocks, _sorted(turn.data.to_json())))


def _sorted(value: Any) -> Any:
    if isinstance(value, dict):
        return sorted((name, _sorted(item)) for name, item in value.items()) or "empty object"
    return [_sorted(item) for item in value] if isinstance(value, list) else value


_REQUESTS = st.tuples(
    _INFERENCE.map(lambda asked: run_context(inference=asked)), _TURNS, st.sampled_from("ab")
)


@given(_REQUESTS, _REQUESTS)
def test_requests_have_the_same_key_exactly_if_engines_see_the_same(one: Any, other: Any) -> None:
    """Blocks, payloads, options, data and who is asked."""
    assert (key_of(*one) == key_of(*other)) == (_seen(*one) == _seen(*other))


@given(_REQUESTS, st.data())
def test_one_change_makes_another_key(request: Any, data: st.DataObject) -> None:
    """A single block that is another one, is missing or stands elsewhere."""
    ctx, turn, identity = request
    assume(turn.blocks)
    place = data.draw(st.integers(0, len(turn.blocks) - 1))
    changed = turn.clone()
    changed.blocks[place] = data.draw(_BLOCKS)
    shorter = turn.clone()
    del shorter.blocks[place]
    key = key_of(ctx, turn, identity)

    same = _seen(ctx, changed, identity) == _seen(ctx, turn, identity)
    assert (key_of(ctx, changed, identity) == key) == same
    assert key_of(ctx, shorter, identity) != key


def _reversed(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _reversed(value[name]) for name in reversed(list(value))}
    return [_reversed(item) for item in value] if isinstance(value, list) else value


@given(_REQUESTS)
def test_ids_earlier_runs_and_the_order_of_keys_do_not_count(request: Any) -> None:
    """The same conversation in another session, written in another order."""
    ctx, turn, identity = request
    other = Turn(
        [
            b.replace(id=f"other {place}", payload=_reversed(b.payload), metadata=_reversed(b.metadata))
            for place, b in enumerate(turn.blocks)
        ],
        id="other",
        metadata={"geppetto.session_id@v1": "other"},
        data=_reversed(turn.data.to_json()),
    )
    elsewhere = ctx.derive(
        correlation=replace(ctx.correlation, run_id="other"), trace_id="other", iteration=4, tags={"a": 1}
    )

    assert key_of(elsewhere, other, identity) == key_of(ctx, turn, identity)


def _calls(*ids: str) -> Turn:
    """Make a turn of two calls and their two results, under these ids."""
    kinds = [BlockKind.TOOL_CALL] * 2 + [BlockKind.TOOL_USE] * 2
    return Turn([Block(kind, {"id": call, "name": "f"}) for kind, call in zip(kinds, ids, strict=True)])


def test_the_ids_of_calls_count_only_for_which_result_answers_which() -> None:
    """Other ids are the same conversation, swapped results are not."""
    ctx = run_context()

    assert key_of(ctx, _calls("a", "b", "a", "b"), "e") == key_of(ctx, _calls("x", "y", "x", "y"), "e")
    assert key_of(ctx, _calls("a", "b", "a", "b"), "e") != key_of(ctx, _calls("a", "b", "b", "a"), "e")


def _tool(**fields: Any) -> ToolDefinition:
    given: dict[str, Any] = {"name": "f", "description": "d", "parameters": {"type": "object"}}
    return ToolDefinition(**{**given, **fields}, handler=print)


def test_tools_count_with_all_that_a_model_reads_of_them() -> None:
    """Name, description, parameters, order, and the choice among them; the handler does not."""
    offers: list[dict[str, Any]] = [
        {"tools": ()},
        {"tools": (_tool(),)},
        {"tools": (_tool(name="g"),)},
        {"tools": (_tool(description="other"),)},
        {"tools": (_tool(parameters={"type": "object", "properties": {}}),)},
        {"tools": (_tool(), _tool(name="g"))},
        {"tools": (_tool(name="g"), _tool())},
        {"tools": (_tool(),), "tool_config": ToolConfig(tool_choice="required")},
    ]
    keys = [key_of(run_context(**offer), Turn(), "e") for offer in offers]

    assert len(set(keys)) == len(keys)
    assert key_of(run_context(tools=(_tool(),)), Turn(), "e") == keys[1]


def test_opaque_payloads_of_providers_count() -> None:
    """A signature that differs is another request."""
    turns = [
        Turn([Block(BlockKind.REASONING, {"opaque": {"provider": "claude", "signature": signature}})])
        for signature in ("s1", "s2")
    ]

    assert len({key_of(run_context(), turn, "e") for turn in turns}) == 2


def test_a_namespace_makes_another_key() -> None:
    """The same request of two accounts."""
    assert key_of(run_context(), Turn(), "e", "a") != key_of(run_context(), Turn(), "e", "b")
