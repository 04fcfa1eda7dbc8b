"""The chain: order, the four points, errors with names, timeouts."""

import asyncio
import functools
import time
from typing import Any

import pytest
from geppetto import Host, RunContext, Turn, block, middlewares
from geppetto.builtin.echo import EchoEngine
from geppetto.errors import GeppettoError, InvalidOption, MiddlewareError
from geppetto.events import Collector, TextDelta, TextSegmentFinished
from geppetto.middleware import bind


def _tracing(name: str, trace: list[str]) -> Any:
    async def layer(ctx: RunContext, turn: Turn, call_next: Any) -> Turn:
        trace.append(f">{name}")
        reply: Turn = await call_next(ctx, turn)
        trace.append(f"<{name}")
        return reply

    return layer


def _plain_tracing(name: str, trace: list[str]) -> Any:
    def layer(ctx: RunContext, turn: Turn, call_next: Any) -> Turn:
        trace.append(f">{name}")
        reply: Turn = call_next(ctx, turn)
        trace.append(f"<{name}")
        return reply

    return layer


@pytest.mark.parity(46, 48, 76, 97, 120, 121, 168, 189, 190, 191)
async def test_first_listed_is_outermost_whatever_its_kind(plain_host: Host) -> None:
    """Async and plain middlewares, by object and by name, run in the order of the list."""
    trace: list[str] = []
    session = plain_host.create_session(
        engine="echo",
        middlewares=[
            _tracing("a", trace),
            _plain_tracing("b", trace),
            ("systemPrompt", {"prompt": "x"}),
            _tracing("c", trace),
        ],
    )

    await session.run_async("hi")

    assert trace == [">a", ">b", ">c", "<c", "<b", "<a"]


@pytest.mark.parity(47, 171, 172, 173)
async def test_a_middleware_may_change_request_and_reply(plain_host: Host) -> None:
    """What it hands on is what the engine sees, what it returns is the reply."""

    async def edit(ctx: RunContext, turn: Turn, call_next: Any) -> Turn:
        reply: Turn = (await call_next(ctx, turn.clone().append(block.user("changed")))).clone()
        reply.blocks[-1] = reply.blocks[-1].replace(payload={"text": reply.blocks[-1].text.upper()})
        return reply

    completed = await plain_host.create_session(engine="echo", middlewares=[edit]).run_async("hi")

    assert completed.text == "CHANGED"


@pytest.mark.parity(63, 66, 95, 170, 192)
@pytest.mark.parametrize("plain", [False, True])
async def test_an_error_names_index_and_middleware_and_keeps_its_cause(plain: bool, plain_host: Host) -> None:
    """What a middleware raises becomes MiddlewareError from it, and is never swallowed."""

    async def asynchronous(ctx: RunContext, turn: Turn, call_next: Any) -> Turn:
        raise LookupError("nothing there")

    def synchronous(ctx: RunContext, turn: Turn, call_next: Any) -> Turn:
        raise LookupError("nothing there")

    broken = synchronous if plain else asynchronous
    session = plain_host.create_session(engine="echo", middlewares=[_tracing("a", []), broken])

    with pytest.raises(
        MiddlewareError, match=rf"middleware 1 \({broken.__name__}\): LookupError: nothing there"
    ) as caught:
        await session.run_async("hi")

    assert isinstance(caught.value.__cause__, LookupError)
    assert caught.value.details == {"middleware": broken.__name__, "index": 1}


async def test_an_error_of_ours_passes_as_it_is(plain_host: Host) -> None:
    """A GeppettoError keeps its code on the way out."""

    async def refuse(ctx: RunContext, turn: Turn, call_next: Any) -> Turn:
        raise GeppettoError("no budget", code="OVER_BUDGET")

    with pytest.raises(GeppettoError, match="no budget") as caught:
        await plain_host.create_session(engine="echo", middlewares=[refuse]).run_async("hi")

    assert caught.value.code == "OVER_BUDGET"


@pytest.mark.parity(193)
async def test_a_result_that_is_no_turn_is_named(plain_host: Host) -> None:
    """Returning something else says what was expected."""

    async def forgets(ctx: RunContext, turn: Turn, call_next: Any) -> None:
        await call_next(ctx, turn)

    with pytest.raises(MiddlewareError, match=r"middleware 0 \(forgets\) returned NoneType, expected Turn"):
        await plain_host.create_session(engine="echo", middlewares=[forgets]).run_async("hi")


class _Callable:
    async def __call__(self, ctx: RunContext, turn: Turn, call_next: Any) -> Turn:
        reply: Turn = await call_next(ctx, turn)
        return reply


async def _with_option(option: str, ctx: RunContext, turn: Turn, call_next: Any) -> Turn:
    reply: Turn = await call_next(ctx, turn)
    return reply


