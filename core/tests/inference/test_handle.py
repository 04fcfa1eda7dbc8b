"""The handle: how a run is awaited, watched, cancelled, and how it ends."""

import asyncio
import math
import threading
import time
from typing import Any

import pytest
from geppetto import Host, RunContext, ToolRegistry, Turn, block
from geppetto.builtin.function import FunctionEngine
from geppetto.builtin.scripted import ScriptedEngine
from geppetto.engine.keys import PROVIDER
from geppetto.engine.reply import Reply
from geppetto.errors import (
    BlockingCallError,
    DeadlineExceeded,
    EngineError,
    InvalidOption,
    MiddlewareError,
    RunCancelled,
)
from geppetto.events import Collector, Event, TextDelta
from geppetto.inference import RunHandle, Session

SLOW = {"text": "one two three four five six", "delay": 0.05}


def _session(host: Host, *replies: Any, **options: Any) -> Session:
    return host.create_session(engine=ScriptedEngine(replies or ["fine"]), **options)


async def _types(handle: RunHandle) -> list[str]:
    return [str(event.type) async for event in handle.events()]


@pytest.mark.parity(118, 185, 206)
async def test_awaiting_a_handle_gives_the_completed_turn_to_every_waiter(plain_host: Host) -> None:
    """All who await a handle get the same turn, also those who come late."""
    handle = _session(plain_host, "hello").start("hi")

    first, second = await asyncio.gather(handle, handle)
    late = await handle

    assert first.text == second.text == late.text == "hello"


@pytest.mark.parity(68, 98, 117, 187, 208)
async def test_cancel_keeps_the_partial_text_and_ends_with_one_terminal_event(plain_host: Host) -> None:
    """A cancelled run raises RunCancelled, whose turn holds the text so far, marked partial."""
    session = _session(plain_host, SLOW)
    handle = session.start("go")
    async for event in handle.events():
        if isinstance(event, TextDelta):
            break

    assert handle.cancel()
    assert not handle.cancel()
    with pytest.raises(RunCancelled) as caught:
        await handle

    assert caught.value.code == "RUN_CANCELED"
    assert caught.value.turn is not None
    last = caught.value.turn.blocks[-1]
    assert last.text.startswith("one")
    assert last.payload["partial"] is True
    assert (await _types(handle))[-2:] == ["interrupt", "run-stopped"]
    assert session.latest is not None
    assert session.latest.blocks[-1] == last


async def test_cancelling_the_waiter_leaves_the_run_going(plain_host: Host) -> None:
    """`await handle` is shielded: the run outlives a waiter that is cancelled."""
    handle = _session(plain_host, {"text": "still here", "delay": 0.02}).start("go")

    async def wait() -> Turn:
        return await handle

    waiter = asyncio.ensure_future(wait())
    await asyncio.sleep(0.01)
    waiter.cancel()
    await asyncio.wait([waiter])

    assert waiter.cancelled()
    assert (await handle).text.strip() == "still here"


async def test_run_async_cancels_the_run_when_its_caller_is_cancelled(plain_host: Host) -> None:
    """A cancelled caller of run_async sees CancelledError after the run has stopped with reason `outer`."""
    seen = Collector()
    session = _session(plain_host, SLOW, sinks=(seen,))
    caller = asyncio.ensure_future(session.run_async("go"))
    await asyncio.sleep(0.02)

    caller.cancel()
    await asyncio.wait([caller])

    assert caller.cancelled()
    assert not session.is_running
    assert seen.events[-1].to_json()["reason"] == "outer"


async def test_leaving_the_handles_block_cancels_the_run(plain_host: Host) -> None:
    """`async with handle` cancels on leaving and waits for the end."""
    session = _session(plain_host, SLOW)

    async with session.start("go") as handle:
        await asyncio.sleep(0.01)

    assert not handle.is_running
    with pytest.raises(RunCancelled):
        await handle


@pytest.mark.parity(147)
async def test_the_deadline_ends_a_run_that_takes_too_long(plain_host: Host) -> None:
    """A run past its timeout raises DeadlineExceeded and keeps its partial text."""
    session = _session(plain_host, SLOW)

    with pytest.raises(DeadlineExceeded) as caught:
        await session.run_async("go", timeout=0.12)

    assert caught.value.exit_code == 124
    assert caught.value.turn is not None
    assert caught.value.turn.text


