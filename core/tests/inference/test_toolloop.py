"""The tool loop: engine, tools, engine, until no call is pending; every call is answered."""

import asyncio
import threading
from typing import Any

import pytest
from geppetto import Host, RunContext, ToolConfig, ToolLoopConfig, ToolRegistry, Turn, block, turn
from geppetto.builtin.function import FunctionEngine
from geppetto.builtin.scripted import ScriptedEngine
from geppetto.engine.keys import INFERENCE_RESULT, TOOL_CONFIG, TOOL_DEFINITIONS
from geppetto.errors import InvalidOption, MaxIterationsReached, RunAborted, RunCancelled, ToolError
from geppetto.events import Collector
from geppetto.inference import Session
from geppetto.tooling import ToolOutcome
from geppetto.turns import pending_calls

CALL = {"tool_calls": [{"id": "c1", "name": "add", "args": {"a": 1, "b": 2}}]}


def _registry() -> ToolRegistry:
    registry = ToolRegistry()
    schema = {
        "type": "object",
        "properties": {"a": {"type": "integer"}, "b": {"type": "integer"}},
        "required": ["a"],
    }
    registry.define("add", lambda args, _ctx: args["a"] + args["b"], parameters=schema)
    registry.define("fail", _fail)
    return registry


def _fail(args: Any, _ctx: Any) -> None:
    raise ValueError("it does not work")


def _session(host: Host, *replies: Any, **options: Any) -> Session:
    options.setdefault("tools", _registry())
    return host.create_session(engine=ScriptedEngine(replies), **options)


@pytest.mark.parity(124, 125, 126, 200, 271, 279)
async def test_a_call_is_run_and_its_result_goes_back_to_the_engine(plain_host: Host) -> None:
    """The loop answers the call with a tool_use block and asks the engine again."""
    engine = ScriptedEngine([CALL, "3, of course"])
    session = plain_host.create_session(engine=engine, tools=_registry())

    completed = await session.run_async("1 + 2?")

    assert [b.kind for b in completed.blocks] == ["user", "tool_call", "tool_use", "llm_text"]
    assert completed.blocks[2].payload == {"id": "c1", "result": 3, "error": ""}
    assert engine.turns[1].blocks[2].payload["result"] == 3
    assert completed.text == "3, of course"


@pytest.mark.parity(124)
async def test_a_call_with_the_id_of_an_earlier_one_runs_all_the_same(plain_host: Host) -> None:
    """Engines may count from 0 in every reply; the call's events have the id that its block has."""
    seen = Collector()
    other = {"tool_calls": [{"id": "c1", "name": "add", "args": {"a": 3, "b": 4}}]}
    session = _session(plain_host, CALL, other, "3 and 7", sinks=(seen,))

    completed = await session.run_async("go")

    uses = completed.of_kind("tool_use")
    assert [use.payload["result"] for use in uses] == [3, 7]
    assert pending_calls(completed) == []
    told = [
        event.correlation and event.correlation.tool_call_id for event in seen.of_type("tool-call-requested")
    ]
    assert told == [use.payload["id"] for use in uses]


@pytest.mark.parity(124)
async def test_calls_of_a_function_run_whatever_their_ids(plain_host: Host) -> None:
    """An engine that knows nothing of `Reply` need not know either which ids are taken."""
    replies = iter([3, 7])

    async def engine(_ctx: RunContext, given: Turn) -> Turn:
        wanted = next(replies, 0)
        call = block.tool_call("add", {"a": wanted, "b": 0}, id="c1")
        return given.clone().append(call if wanted else block.assistant("done"))

    session = plain_host.create_session(engine=FunctionEngine(engine, plain_host.threads), tools=_registry())

    completed = await session.run_async("go")

    assert [use.payload["result"] for use in completed.of_kind("tool_use")] == [3, 7]
    assert completed.text == "done"