@pytest.mark.parametrize(
    "middleware",
    [
        _Callable(),
        functools.partial(_with_option, "x"),
        lambda ctx, turn, call_next: call_next(ctx, turn),
        lambda ctx, turn, call_next: _with_option("x", ctx, turn, call_next),
    ],
    ids=["callable object", "partial", "plain lambda", "lambda that gives a coroutine"],
)
async def test_what_is_async_is_decided_on_the_result(middleware: Any, plain_host: Host) -> None:
    """Partials, callable objects and plain callables that return a coroutine all work."""
    completed = await plain_host.create_session(engine="echo", middlewares=[middleware]).run_async("hi")

    assert completed.text == "hi"


@pytest.mark.parity(169)
@pytest.mark.parametrize("wrong", [None, 3, object(), dict])
def test_what_is_no_middleware_is_refused_with_its_index(wrong: Any) -> None:
    """The error says which entry of the list it is."""
    with pytest.raises(InvalidOption, match="unsupported middleware specification at index 2"):
        bind(wrong, 2)


@pytest.mark.parity(91, 223, 224, 240)
@pytest.mark.parametrize("kind", ["async", "plain", "eats the cancel"])
async def test_a_timeout_counts_the_middleware_and_what_it_calls(kind: str, plain_host: Host) -> None:
    """A middleware that is too slow ends the run with MIDDLEWARE_TIMEOUT, whatever it does with its cancel."""

    async def asynchronous(ctx: RunContext, turn: Turn, call_next: Any) -> Turn:
        await asyncio.sleep(30)
        return turn

    def synchronous(ctx: RunContext, turn: Turn, call_next: Any) -> Turn:
        time.sleep(1)
        return turn

    async def eats(ctx: RunContext, turn: Turn, call_next: Any) -> Turn:
        try:
            await asyncio.sleep(30)
        except asyncio.CancelledError:
            pass
        return turn

    slow = {"async": asynchronous, "plain": synchronous, "eats the cancel": eats}[kind]
    use = middlewares.use(slow, name="slow", timeout=0.05)

    with pytest.raises(MiddlewareError, match=r"middleware 0 \(slow\) took longer than 0.05 s") as caught:
        await plain_host.create_session(engine="echo", middlewares=[use], grace=0.2).run_async("hi")

    assert caught.value.code == "MIDDLEWARE_TIMEOUT"


async def test_a_deaf_middleware_past_its_timeout_ends_the_run(plain_host: Host) -> None:
    """One that ignores every cancel cannot hold the run for longer than its timeout and the grace."""
    release = asyncio.Event()

    async def deaf(ctx: RunContext, turn: Turn, call_next: Any) -> Turn:
        while not release.is_set():
            try:
                await release.wait()
            except asyncio.CancelledError:
                continue
        return turn

    use = middlewares.use(deaf, timeout=0.05)
    with pytest.raises(MiddlewareError, match="took longer"):
        await plain_host.create_session(engine="echo", middlewares=[use], grace=0.1).run_async("hi")

    release.set()
    await asyncio.sleep(0.01)


class _HoldsBack:
    """Holds text back and hands it out when the segment ends."""

    def __init__(self) -> None:
        self._held = ""

    def event(self, ctx: RunContext, event: Any) -> Any:
        if isinstance(event, TextDelta):
            self._held += event.delta
            return None
        if isinstance(event, TextSegmentFinished):
            return [TextDelta(self._held.replace("secret", "***"), correlation=event.correlation), event]
        return event


async def test_an_event_middleware_may_hold_text_back(plain_host: Host) -> None:
    """Deltas are swallowed and come out changed, in order."""
    seen = Collector()
    session = plain_host.create_session(
        engine=EchoEngine("a secret b"), middlewares=[_HoldsBack()], sinks=(seen,)
    )

    await session.run_async("hi")

    assert [event.delta for event in seen.events if isinstance(event, TextDelta)] == ["a *** b"]


async def test_internal_calls_do_not_show_in_the_users_stream(plain_host: Host) -> None:
    """A middleware's own provider call reaches sinks, not the run's events or its reply."""
    sink = Collector()

    async def summarise(ctx: RunContext, turn: Turn, call_next: Any) -> Turn:
        from dataclasses import replace

        inner = ctx.derive(correlation=replace(ctx.correlation, origin="internal"))
        await EchoEngine("inner words").run_inference(inner, turn)
        reply: Turn = await call_next(ctx, turn)
        return reply

    handle = plain_host.create_session(engine="echo", middlewares=[summarise], sinks=(sink,)).start("outer")
    shown = "".join([e.delta async for e in handle.events() if isinstance(e, TextDelta)])

    assert shown == (await handle).text == "outer"
    assert "inner " in [e.delta for e in sink.events if isinstance(e, TextDelta)]