async def test_a_stop_keeps_the_notes_of_what_it_stopped(plain_host: Host) -> None:
    """What a middleware notes on its cancel, say where a script stood, is told with the run's end."""

    async def noting(ctx: RunContext, turn: Turn, call_next: Any) -> Turn:
        try:
            await asyncio.sleep(30)
        except asyncio.CancelledError as stop:
            stop.add_note("it slept in noting")
            raise
        return turn

    session = plain_host.create_session(engine="echo", middlewares=[noting])
    with pytest.raises(DeadlineExceeded) as caught:
        await session.run_async("hi", timeout=0.05)

    assert caught.value.__notes__ == ["it slept in noting"]


async def test_a_run_can_lift_the_deadline_of_its_session(plain_host: Host) -> None:
    """With an infinite timeout; the next run has the session's again."""
    left: list[float | None] = []

    class Look:
        name = "look"

        async def call(self, ctx: RunContext, given: Turn, call_next: Any) -> Turn:
            left.append(ctx.remaining())
            reply: Turn = await call_next(ctx, given)
            return reply

    session = plain_host.create_session(engine="echo", middlewares=[Look()], timeout=60)
    await session.run_async("one", timeout=math.inf)
    await session.run_async("two")

    assert left[0] is None
    assert left[1] is not None


async def test_a_deadline_of_zero_still_gives_start_and_end(plain_host: Host) -> None:
    """A run that is out of time before its first step has run-started and one terminal event."""
    seen = Collector()
    session = _session(plain_host, sinks=(seen,))

    with pytest.raises(DeadlineExceeded):
        await session.run_async("go", timeout=0)

    assert seen.types() == ["run-started", "interrupt", "run-stopped"]


async def test_a_run_cancelled_before_its_first_step_has_one_terminal_event(plain_host: Host) -> None:
    """A cancel that comes before the task ever ran still ends in run-stopped."""
    handle = _session(plain_host).start("go")

    handle.cancel()
    with pytest.raises(RunCancelled):
        await handle

    assert await _types(handle) == ["run-started", "interrupt", "run-stopped"]


async def test_a_cancel_wins_over_a_middleware_that_eats_it(plain_host: Host) -> None:
    """A middleware that swallows the cancel and returns a turn cannot turn a stopped run into a finished one."""

    async def greedy(ctx: RunContext, turn: Turn, call_next: Any) -> Turn:
        try:
            reply: Turn = await call_next(ctx, turn)
        except asyncio.CancelledError:
            return turn
        return reply

    handle = _session(plain_host, SLOW, middlewares=[greedy]).start("go")
    await asyncio.sleep(0.01)

    handle.cancel()

    with pytest.raises(RunCancelled):
        await handle


async def test_code_that_never_stops_is_left_behind_after_the_grace(plain_host: Host) -> None:
    """A deaf middleware holds up the end for the grace only, and is counted in the result."""
    release = asyncio.Event()

    async def deaf(ctx: RunContext, turn: Turn, call_next: Any) -> Turn:
        while not release.is_set():
            try:
                await release.wait()
            except asyncio.CancelledError:
                continue
        return turn

    handle = _session(plain_host, middlewares=[deaf], grace=0.1).start("go")
    await asyncio.sleep(0.01)
    handle.cancel()

    with pytest.raises(RunCancelled):
        await handle

    assert handle.inference_result().abandoned_handlers == 1
    release.set()
    await asyncio.sleep(0.01)


async def test_an_engines_error_ends_the_run_with_a_code_and_its_cause(plain_host: Host) -> None:
    """What an engine raises becomes EngineError from it; the run fails with one terminal event."""

    def broken(ctx: RunContext, turn: Turn) -> Turn:
        raise ValueError("no such model")

    seen = Collector()
    session = plain_host.create_session(engine=_function(plain_host, broken), sinks=(seen,))

    with pytest.raises(EngineError, match="ValueError: no such model") as caught:
        await session.run_async("go")

    assert isinstance(caught.value.__cause__, ValueError)
    assert seen.types()[-1] == "run-failed"
    assert seen.events[-1].to_json()["error"]["code"] == "ENGINE_FAILED"