@pytest.mark.parity(283)
async def test_a_tool_round_trip_can_be_seen_in_events(plain_host: Host) -> None:
    """Each call has its events, in order, with the call's id."""
    seen = Collector()
    session = _session(plain_host, CALL, "done", sinks=(seen,))

    await session.run_async("go")

    about = [e for e in seen.events if e.correlation and e.correlation.tool_call_id == "c1"]
    assert [str(event.type) for event in about] == [
        "tool-call-started",
        "tool-call-arguments-delta",
        "tool-call-requested",
        "tool-execution-started",
        "tool-result-ready",
        "tool-execution-finished",
    ]


async def test_a_middleware_may_stand_in_front_of_the_engine_itself(plain_host: Host) -> None:
    """It puts an engine of its own into the context: that one gets what the middlewares further in made of the turn."""
    engine, stand_in = ScriptedEngine(["asked"]), ScriptedEngine(["not asked"])

    async def instead(ctx: RunContext, given: Turn, call_next: Any) -> Turn:
        assert ctx.engine is engine
        answered: Turn = await call_next(ctx.derive(engine=stand_in), given)
        return answered

    prompt = ("systemPrompt", {"prompt": "be brief"})
    session = plain_host.create_session(engine=engine, middlewares=[instead, prompt])
    completed = await session.run_async("hi")

    assert (completed.text, engine.turns) == ("not asked", [])
    assert [b.text for b in stand_in.turns[0].blocks] == ["be brief", "hi"]


@pytest.mark.parity(122)
async def test_without_a_registry_the_loop_is_a_single_pass(plain_host: Host) -> None:
    """No tools: calls of the model stay pending and the run finishes saying so."""
    session = _session(plain_host, CALL, tools=None)

    completed = await session.run_async("go")

    assert len(pending_calls(completed)) == 1
    result = completed.metadata.get(INFERENCE_RESULT)
    assert result is not None
    assert result.finish_class == "tool_calls_pending"


@pytest.mark.parity(126, 201)
async def test_the_cap_ends_the_loop_with_the_results_kept(plain_host: Host) -> None:
    """At the cap the error has the turn, whose calls are all answered; the event is run-stopped."""
    seen = Collector()
    calls = [{"tool_calls": [{"name": "add", "args": {"a": n, "b": 0}}]} for n in range(5)]
    session = _session(plain_host, *calls, tool_loop=ToolLoopConfig(max_iterations=2), sinks=(seen,))

    with pytest.raises(MaxIterationsReached, match=r"max iterations \(2\) reached") as caught:
        await session.run_async("go")

    assert caught.value.turn is not None
    assert pending_calls(caught.value.turn) == []
    assert session.latest == caught.value.turn
    assert seen.events[-1].to_json()["reason"] == "max-iterations"
    assert seen.events[-1].to_json()["result"]["finish_class"] == "max_iterations"


async def test_three_equal_failing_calls_end_the_loop(plain_host: Host) -> None:
    """The same call failing in three replies aborts with a named reason."""
    seen = Collector()
    call = {"tool_calls": [{"name": "fail", "args": {"x": 1}}]}
    session = _session(plain_host, *[call] * 5, sinks=(seen,))

    with pytest.raises(RunAborted, match="fail failed 3 times with the same arguments: it does not work"):
        await session.run_async("go")

    assert seen.events[-1].to_json()["reason"] == "aborted"


async def test_equal_failing_calls_of_one_reply_count_once(plain_host: Host) -> None:
    """The model has not read the first error when it makes the others."""
    calls = [{"name": "fail", "args": {"x": 1}}] * 5
    session = _session(plain_host, {"tool_calls": calls}, "I give up")

    assert (await session.run_async("go")).text == "I give up"


async def test_failing_calls_that_take_turns_end_the_loop(plain_host: Host) -> None:
    """Two calls that fail by turns get as far as one that fails each time."""
    calls = [{"tool_calls": [{"name": "fail", "args": {"x": n % 2}}]} for n in range(10)]
    session = _session(plain_host, *calls)

    with pytest.raises(RunAborted, match="fail failed 3 times"):
        await session.run_async("go")


