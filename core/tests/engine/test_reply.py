"""Reply: the one place where an answer becomes events and blocks."""

import pytest
from geppetto import BlockKind, Turn, block
from geppetto.engine import Reply, Usage
from geppetto.engine.keys import INFERENCE_RESULT
from geppetto.events import Citations, TextSegmentFinished, ToolCallArgumentsDelta
from geppetto.testing import RecordingPort, run_context


def _reply() -> tuple[Reply, RecordingPort]:
    port = RecordingPort()
    reply = Reply(run_context(port), provider="p", model="m")
    reply.start()
    return reply, port


def test_segments_open_and_close_by_themselves() -> None:
    """Reasoning, text and a call each begin where the one before ends; blocks keep that order."""
    reply, port = _reply()

    reply.reasoning("hm")
    reply.text("he")
    reply.text("llo")
    reply.tool_call(0, id="c", name="add", arguments='{"a": 1}')
    reply.finish(finish_class="tool_calls_pending", stop_reason="tool_calls")

    assert port.types() == [
        "provider-call-started",
        "reasoning-segment-started",
        "reasoning-delta",
        "reasoning-segment-finished",
        "text-segment-started",
        "text-delta",
        "text-delta",
        "text-segment-finished",
        "tool-call-started",
        "tool-call-arguments-delta",
        "tool-call-requested",
        "provider-call-finished",
    ]
    assert [(b.kind.value, b.text) for b in reply.blocks()] == [
        ("reasoning", "hm"),
        ("llm_text", "hello"),
        ("tool_call", ""),
    ]
    assert reply.blocks()[2].payload["args"] == {"a": 1}


def test_interleaved_calls_stay_apart() -> None:
    """Fragments of parallel calls are put together by their keys."""
    reply, _ = _reply()

    reply.tool_call(0, id="a", name="x", arguments='{"n"')
    reply.tool_call(1, id="b", name="y", arguments='{"m"')
    reply.tool_call(0, arguments=": 1}")
    reply.tool_call(1, arguments=": 2}")
    reply.finish(finish_class="tool_calls_pending")

    assert [b.payload["args"] for b in reply.blocks()] == [{"n": 1}, {"m": 2}]


@pytest.mark.parametrize(
    ("text", "args"),
    [
        ("", {}),
        ("  ", {}),
        ('{"a": ', '{"a": '),
        ("[1]", "[1]"),
        ('{"a": NaN}', '{"a": NaN}'),
        ("1e999", "1e999"),
    ],
)
def test_arguments_that_are_no_object_are_kept_as_their_text(text: str, args: object) -> None:
    """Empty means no arguments; anything unreadable stays what the model wrote."""
    reply, _ = _reply()

    reply.tool_call("k", id="c", name="x", arguments=text)
    reply.finish(finish_class="tool_calls_pending")

    assert reply.blocks()[0].payload["args"] == args


def test_provider_payload_goes_to_the_block_it_belongs_to() -> None:
    """Signatures, item ids and unknown content are kept with their blocks, in order."""
    reply, port = _reply()

    reply.reasoning("hm")
    reply.attach(signature="sig")
    reply.opaque({"type": "web_search_call"})
    reply.tool_call(0, id="c", name="x")
    reply.attach_call(0, item_id="fc_1")
    reply.emit(Citations([1]))
    reply.finish(finish_class="completed")

    assert [dict(b.payload) for b in reply.blocks()] == [
        {"text": "hm", "signature": "sig"},
        {"type": "web_search_call"},
        {"id": "c", "name": "x", "args": {}, "item_id": "fc_1"},
    ]
    assert all(event.correlation is not None and event.correlation.provider_call_id for event in port.events)


def test_the_completed_turn_has_the_result_and_the_given_one_is_untouched() -> None:
    """`extend` gives a new turn with blocks and result."""
    seed = Turn([block.user("hi")])
    reply, _ = _reply()
    reply.metadata(model="m-2", response_id="r1")
    reply.text("yes")
    reply.finish(
        finish_class="completed", stop_reason="stop", usage=Usage(input_uncached=3, output_text=1, total=4)
    )

    completed = reply.extend(seed)

    result = completed.metadata.get(INFERENCE_RESULT)
    assert result is not None
    assert (result.model, result.response_id, result.stop_reason) == ("m-2", "r1", "stop")
    assert result.usage == Usage(input_uncached=3, output_text=1, total=4)
    assert len(seed.blocks) == 1
    assert completed.text == "yes"


