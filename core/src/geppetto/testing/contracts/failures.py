"""What every engine owes a failure: a clear error, another try only where it helps, and nothing lost."""

from __future__ import annotations

import asyncio
import copy
import json
import random
from typing import TYPE_CHECKING, Any

import pytest

from geppetto.engine.inference import InferenceConfig, ToolConfig
from geppetto.errors import DeadlineExceeded, GeppettoError, ProviderError, RunCancelled, TransportError
from geppetto.events import AttemptDiscarded
from geppetto.events.model import is_terminal
from geppetto.testing.canned import CannedTransport
from geppetto.testing.contracts.suite import EngineSuite
from geppetto.testing.replay import ReplayServer
from geppetto.testing.replay_exchange import Exchange
from geppetto.turns import BlockKind

if TYPE_CHECKING:
    from geppetto.testing.contracts.bench import Bench
    from geppetto.testing.contracts.case import Case

__all__ = ["FailureContract"]

_TRIES = 3
_CODES = frozenset({"AUTHENTICATION_FAILED", "RATE_LIMITED", "QUOTA_EXCEEDED", "INVALID_REQUEST"})
_ODD: tuple[Any, ...] = (None, 0, -1, 1.5, True, "", "text", [], [1], {}, {"a": None})


class FailureContract(EngineSuite):
    """Check what an engine makes of errors, of cut and broken answers, and of cancels."""

    def test_there_is_a_case_for_each_kind_of_error(self) -> None:
        """A wrong key, a rate limit, a used-up quota, a bad request, a server error, an error inside a stream."""
        codes = {case.expect.error for case in self.failures()}

        assert codes >= _CODES
        assert any(case.status >= 500 for case in self.failures())
        if self.factory.capabilities.streaming:
            assert any(case.status < 400 and case.streaming for case in self.failures())

    def test_an_error_says_what_it_is(self, bench: Bench, failure: Case) -> None:
        """Code, status, whether to try again and when are those that the case expects."""
        canned = CannedTransport([failure.exchange() for _ in range(_TRIES)])

        with pytest.raises((ProviderError, TransportError)) as caught:
            bench.complete(failure, transport=canned)

        error: Any = caught.value
        expect = failure.expect
        assert error.code == expect.error
        assert expect.retryable is None or error.retryable == expect.retryable
        assert expect.retry_after is None or getattr(error, "retry_after", None) == expect.retry_after
        if failure.status >= 400:
            assert error.status == failure.status
        assert len(canned.requests) == (_TRIES if error.retryable and failure.status >= 400 else 1)

    def test_what_may_pass_is_tried_again(self, bench: Bench, failure: Case) -> None:
        """A retryable refusal is followed by another try, which is announced; the reply counts its tries."""
        if not failure.expect.retryable or failure.status < 400:
            return
        good = self.with_text()
        canned = CannedTransport([failure.exchange(), good.exchange()])

        answered = bench.complete(good, transport=canned)

        assert answered.result.attempts == len(canned.requests) == 2
        assert sum(isinstance(event, AttemptDiscarded) for event in answered.port.events) == 1

    def test_a_stream_that_ends_early_is_an_error(self, bench: Bench, stream: Case) -> None:
        """A stream cut at any event of its first half is no reply, whatever had come."""
        ends = _event_ends(stream.stream())

        for end in ends[: len(ends) // 2]:
            cut = stream.stream()[:end]
            canned = CannedTransport([stream.exchange(chunks=(cut,)) for _ in range(_TRIES)])
            with pytest.raises(TransportError) as caught:
                bench.complete(stream, transport=canned)
            assert caught.value.code == "STREAM_TRUNCATED", cut

    def test_a_lost_connection_keeps_what_had_come(self, wired: Bench) -> None:
        """After the first content there is no other try, and the error carries the partial turn."""
        stream = self.with_text(streaming=True)
        chunks, text = _by_events(stream), stream.expect.text or ""
        exchange = stream.exchange(chunks=chunks, drop_after=len(chunks) * 3 // 4)

        with (
            wired.served(exchange, stream.exchange()) as (server, session),
            pytest.raises(TransportError) as caught,
        ):
            self.ask(session, stream)

        partial: Any = getattr(caught.value, "turn", None)
        assert len(server.requests) == 1
        assert partial is not None
        assert partial.text
        assert text.startswith(partial.text)

    @pytest.mark.parametrize("fault", [{"garbage": b"\x00\xffno http at all\r\n\r\n"}, {"drop_after": -1}])
    def test_a_broken_server_is_a_clear_error(self, wired: Bench, fault: dict[str, Any]) -> None:
        """What is no HTTP, and a connection that is reset before the answer, are errors of the transport."""
        broken = Exchange(**fault)

        with wired.served(*[broken] * _TRIES) as (_, session), pytest.raises(TransportError) as caught:
            self.ask(session, self.with_text())

        assert caught.value.code in {"PROTOCOL_ERROR", "CONNECTION_LOST", "CONNECTION_RESET"}

    def test_a_huge_event_is_read_whole(self, bench: Bench) -> None:
        """An event of many megabytes passes as any other: vendors send whole images and results in one."""
        stream = self.with_text(streaming=True)
        body = stream.stream()
        padded = b": " + b"x" * 5_000_000 + b"\n\n" + body

        whole = bench.complete(stream, exchange=stream.exchange(chunks=(padded[:1000], padded[1000:])))

        assert whole.text(BlockKind.LLM_TEXT) == stream.expect.text

    def test_a_silent_server_ends_at_the_deadline(self, wired: Bench) -> None:
        """The run's deadline holds, before the first byte and in the middle of the stream."""
        stream = self.with_text(streaming=True)

        for pieces in (0, 1):
            hanging = stream.exchange(chunks=_by_events(stream), hang_after=pieces)
            with wired.served(hanging) as (server, session):
                with pytest.raises(DeadlineExceeded):
                    self.ask(session, stream, timeout=0.2)
                assert server.wait_closed()

    def test_a_cancel_at_any_event_ends_the_run_once(self, bench: Bench, stream: Case) -> None:
        """One terminal event, the last one; what had come is kept; no socket stays open."""
        total = len(asyncio.run(_events_until(bench, stream, None)))

        for place in range(1, total + 1):
            seen = asyncio.run(_events_until(bench, stream, place))
            assert [is_terminal(event) for event in seen].count(True) == 1, place
            assert is_terminal(seen[-1]), place

    def test_a_cancel_closes_the_socket(self, wired: Bench) -> None:
        """The server sees the connection go."""
        stream = self.with_text(streaming=True)
        hanging = stream.exchange(chunks=_by_events(stream), hang_after=1)

        with wired.served(hanging) as (server, session):
            handle = session.start("hi", inference=InferenceConfig(stream=True))
            handle.on("provider-call-started", lambda _event: handle.cancel())
            with pytest.raises(RunCancelled):
                handle.result(5)
            assert server.wait_closed()

    @pytest.mark.parametrize(
        "body", ["<html>busy</html>", "", "null", "[]", "{}", '{"a": 1}', "7", '"x"', '{"error": "no"}']
    )
    @pytest.mark.parametrize("streaming", [True, False])
    def test_an_answer_of_another_kind_is_a_clear_error(
        self, bench: Bench, body: str, *, streaming: bool
    ) -> None:
        """HTML of a proxy, an empty body, JSON of another shape: an error of ours, never a stumble of the code."""
        case = self.with_text(streaming=streaming or None)
        kind = "text/event-stream" if streaming else "application/json"
        text = f"data: {body}\n\n" if streaming and body else body
        odd = Exchange(headers={"content-type": kind}, body=text)

        with pytest.raises(GeppettoError):
            bench.complete(case, transport=CannedTransport([odd] * _TRIES))

    def test_a_damaged_stream_never_breaks_the_code(self, bench: Bench, stream: Case) -> None:
        """Values of another type, missing fields: decoded as far as it goes, or an error of ours."""
        chance = random.Random(stream.name)  # noqa: S311  # the same damage each time

        for _ in range(60):
            damaged = _damaged(stream.stream(), chance)
            canned = CannedTransport([stream.exchange(chunks=(damaged,)) for _ in range(_TRIES)])
            try:
                bench.complete(stream, transport=canned)
            except GeppettoError:
                continue

    def test_many_runs_share_a_host(self, wired: Bench) -> None:
        """Parallel runs over one pool of connections do not mix their answers."""
        case = self.with_text(streaming=True)

        async def run_all() -> list[str]:
            async with ReplayServer([case.exchange() for _ in range(16)]) as server:
                host = wired.host()
                engine = wired.engine(server.url, host.transport)
                sessions = [host.create_session(engine=engine) for _ in range(16)]
                turns = await asyncio.gather(*(session.run_async("hi") for session in sessions))
                await host.aclose()
                return [turn.text for turn in turns]

        assert set(asyncio.run(run_all())) == {case.expect.text}


async def _events_until(bench: Bench, case: Case, place: int | None) -> list[Any]:
    """Run a case and cancel at an event; return all events."""
    host = bench.host(CannedTransport([case.exchange(chunks=_by_events(case))]))
    session = host.create_session(
        engine=bench.engine(transport=host.transport), tool_config=ToolConfig(enabled=False)
    )
    handle = session.start("hi", inference=InferenceConfig(stream=True))
    seen = []
    async for event in handle.events():
        seen.append(event)
        if len(seen) == place:
            handle.cancel()
    await host.aclose()
    return seen


def _event_ends(body: bytes) -> list[int]:
    """Return the places where an event of a stream ends."""
    text = body.replace(b"\r\n\r\n", b"\n\n\r\r")
    return [place + 2 for place in range(len(text)) if text[place : place + 2] == b"\n\n"]


def _by_events(case: Case) -> tuple[bytes, ...]:
    return tuple(case.cut(*_event_ends(case.stream())[:-1]).chunks)


def _damaged(body: bytes, chance: random.Random) -> bytes:
    """Return a stream in which one value of one event is another."""
    lines = body.decode().split("\n")
    places = [number for number, line in enumerate(lines) if line.startswith("data: {")]
    number = chance.choice(places)
    event = copy.deepcopy(json.loads(lines[number][len("data: ") :]))
    node, key = chance.choice(list(_places(event)))
    if chance.random() < 0.3:
        del node[key]
    else:
        node[key] = chance.choice(_ODD)
    lines[number] = f"data: {json.dumps(event)}"
    return "\n".join(lines).encode()


def _places(node: Any) -> Any:
    items = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, value in items:
        yield node, key
        yield from _places(value)