async def test_a_success_begins_the_count_anew(plain_host: Host) -> None:
    """A call that works now and then is no repetition of a failing one."""
    busy = [True, True, False] * 2

    def moody(_args: Any, _ctx: Any) -> str:
        if busy.pop(0):
            raise ValueError("busy")
        return "fine"

    registry = ToolRegistry()
    registry.define("moody", moody)
    session = _session(plain_host, *[{"tool_calls": [{"name": "moody"}]}] * 6, "done", tools=registry)

    assert (await session.run_async("go")).text == "done"


async def test_failing_calls_with_other_arguments_are_no_repetition(plain_host: Host) -> None:
    """Three failures of different calls do not abort."""
    calls = [{"tool_calls": [{"name": "fail", "args": {"x": n}}]} for n in range(4)]
    session = _session(plain_host, *calls, "I give up")

    assert (await session.run_async("go")).text == "I give up"


@pytest.mark.parity(203)
async def test_with_continue_the_model_reads_the_error(plain_host: Host) -> None:
    """A failing tool becomes an error result and the loop goes on."""
    session = _session(plain_host, {"tool_calls": [{"name": "fail"}]}, "sorry")

    completed = await session.run_async("go")

    assert completed.blocks[2].payload["error"] == "it does not work"
    assert completed.text == "sorry"


@pytest.mark.parity(204)
async def test_with_abort_the_run_stops_and_every_call_is_answered(plain_host: Host) -> None:
    """`abort` raises the tool's error, makes no further engine call, and leaves no call dangling."""
    engine = ScriptedEngine(
        [{"tool_calls": [{"name": "fail"}, {"name": "add", "args": {"a": 1, "b": 1}}]}, "no"]
    )
    session = plain_host.create_session(
        engine=engine,
        tools=_registry(),
        tool_config=ToolConfig(tool_error_handling="abort", max_parallel_tools=1),
    )

    with pytest.raises(
        ToolError, match="tool fail failed and the run was aborted: it does not work"
    ) as caught:
        await session.run_async("go")

    assert caught.value.turn is not None
    assert pending_calls(caught.value.turn) == []
    assert len(engine.turns) == 1


@pytest.mark.parity(205, 85)
async def test_with_retry_a_tool_is_tried_again_with_backoff(plain_host: Host) -> None:
    """A tool that fails once and then works gives its result, and the event counts the tries."""
    tries: list[int] = []

    async def shaky(args: Any, ctx: Any) -> str:
        tries.append(ctx.attempt)
        if len(tries) == 1:
            raise ValueError("not yet")
        return "now"

    registry = ToolRegistry()
    registry.define("shaky", shaky)
    seen = Collector()
    session = _session(
        plain_host,
        {"tool_calls": [{"name": "shaky"}]},
        "ok",
        tools=registry,
        tool_config=ToolConfig(tool_error_handling="retry", retry={"max_retries": 2, "backoff_base": 0.001}),  # type: ignore[arg-type]  # a mapping is read as one
        sinks=(seen,),
    )

    completed = await session.run_async("go")

    assert tries == [1, 2]
    assert completed.blocks[2].payload["result"] == "now"
    assert seen.of_type("tool-execution-finished")[0].to_json()["attempts"] == 2


@pytest.mark.parity(84, 202, 280, 286)
async def test_the_allow_list_holds_at_advertisement_and_at_execution(plain_host: Host) -> None:
    """A tool that is not allowed is neither offered nor run, even when the model calls it."""
    offered: list[str] = []

    async def look(ctx: RunContext, given: Turn, call_next: Any) -> Turn:
        offered.extend(tool.name for tool in ctx.tools)
        reply: Turn = await call_next(ctx, given)
        return reply

    session = _session(
        plain_host, CALL, "well", middlewares=[look], tool_config=ToolConfig(allowed_tools=["fail"])
    )

    completed = await session.run_async("go")

    assert set(offered) == {"fail"}
    assert completed.blocks[2].payload["error"] == "tool not allowed: add"


@pytest.mark.parity(123)
async def test_the_turn_says_which_tools_were_offered_and_how(plain_host: Host) -> None:
    """Tool configuration and definitions stand in the turn's data."""
    completed = await _session(plain_host, "hi", tool_config=ToolConfig(max_parallel_tools=2)).run_async("go")

    config = completed.data.get(TOOL_CONFIG)
    assert config is not None
    assert config.max_parallel_tools == 2
    definitions = completed.data.get(TOOL_DEFINITIONS)
    assert definitions is not None
    assert [tool["name"] for tool in definitions] == ["add", "fail"]


