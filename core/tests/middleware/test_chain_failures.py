"""The chain: errors with names, timeouts, and middlewares that behave badly."""

import asyncio
import sys
import time
from typing import Any

import pytest
from geppetto import Host, RunContext, Turn, middlewares
from geppetto.errors import GeppettoError, InvalidOption, MiddlewareError
from geppetto.events import Collector, TextDelta
from geppetto.middleware import bind


def _tracing(name: str, trace: list[str]) -> Any:
    async def layer(ctx: RunContext, turn: Turn, call_next: Any) -> Turn:
        trace.append(f">{name}")
        reply: Turn = await call_next(ctx, turn)
        trace.append(f"<{name}")
        return reply

    return layer


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


async def test_a_timeout_keeps_the_notes_of_what_it_stopped(plain_host: Host) -> None:
    """What the middleware notes on its cancel is told with the error."""

    async def noting(ctx: RunContext, turn: Turn, call_next: Any) -> Turn:
        try:
            await asyncio.sleep(30)
        except asyncio.CancelledError as stop:
            stop.add_note("it slept in noting")
            raise
        return turn

    use = middlewares.use(noting, timeout=0.05)
    with pytest.raises(MiddlewareError) as caught:
        await plain_host.create_session(engine="echo", middlewares=[use]).run_async("hi")

    assert caught.value.__notes__ == ["it slept in noting"]


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


@pytest.mark.parametrize("timeout", [0, -1, True, "3"])
def test_a_timeout_is_a_number_of_seconds(timeout: Any) -> None:
    """Anything else is refused, also on an object's own `timeout`."""

    class Slow:
        def call(self, ctx: RunContext, turn: Turn, call_next: Any) -> Turn:
            return turn

    slow: Any = Slow()
    slow.timeout = timeout

    with pytest.raises(InvalidOption, match="middleware at index 2: expected seconds above 0"):
        bind(Slow(), 2, timeout=timeout)
    with pytest.raises(InvalidOption, match="middleware at index 0"):
        bind(slow, 0)


@pytest.mark.parametrize(
    ("gives", "message"),
    [
        (lambda event: "text", r"\(event\) returned str, expected Event, a list of them or None"),
        (lambda event: [event, 3], r"\(event\) returned int, expected Event"),
        (lambda event: 1 / 0, r"\(event\): ZeroDivisionError"),
    ],
)
async def test_an_event_point_that_is_wrong_fails_the_run(gives: Any, message: str, plain_host: Host) -> None:
    """The error names it, the listeners see no such value, and the run ends as failed."""
    seen = Collector()

    class Wrong:
        name = "event"

        def event(self, ctx: RunContext, event: Any) -> Any:
            return gives(event) if isinstance(event, TextDelta) else event

    session = plain_host.create_session(engine="echo", middlewares=[Wrong()], sinks=(seen,))
    with pytest.raises(MiddlewareError, match=rf"middleware 0 {message}"):
        await session.run_async("hi")

    assert seen.types()[-1] == "run-failed"


@pytest.mark.parametrize("plain", [False, True])
async def test_a_middleware_that_calls_exit_fails_its_run_only(plain: bool, plain_host: Host) -> None:
    """The loop and the other runs go on."""

    def leaves(ctx: RunContext, turn: Turn, call_next: Any) -> Turn:
        sys.exit(3)

    async def leaves_too(ctx: RunContext, turn: Turn, call_next: Any) -> Turn:
        sys.exit(3)

    session = plain_host.create_session(engine="echo", middlewares=[leaves if plain else leaves_too])
    with pytest.raises(MiddlewareError, match="SystemExit: 3"):
        await session.run_async("hi")

    assert (await plain_host.create_session(engine="echo").run_async("hi")).text == "hi"