def _function(host: Host, function: Any) -> Any:
    from geppetto.builtin.function import FunctionEngine

    return FunctionEngine(function, host.threads)


async def test_a_failing_reply_keeps_what_was_said(plain_host: Host) -> None:
    """An error in the middle of a reply leaves the text before it in the session, marked partial."""
    session = _session(plain_host, {"text": "so far so good", "error": "the line went dead"})

    with pytest.raises(EngineError, match="the line went dead") as caught:
        await session.run_async("go")

    assert caught.value.turn is not None
    assert caught.value.turn.blocks[-1].payload == {"text": "so far so good", "partial": True}


async def test_an_unfinished_reply_passes_the_middlewares_before_it_is_kept(plain_host: Host) -> None:
    """What a middleware takes out of replies is taken out of a partial one, too."""

    async def censor(ctx: RunContext, turn: Turn, call_next: Any) -> Turn:
        reply: Turn = (await call_next(ctx, turn)).clone()
        reply.blocks = [
            b.replace(payload={**b.payload, "text": b.text.replace("secret", "***")}) for b in reply.blocks
        ]
        return reply

    session = _session(plain_host, {"text": "the secret is out", "error": "cut"}, middlewares=[censor])

    with pytest.raises(EngineError) as caught:
        await session.run_async("go")

    assert caught.value.turn is not None
    assert caught.value.turn.blocks[-1].text == "the *** is out"


async def test_an_unfinished_reply_that_no_middleware_takes_is_dropped_and_said_so(plain_host: Host) -> None:
    """When the middleware fails on the partial reply nothing slips past it, and an error event tells."""

    async def fussy(ctx: RunContext, turn: Turn, call_next: Any) -> Turn:
        reply: Turn = await call_next(ctx, turn)
        if any(block.payload.get("partial") for block in reply.blocks):
            raise ValueError("I only take whole replies")
        return reply

    seen = Collector()
    session = _session(plain_host, {"text": "half", "error": "cut"}, middlewares=[fussy], sinks=(seen,))

    with pytest.raises(EngineError) as caught:
        await session.run_async("go")

    assert caught.value.turn is not None
    assert caught.value.turn.text == ""
    [event] = seen.of_type("error")
    assert event.to_json()["error"]["code"] == "PARTIAL_REPLY_DROPPED"


async def test_an_unfinished_reply_that_deaf_code_holds_is_dropped_and_said_so(plain_host: Host) -> None:
    """A run that is left behind keeps nothing that its middlewares have not seen."""
    release = asyncio.Event()

    async def deaf(ctx: RunContext, turn: Turn, call_next: Any) -> Turn:
        reply: Turn = await call_next(ctx, turn)
        while not release.is_set():
            try:
                await release.wait()
            except asyncio.CancelledError:
                continue
        return reply

    seen = Collector()
    handle = _session(plain_host, "all said", middlewares=[deaf], sinks=(seen,), grace=0.1).start("go")
    async for event in handle.events():
        if event.type == "text-delta":
            break

    handle.cancel()
    with pytest.raises(RunCancelled) as caught:
        await handle
    release.set()

    assert caught.value.turn is not None
    assert caught.value.turn.text == ""
    [event] = seen.of_type("error")
    assert event.to_json()["error"]["code"] == "PARTIAL_REPLY_DROPPED"
    assert seen.types()[-1] == "run-stopped"


async def test_an_unfinished_tool_call_is_dropped_and_named(plain_host: Host) -> None:
    """A tool call that was cut off does not stand in the turn; the result names it."""
    session = _session(plain_host, {"text": "let me see", "tool_calls": [{"name": "search"}], "error": "cut"})

    with pytest.raises(EngineError) as caught:
        await session.run_async("go")

    assert caught.value.turn is not None
    assert [block.kind for block in caught.value.turn.blocks] == ["user", "llm_text"]
    result = caught.value.turn.metadata.raw("geppetto.inference_result@v1")
    assert result["dropped_tool_calls"] == ["search"]
    assert result["partial"] is True


@pytest.mark.parity(86, 87, 166)
async def test_listeners_attached_at_the_start_or_later_miss_nothing(plain_host: Host) -> None:
    """`on` at start and `on` after the end see the same events."""
    early: list[str] = []
    late: list[str] = []
    handle = _session(plain_host).start("go", on={"*": lambda event: early.append(event.type)})
    await handle

    handle.on("*", lambda event: late.append(event.type))

    assert early == late
    assert early[0] == "run-started"
    assert early[-1] == "run-finished"


