"""What every engine owes an answer: nothing lost, nothing twice, the same blocks however the bytes are cut."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from geppetto.engine.contract import Capabilities
from geppetto.events import model as events
from geppetto.testing.contracts.suite import EngineSuite, plain_blocks
from geppetto.testing.replay import ReplayServer
from geppetto.turns import BlockKind, FinishClass, serde

if TYPE_CHECKING:
    from geppetto.testing.contracts.bench import Answered, Bench
    from geppetto.testing.contracts.case import Case

__all__ = ["DecodingContract"]

#: feature of a case -> the capability that asks for one
_NEEDED = {
    "tool_call": "tools",
    "parallel_tool_calls": "parallel_tools",
    "reasoning": "reasoning",
}
_BORDERS = 150


class DecodingContract(EngineSuite):
    """Check what an engine makes of answers."""

    def test_there_is_a_case_for_each_capability(self) -> None:
        """A capability that no case shows is not proved: text both ways, calls, reasoning."""
        features = [feature for case in self.replies() for feature in case.features]
        ways = {case.streaming for case in self.replies() if "text" in case.features}
        needed = [name for name, flag in _NEEDED.items() if getattr(self.factory.capabilities, flag)]

        assert ways >= ({True, False} if self.factory.capabilities.streaming else {False})
        assert [name for name in needed if name not in features] == []

    def test_a_case_becomes_what_it_says(self, bench: Bench, reply: Case) -> None:
        """Text, reasoning, calls, model and stop reason are what the case expects."""
        answered, expect = bench.complete(reply), reply.expect

        found = {
            "text": answered.text(BlockKind.LLM_TEXT),
            "reasoning": answered.text(BlockKind.REASONING),
            "calls": answered.calls,
            "finish_class": answered.result.finish_class,
            "stop_reason": answered.result.stop_reason,
            "model": answered.result.model,
        }
        wanted = {name: getattr(expect, name) for name in found if getattr(expect, name) is not None}
        assert {name: found[name] for name in wanted} == wanted

    def test_a_reply_says_how_it_ended_and_who_gave_it(self, bench: Bench, reply: Case) -> None:
        """The finish class is one of ours, and provider and model are named."""
        result = bench.complete(reply).result

        assert FinishClass(result.finish_class)
        assert result.provider
        assert result.model

    def test_usage_is_counted_once(self, bench: Bench, reply: Case) -> None:
        """The disjoint buckets add up to the vendor's total, and the vendor's own object is kept."""
        usage = bench.complete(reply).result.usage
        if reply.expect.total is None:
            return

        assert usage is not None
        assert (usage.input or 0) + (usage.output or 0) == reply.expect.total
        assert usage.raw

    def test_events_tell_the_same_as_the_blocks(self, bench: Bench, reply: Case) -> None:
        """Deltas join to the blocks' texts; segments open and close in pairs; the call begins and ends once."""
        answered = bench.complete(reply)
        found = [event for event in answered.port.events if not isinstance(event, events.Log)]

        assert _deltas(answered, events.TextDelta) == answered.text(BlockKind.LLM_TEXT)
        assert _deltas(answered, events.ReasoningDelta) == answered.text(BlockKind.REASONING)
        assert isinstance(found[0], events.ProviderCallStarted)
        assert isinstance(found[-1], events.ProviderCallFinished)
        for begins, ends in _PAIRS:
            assert _count(answered, begins) == _count(answered, ends)
        assert _count(answered, events.ToolCallRequested) == len(answered.calls)

    def test_the_given_turn_stays_as_it_is(self, bench: Bench, reply: Case) -> None:
        """An engine returns a completed turn; the one it got keeps its blocks."""
        answered = bench.complete(reply)

        assert len(answered.before.blocks) == 1
        assert answered.after.blocks[:1] == answered.before.blocks
        assert len({block.id for block in answered.after.blocks}) == len(answered.after.blocks)

    def test_the_turn_survives_a_file(self, bench: Bench, reply: Case) -> None:
        """What the engine kept, its opaque content included, is JSON and comes back from YAML unchanged."""
        after = bench.complete(reply).after

        assert plain_blocks(serde.from_yaml(serde.to_yaml(after))) == plain_blocks(after)

    def test_chunk_borders_change_nothing(self, bench: Bench, stream: Case) -> None:
        """However the network cuts the stream, inside a character too, the blocks and the usage are the same."""
        whole = bench.complete(stream)
        size = len(stream.stream())
        step = max(1, size // _BORDERS)

        for place in {*range(1, size, step), *_inside_characters(stream.stream())}:
            cut = bench.complete(stream, exchange=stream.cut(place))
            assert plain_blocks(cut.after, ids=False) == plain_blocks(whole.after, ids=False), place
            assert cut.result.usage == whole.result.usage, place

    def test_single_bytes_are_enough(self, bench: Bench, stream: Case) -> None:
        """A stream that trickles byte by byte is read like any other."""
        whole, size = bench.complete(stream), len(stream.stream())

        trickled = bench.complete(stream, exchange=stream.cut(*range(1, min(size, 2000))))

        assert plain_blocks(trickled.after, ids=False) == plain_blocks(whole.after, ids=False)

    def test_calls_have_ids_of_their_own(self, bench: Bench, reply: Case) -> None:
        """Two calls of a reply never share an id, whether the vendor gave one or not."""
        calls = bench.complete(reply).after.of_kind(BlockKind.TOOL_CALL)

        assert len({call.payload["id"] for call in calls}) == len(calls)
        assert all(call.payload["id"] for call in calls)

    def test_the_debug_tap_sees_all_five_points(self, bench: Bench, stream: Case) -> None:
        """The turn, the request, the response, each event and each object of the vendor's."""
        from geppetto.engine.debug import DebugTap

        seen: list[str] = []
        points = {name: _noting(seen, name) for name in DebugTap.__slots__}

        bench.complete(stream, tap=DebugTap(**points))

        assert [name for name in points if name not in seen] == []

    def test_an_engine_serves_several_event_loops(self, bench: Bench, reply: Case) -> None:
        """Each loop gets the same answer, one after the other, uvloop too where it is installed."""
        answers = [bench.complete(reply, run=run) for run in self.loops()]

        assert all(
            plain_blocks(one.after, ids=False) == plain_blocks(answers[0].after, ids=False) for one in answers
        )

    def test_both_transports_bring_the_same(self, wired: Bench, reply: Case) -> None:
        """An answer over a real connection and one from memory become the same blocks."""
        from_memory = wired.complete(reply)

        with ReplayServer([reply.exchange()]) as server:
            real = wired.complete(reply, server=server)

        assert plain_blocks(real.after, ids=False) == plain_blocks(from_memory.after, ids=False)
        assert real.result.usage == from_memory.result.usage
        assert [request.method for request in server.requests] == ["POST"]

    def test_what_it_cannot_do_is_not_promised(self) -> None:
        """The factory says what the engine can do, in words too."""
        assert isinstance(self.factory.capabilities, Capabilities)
        assert self.factory.description
        assert self.factory.name == self.factory.name.lower()


_PAIRS: tuple[tuple[type[events.Event], type[events.Event]], ...] = (
    (events.TextSegmentStarted, events.TextSegmentFinished),
    (events.ReasoningSegmentStarted, events.ReasoningSegmentFinished),
    (events.ToolCallStarted, events.ToolCallRequested),
    (events.ProviderCallStarted, events.ProviderCallFinished),
)


def _count(answered: Answered, kind: type[events.Event]) -> int:
    return sum(isinstance(event, kind) for event in answered.port.events)


def _deltas(answered: Answered, kind: type[Any]) -> str:
    return "".join(event.delta for event in answered.port.events if isinstance(event, kind))


def _inside_characters(body: bytes) -> list[int]:
    """Return the places inside characters of more than one byte (UTF-8 continuation bytes)."""
    return [place for place, byte in enumerate(body) if 0x80 <= byte < 0xC0][:_BORDERS]  # RFC 3629 §3


def _noting(seen: list[str], name: str) -> Any:
    return lambda *_values: seen.append(name)
