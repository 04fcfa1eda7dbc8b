"""Reply: the one place where an answer becomes events and blocks."""

import pytest
from geppetto import Turn, block
from geppetto.engine import Reply, Usage
from geppetto.engine.keys import INFERENCE_RESULT
from geppetto.events import Citations
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


@pytest.mark.parametrize(("text", "args"), [("", {}), ("  ", {}), ('{"a": ', '{"a": '), ("[1]", "[1]")])
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