async def test_snapshots_are_taken_at_three_points(plain_host: Host) -> None:
    """The hook gets copies before and after each engine call, and after the tools."""
    phases: list[tuple[str, int]] = []

    def hook(phase: str, given: Turn) -> None:
        phases.append((phase, len(given.blocks)))
        given.blocks.clear()

    completed = await _session(plain_host, CALL, "done", snapshot_hooks=(hook,)).run_async("go")

    assert phases == [
        ("pre_inference", 1),
        ("post_inference", 2),
        ("post_tools", 3),
        ("pre_inference", 3),
        ("post_inference", 4),
    ]
    assert len(completed.blocks) == 4


@pytest.mark.parity(229)
async def test_sinks_and_snapshot_hooks_may_belong_to_one_run(plain_host: Host) -> None:
    """What is attached to a run sees that run only, beside what the session has."""
    mine, all_runs = Collector(), Collector()
    phases: list[str] = []
    session = _session(plain_host, "one", "two", tools=None, sinks=(all_runs,))

    await session.run_async("a", sinks=(mine,), snapshot_hooks=(lambda phase, _turn: phases.append(phase),))
    await session.run_async("b")

    assert mine.types().count("run-finished") == 1
    assert all_runs.types().count("run-finished") == 2
    assert phases == ["pre_inference", "post_inference"]


async def test_a_pending_outcome_ends_the_run_and_leaves_the_call_open(plain_host: Host) -> None:
    """A call that waits for a human stops the run; other calls of the batch are answered."""

    async def ask_first(ctx: RunContext, call: Any, call_next: Any) -> ToolOutcome:
        if call.name == "fail":
            return ToolOutcome.pending(call.id, "needs approval")
        outcome: ToolOutcome = await call_next(ctx, call)
        return outcome

    class Approval:
        tool = staticmethod(ask_first)

    seen = Collector()
    calls = {
        "tool_calls": [{"id": "p", "name": "fail"}, {"id": "q", "name": "add", "args": {"a": 1, "b": 1}}]
    }
    session = _session(plain_host, calls, "never", middlewares=[Approval()], sinks=(seen,))

    completed = await session.run_async("go")

    assert [call.id for call in pending_calls(completed)] == ["p"]
    assert seen.events[-1].to_json()["reason"] == "pending"
    result = completed.metadata.get(INFERENCE_RESULT)
    assert result is not None
    assert result.finish_class == "tool_calls_pending"


async def test_a_cancel_while_tools_run_answers_every_call(plain_host: Host) -> None:
    """What was done keeps its result, what was not is answered as cancelled."""
    started = asyncio.Event()

    async def wait(args: Any, ctx: Any) -> None:
        started.set()
        await asyncio.sleep(30)

    registry = _registry()
    registry.define("wait", wait)
    calls = {
        "tool_calls": [{"id": "q", "name": "add", "args": {"a": 1, "b": 1}}, {"id": "w", "name": "wait"}]
    }
    session = _session(plain_host, calls, tools=registry)
    handle = session.start("go")
    await started.wait()
    await asyncio.sleep(0.02)

    handle.cancel()
    with pytest.raises(RunCancelled) as caught:
        await handle

    assert caught.value.turn is not None
    answers = {b.payload["id"]: b.payload for b in caught.value.turn.of_kind("tool_use")}
    assert answers["q"]["result"] == 2
    assert "cancelled" in answers["w"]["error"]


async def test_calls_that_were_open_before_the_run_are_answered_first(plain_host: Host) -> None:
    """A turn that comes with an unanswered call has it answered before any request is made."""
    seed = turn().user("go").tool_call("add", {"a": 2, "b": 2}, id="old").build()
    session = _session(plain_host, "four")

    completed = await session.run_async(seed)

    assert [b.kind for b in completed.blocks] == ["user", "tool_call", "tool_use", "llm_text"]
    assert completed.blocks[2].payload["result"] == 4