async def test_a_listener_that_fails_does_not_touch_the_run(plain_host: Host, caplog: Any) -> None:
    """An error in a callback is logged; the run goes on."""

    def bad(event: Event) -> None:
        raise ValueError("oops")

    turn = await _session(plain_host, "fine").run_async("go", on={"text-delta": bad})

    assert turn.text == "fine"
    assert "a listener failed on text-delta" in caplog.text


def test_plain_code_waits_with_result_and_iterates_events(plain_host: Host) -> None:
    """`result()` and `for event in handle.events()` work without an event loop."""
    handle = _session(plain_host, "hello there").start("go")

    text = "".join(event.delta for event in handle.events() if isinstance(event, TextDelta))

    assert handle.result(5).text == text == "hello there"


def test_a_handle_is_cancelled_from_any_thread(plain_host: Host) -> None:
    """`cancel()` from a thread stops a run on the host's loop."""
    handle = _session(plain_host, SLOW).start("go")
    threading.Timer(0.05, handle.cancel).start()

    with pytest.raises(RunCancelled):
        handle.result(5)


async def test_blocking_calls_are_refused_inside_an_event_loop(plain_host: Host) -> None:
    """`result()` and a plain `for` say what to write instead; they never block the loop."""
    handle = _session(plain_host).start("go")

    with pytest.raises(BlockingCallError, match="await handle"):
        handle.result()
    with pytest.raises(BlockingCallError, match="async for"):
        next(iter(handle.events()))

    await handle


async def test_a_bad_cancel_reason_is_refused(plain_host: Host) -> None:
    """Only reasons of the vocabulary can be given."""
    handle = _session(plain_host).start("go")

    with pytest.raises(InvalidOption, match="invalid cancel reason"):
        handle.cancel("because")

    await handle


def test_a_run_on_another_loop_can_be_awaited_and_read(plain_host: Host) -> None:
    """A run started from plain code lives on the host's loop and can be awaited from the application's."""
    handle = _session(plain_host, {"text": "far away", "delay": 0.01}).start("go")

    async def from_here() -> tuple[str, str]:
        text = "".join([e.delta async for e in handle.events() if isinstance(e, TextDelta)])
        return text, (await handle).text

    seen, text = asyncio.run(from_here())

    assert seen == text
    assert text.strip() == "far away"


async def test_closing_the_host_ends_its_runs(plain_host: Host) -> None:
    """Runs that are active when the host closes end with reason `host-closed`."""
    seen = Collector()
    handle = _session(plain_host, SLOW, sinks=(seen,)).start("go")
    await asyncio.sleep(0.01)

    await plain_host.aclose()

    assert not handle.is_running
    assert seen.events[-1].to_json()["reason"] == "host-closed"


def test_closing_the_host_counts_threads_that_never_return(plain_host: Host) -> None:
    """A plain middleware that sleeps on is left behind as a daemon and reported."""

    def sleeps(ctx: RunContext, turn: Turn, call_next: Any) -> Turn:
        time.sleep(3)
        return turn

    handle = _session(plain_host, middlewares=[sleeps], grace=0.1).start("go")
    time.sleep(0.02)
    handle.cancel()
    with pytest.raises(RunCancelled):
        handle.result(5)

    report = plain_host.close()

    assert report.abandoned_threads == 1


async def test_an_event_middleware_that_raises_fails_the_run(plain_host: Host) -> None:
    """The error names the middleware, and the run ends with run-failed."""

    class Bad:
        name = "bad"

        def event(self, ctx: RunContext, event: Event) -> Event:
            if event.type == "text-delta":
                raise LookupError("I do not like it")
            return event

    session = _session(plain_host, middlewares=[Bad()])

    with pytest.raises(MiddlewareError, match=r"middleware 0 \(bad\): LookupError"):
        await session.run_async("go")


async def test_an_event_middleware_cannot_drop_the_terminal_event(plain_host: Host) -> None:
    """A middleware that swallows everything still leaves the terminal event."""

    class Silence:
        def event(self, ctx: RunContext, event: Event) -> None:
            """Swallow."""

    seen = Collector()
    await _session(plain_host, middlewares=[Silence()], sinks=(seen,)).run_async("go")

    assert seen.types() == ["run-finished"]