def test_content_is_what_ends_the_time_of_retries() -> None:
    """`started` is False until the first content, whatever was announced before."""
    reply, _ = _reply()
    before = reply.started

    reply.text("")

    assert (before, reply.started) == (False, True)


def test_arguments_that_come_before_the_name_follow_its_announcement() -> None:
    """A consumer hears of a call before it reads pieces of it, and each piece once."""
    reply, port = _reply()

    reply.tool_call(0, id="c", arguments='{"a"')
    reply.tool_call(0, arguments=": ")
    reply.tool_call(0, name="add", arguments="1")
    reply.tool_call(0, name="other", arguments="}")
    reply.finish(finish_class="tool_calls_pending")

    deltas = [event.delta for event in port.events if isinstance(event, ToolCallArgumentsDelta)]
    assert port.types()[1:3] == ["tool-call-started", "tool-call-arguments-delta"]
    assert "".join(deltas) == '{"a": 1}'
    assert reply.blocks()[0].payload == {"id": "c", "name": "add", "args": {"a": 1}}


def test_a_call_that_never_got_a_name_is_announced_all_the_same() -> None:
    """Every requested call has begun, whatever the provider left out."""
    reply, port = _reply()

    reply.tool_call(0, arguments="{}")
    reply.finish(finish_class="tool_calls_pending")

    assert port.types()[1:4] == ["tool-call-started", "tool-call-arguments-delta", "tool-call-requested"]
    assert reply.blocks()[0].id


def test_what_an_engine_hands_over_stays_as_it_is() -> None:
    """Attaching to an opaque block does not edit the provider's object."""
    reply, _ = _reply()
    found = {"type": "x"}

    reply.opaque(found)
    reply.attach(signature="s")

    assert found == {"type": "x"}
    assert reply.blocks()[0].payload == {"type": "x", "signature": "s"}


def test_payload_goes_to_the_last_block_of_a_kind_or_begins_one() -> None:
    """A signature that comes without any reasoning text still has a block to stand on."""
    reply, port = _reply()

    reply.attach(BlockKind.REASONING, signature="s1")
    reply.text("hi")
    reply.attach(BlockKind.REASONING, item_id="rs_1")
    reply.finish(finish_class="completed")

    assert [(b.kind.value, dict(b.payload)) for b in reply.blocks()] == [
        ("reasoning", {"signature": "s1", "item_id": "rs_1"}),
        ("llm_text", {"text": "hi"}),
    ]
    assert port.types()[1:3] == ["reasoning-segment-started", "reasoning-segment-finished"]


def test_a_segment_that_is_closed_by_hand_begins_a_block_of_its_own() -> None:
    """Two texts of a provider stay two blocks; each finish carries the whole text of its segment."""
    reply, port = _reply()

    for text in ("one", "two"):
        reply.text(text[:1])
        reply.text(text[1:])
        reply.close_segment()
        reply.close_segment()
    reply.finish(finish_class="completed")

    finished = [event.text for event in port.events if isinstance(event, TextSegmentFinished)]
    assert finished == ["one", "two"] == [b.text for b in reply.blocks()]
    assert len({b.id for b in reply.blocks()}) == 2


def test_events_of_a_segment_and_of_a_call_carry_their_ids() -> None:
    """The id of a block is the segment's, or the call's."""
    reply, port = _reply()

    reply.text("a")
    reply.tool_call(0, id="c", name="x")
    reply.finish(finish_class="tool_calls_pending")

    text, call = reply.blocks()
    ids = {event.type: event.correlation for event in port.events if event.correlation}
    assert ids["text-delta"].segment_id == text.id
    assert (ids["tool-call-requested"].tool_call_id, call.id) == ("c", "c")
    assert len({at.provider_call_id for at in ids.values()}) == 1


def test_an_id_that_is_taken_is_replaced() -> None:
    """Hosts that count from 0 in every reply, or give two calls one id, would leave calls unanswered for ever."""
    reply = Reply(run_context(RecordingPort()), provider="p", taken=["call_0"])

    for key in (0, 1, 2):
        reply.tool_call(key, id="call_0" if key < 2 else "call_2", name="x")
    reply.finish(finish_class="tool_calls_pending")

    ids = [block.payload["id"] for block in reply.blocks()]
    assert "call_0" not in ids
    assert len(set(ids)) == 3
    assert ids[2] == "call_2"