@pytest.mark.parity(128)
def test_loop_and_tool_configuration_are_two_objects_with_checked_values() -> None:
    """Each refuses what it cannot mean, naming the field."""
    with pytest.raises(InvalidOption, match="max_iterations"):
        ToolLoopConfig(max_iterations=0)
    with pytest.raises(InvalidOption, match="invalid toolChoice"):
        ToolConfig(tool_choice="")


async def test_a_plain_handler_runs_on_a_thread_of_the_host(plain_host: Host) -> None:
    """A `def` handler does not block the event loop."""
    threads: list[str] = []
    registry = ToolRegistry()
    registry.define("where", lambda _args, _ctx: threads.append(threading.current_thread().name))

    await _session(plain_host, {"tool_calls": [{"name": "where"}]}, "ok", tools=registry).run_async("go")

    assert threads[0].startswith("geppetto-worker")


async def test_usage_of_all_engine_calls_is_added_up(plain_host: Host) -> None:
    """The result of a run counts every provider call."""
    session = _session(
        plain_host,
        {**CALL, "usage": {"input_uncached": 10, "output_text": 2, "total": 12}},
        {"text": "3", "usage": {"input_uncached": 20, "output_text": 1, "total": 21}},
    )

    completed = await session.run_async("go")

    result = completed.metadata.get(INFERENCE_RESULT)
    assert result is not None
    assert result.usage is not None
    assert (result.usage.input, result.usage.output, result.usage.total) == (30, 3, 33)
    assert result.iterations == 2


async def test_a_turn_with_its_calls_answered_needs_no_tool(plain_host: Host) -> None:
    """A call that has a result is never run again."""
    seed = Turn([block.user("go"), block.tool_call("fail", id="x"), block.tool_use("x", "fine")])

    completed = await _session(plain_host, "ok").run_async(seed)

    assert len(completed.of_kind("tool_use")) == 1


async def test_results_of_a_run_that_does_not_stop_are_kept(plain_host: Host) -> None:
    """What a tool did is not done again by the next run, whatever middlewares there are."""
    paid: list[int] = []
    noted, release = asyncio.Event(), asyncio.Event()

    async def deaf(_args: Any, _ctx: Any) -> str:
        while not release.is_set():
            try:
                await release.wait()
            except asyncio.CancelledError:
                continue
        return "late"

    async def passing(ctx: RunContext, turn: Turn, call_next: Any) -> Turn:
        reply: Turn = await call_next(ctx, turn)
        return reply

    registry = ToolRegistry()
    registry.define("pay", lambda _args, _ctx: paid.append(1))
    registry.define("deaf", deaf)
    calls = {"tool_calls": [{"name": "pay"}, {"name": "deaf"}]}
    session = _session(plain_host, calls, "done", tools=registry, middlewares=[passing], grace=0.1)
    handle = session.start("go")
    handle.on("tool-execution-finished", lambda _event: noted.set())
    await noted.wait()

    handle.cancel()
    with pytest.raises(RunCancelled) as caught:
        await handle
    release.set()

    assert caught.value.turn is not None
    assert [b.payload["error"] for b in caught.value.turn.of_kind("tool_use")] == ["", "cancelled"]
    assert (await session.run_async("and now?")).text == "done"
    assert paid == [1]


@pytest.mark.parity(180, 291)
async def test_a_snapshot_hook_that_fails_is_logged_and_the_run_goes_on(
    plain_host: Host, caplog: pytest.LogCaptureFixture
) -> None:
    """Like a listener or a sink: who watches a run does not end it, and the other hooks are called."""
    phases: list[str] = []

    def fails(_phase: str, _turn: Turn) -> None:
        raise LookupError("no room")

    session = _session(
        plain_host, CALL, "done", snapshot_hooks=(fails, lambda phase, _turn: phases.append(phase))
    )

    assert (await session.run_async("go")).text == "done"
    assert phases == ["pre_inference", "post_inference", "post_tools", "pre_inference", "post_inference"]
    assert "a snapshot hook failed on post_tools" in caplog.text
    assert "no room" in caplog.text