async def test_a_run_whose_beginning_fails_ends_with_that(plain_host: Host) -> None:
    """What a slip of ours breaks is told to those who wait; nobody waits without end."""
    session = _session(plain_host, "fine")
    object.__setattr__(session.spec, "sinks", print)  # no way of giving options leads here

    async with asyncio.timeout(10):
        with pytest.raises(EngineError, match="not iterable") as caught:
            await session.run_async("go")

    assert caught.value.code == "INTERNAL"
    assert not session.is_running


async def test_a_run_whose_turn_cannot_be_kept_ends_with_that(plain_host: Host) -> None:
    """The terminal event may be missing; the end of the run is not."""

    def fails(_turn: Turn) -> None:
        raise LookupError("no room")

    spec = _session(plain_host, "fine").spec
    loop = asyncio.get_running_loop()
    handle = RunHandle(spec, Turn([block.user("hi")], id="t"), "s", plain_host, loop, on_end=fails)
    handle.begin()

    async with asyncio.timeout(10):
        with pytest.raises(EngineError, match="no room"):
            await handle
        assert "run-finished" not in await _types(handle)


async def test_a_sink_that_ends_the_process_or_is_cancelled_is_logged_like_any_other(
    plain_host: Host, caplog: pytest.LogCaptureFixture
) -> None:
    """What a callback raises is never the run's own end."""

    def stops(_event: Event) -> None:
        raise SystemExit(3)

    def cancels(_event: Event) -> None:
        raise asyncio.CancelledError

    session = _session(plain_host, "fine", sinks=(stops, cancels))

    async with asyncio.timeout(10):
        completed = await session.run_async("go")

    assert completed.text == "fine"
    assert "a listener failed on run-finished" in caplog.text


async def test_the_result_of_a_cut_run_says_who_was_answering(plain_host: Host) -> None:
    """Provider and model are known from the first event; the call that was cut short is counted with those before."""
    call = {"tool_calls": [{"name": "look"}], "usage": {"output_text": 5}}
    registry = ToolRegistry()
    registry.define("look", lambda _args, _ctx: "nothing")
    session = _session(plain_host, call, SLOW, {"text": "so", "error": "down"}, tools=registry)
    handle = session.start("go").on("text-delta", lambda _event: handle.cancel())
    with pytest.raises(RunCancelled):
        await handle
    with pytest.raises(EngineError, match="down") as caught:
        await session.run_async("again")

    cut = handle.inference_result()
    assert (cut.provider, cut.model, cut.finish_class) == ("scripted", "script", "interrupted")
    assert (cut.iterations, cut.attempts) == (2, 2)
    assert cut.usage is not None
    assert cut.usage.output_text == 5
    assert caught.value.turn is not None
    assert caught.value.turn.metadata.get(PROVIDER) == "scripted"


async def test_the_result_of_a_cut_run_has_the_ids_that_the_provider_told(plain_host: Host) -> None:
    """The model that answers may be another than the one that was asked for."""

    async def engine(ctx: RunContext, given: Turn) -> Turn:
        reply = Reply(ctx, provider="acme", model="small")
        reply.start()
        reply.metadata(model="small-2026", request_id="r1", region="north")
        raise LookupError("gone")

    session = plain_host.create_session(engine=FunctionEngine(engine, plain_host.threads))
    handle = session.start("go")
    with pytest.raises(EngineError, match="gone"):
        await handle

    found = handle.inference_result()
    assert (found.provider, found.model, found.request_id) == ("acme", "small-2026", "r1")


@pytest.mark.parametrize("raised", [LookupError("no"), SystemExit(3), asyncio.CancelledError()])
async def test_an_event_middleware_that_fails_ends_the_run_whatever_it_raises(
    plain_host: Host, raised: BaseException
) -> None:
    """Nothing that plain code raises between two events stops the end of a run."""

    class Fails:
        def event(self, _ctx: RunContext, _event: Event) -> Event:
            raise raised

    session = _session(plain_host, "fine", middlewares=[Fails()])

    async with asyncio.timeout(10):
        with pytest.raises(MiddlewareError, match=f"Fails.*{type(raised).__name__}"):
            await session.run_async("go")
