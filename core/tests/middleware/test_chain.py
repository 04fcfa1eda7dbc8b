"""The chain: order, the four points, errors with names, timeouts."""

import functools
from typing import Any

import pytest
from geppetto import Host, RunContext, Turn, block, middlewares
from geppetto.builtin.echo import EchoEngine
from geppetto.builtin.scripted import ScriptedEngine
from geppetto.errors import InvalidOption
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


@pytest.mark.parity(47)
async def test_a_middleware_may_change_request_and_reply(plain_host: Host) -> None:
    """What it hands on is what the engine sees, what it returns is the reply."""

    async def edit(ctx: RunContext, turn: Turn, call_next: Any) -> Turn:
        reply: Turn = (await call_next(ctx, turn.clone().append(block.user("changed")))).clone()
        reply.blocks[-1] = reply.blocks[-1].replace(payload={"text": reply.blocks[-1].text.upper()})
        return reply

    completed = await plain_host.create_session(engine="echo", middlewares=[edit]).run_async("hi")

    assert completed.text == "CHANGED"


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


def _prompting(host: Host) -> Any:
    return host.middleware("systemPrompt", {"prompt": "x"})


@pytest.mark.parity(91, 223)
def test_a_name_and_a_timeout_can_be_given_to_any_middleware(plain_host: Host) -> None:
    """Also to one that was built by name; what is not given stays as it was."""
    given = middlewares.use(_prompting(plain_host), name="mine", timeout=3)
    again = bind(given, 4)

    assert (given.name, given.timeout) == ("mine", 3)
    assert (again.name, again.timeout, again.index) == ("mine", 3, 4)
    assert plain_host.builder().use("systemPrompt", {"prompt": "x"}, timeout=2)._middlewares[0].timeout == 2


class _Everything:
    """Wraps all four points."""

    def __init__(self, name: str, trace: list[str]) -> None:
        self.name = name
        self._trace = trace

    async def run(self, ctx: RunContext, turn: Turn, call_next: Any) -> Turn:
        return await self._around("run", ctx, turn, call_next)  # type: ignore[no-any-return]

    def call(self, ctx: RunContext, turn: Turn, call_next: Any) -> Any:
        return self._around("call", ctx, turn, call_next)

    async def tool(self, ctx: RunContext, call: Any, call_next: Any) -> Any:
        return await self._around("tool", ctx, call, call_next)

    def event(self, ctx: RunContext, event: Any) -> Any:
        if event.type == "run-started":
            self._trace.append(f"event {self.name}")
        return event

    async def _around(self, point: str, ctx: RunContext, value: Any, call_next: Any) -> Any:
        assert ctx.middleware_name == self.name
        self._trace.append(f"{point} {self.name}")
        return await call_next(ctx, value)


@pytest.mark.parity(120, 121, 151, 190)
async def test_the_order_is_the_same_at_all_four_points(plain_host: Host) -> None:
    """First listed is outermost: it sees requests first and events last; each knows its own name."""
    trace: list[str] = []
    reply: list[Any] = [{"tool_calls": [{"name": "calculator", "args": {"expression": "1"}}]}, "done"]
    session = plain_host.create_session(
        engine=ScriptedEngine(reply),
        tools=["calculator"],
        middlewares=[_Everything("z", trace), _Everything("a", trace)],
    )

    await session.run_async("hi")

    assert trace == [
        "event a", "event z", "run z", "run a", "call z", "call a", "tool z", "tool a", "call z", "call a",
    ]  # fmt: skip


def test_a_class_or_an_async_event_point_is_no_middleware() -> None:
    """Both are refused where they are listed, not in the middle of a run."""

    class AsyncEvent:
        async def event(self, ctx: RunContext, event: Any) -> Any:
            return event

    for wrong in (_Everything, AsyncEvent()):
        with pytest.raises(InvalidOption, match="unsupported middleware specification at index 1"):
            bind(wrong, 1)


@pytest.mark.parity(171, 172, 173)
async def test_recipes_of_the_documents_work(plain_host: Host) -> None:
    """Put a system block in front when it is missing, trim the reply, and drop calls that are not allowed."""

    async def recipe(ctx: RunContext, turn: Turn, call_next: Any) -> Turn:
        if not turn.of_kind("system"):
            turn = turn.clone().prepend(block.system("be brief"))
        reply: Turn = (await call_next(ctx, turn)).clone()
        allowed = [b for b in reply.blocks if b.kind != "tool_call" or b.payload["name"] == "search"]
        reply.blocks = [
            b.replace(payload={"text": b.text.strip()}) if b.kind == "llm_text" else b for b in allowed
        ]
        return reply

    engine = ScriptedEngine([{"text": "  yes  ", "tool_calls": [{"name": "search"}, {"name": "delete"}]}])
    completed = await plain_host.create_session(engine=engine, middlewares=[recipe]).run_async("hi")

    assert engine.turns[0].blocks[0].text == "be brief"
    assert completed.text == "yes"
    assert [b.payload["name"] for b in completed.of_kind("tool_call")] == ["search"]
