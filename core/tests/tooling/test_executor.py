"""The executor: limits that hold, hooks, and results that are always JSON."""

import asyncio
import time
from typing import Any

import pytest
from geppetto import Host, ToolConfig, ToolHooks, ToolOutcome, ToolRegistry
from geppetto.errors import ToolError
from geppetto.testing import RecordingPort, run_context
from geppetto.tooling import ToolContext, ToolDefinition, ToolExecutor, ToolNames
from geppetto.turns import ToolCall


def _calls(*names: str) -> list[ToolCall]:
    return [ToolCall(f"c{index}", name, {}) for index, name in enumerate(names)]


def _registry(**handlers: Any) -> ToolRegistry:
    registry = ToolRegistry()
    for name, handler in handlers.items():
        registry.define(name, handler)
    return registry


async def _execute(
    host: Host, registry: ToolRegistry, calls: list[ToolCall], **options: Any
) -> list[ToolOutcome]:
    executor = ToolExecutor(registry, host.threads, **options)
    return await executor.execute(run_context(options.pop("port", None) or RecordingPort()), calls)


async def _sleep(arguments: Any, context: Any) -> None:
    await asyncio.sleep(30)


def _block(arguments: Any, context: Any) -> None:
    time.sleep(0.5)


async def _deaf(arguments: Any, context: Any) -> str:
    try:
        await asyncio.sleep(30)
    except asyncio.CancelledError:
        await asyncio.sleep(0.01)
    return "late"


@pytest.mark.parity(83, 281)
@pytest.mark.parametrize("handler", [_sleep, _block, _deaf])
async def test_the_timeout_is_enforced_for_every_kind_of_handler(handler: Any, plain_host: Host) -> None:
    """A handler that is too slow gives `timeout`, also one that eats its cancel or blocks a thread."""
    config = ToolConfig(execution_timeout=0.05)

    [outcome] = await _execute(plain_host, _registry(slow=handler), _calls("slow"), config=config)

    assert (outcome.status, outcome.code) == ("timeout", "TOOL_TIMEOUT")
    assert outcome.error == "no result within 0.05 s"


async def test_a_tools_own_timeout_error_is_not_the_timeout(plain_host: Host) -> None:
    """TimeoutError raised by a handler is an error like any other."""

    async def raises(arguments: Any, context: Any) -> None:
        raise TimeoutError("the database is slow")

    [outcome] = await _execute(plain_host, _registry(x=raises), _calls("x"))

    assert (outcome.status, outcome.error) == ("error", "the database is slow")


@pytest.mark.parity(82)
async def test_no_more_run_at_once_than_allowed_and_results_keep_call_order(plain_host: Host) -> None:
    """The cap holds, and the first call's result comes first though it was ready last."""
    running: list[int] = []
    most: list[int] = []

    async def work(arguments: Any, context: ToolContext) -> str:
        running.append(1)
        most.append(len(running))
        await asyncio.sleep(0.03 if context.call_id == "c0" else 0.001)
        running.pop()
        return context.call_id

    outcomes = await _execute(
        plain_host, _registry(work=work), _calls(*["work"] * 6), config=ToolConfig(max_parallel_tools=2)
    )

    assert [outcome.result for outcome in outcomes] == ["c0", "c1", "c2", "c3", "c4", "c5"]
    assert max(most) == 2


async def test_an_unknown_tool_is_an_answer_that_names_the_nearest(plain_host: Host) -> None:
    """The model reads what it got wrong."""
    [outcome] = await _execute(plain_host, _registry(search=_sleep), _calls("serach"))

    assert outcome.error == "there is no tool 'serach'; did you mean search?"
    assert outcome.code == "TOOL_NOT_FOUND"


async def test_abort_stops_the_others_and_answers_all(plain_host: Host) -> None:
    """The first failure cancels what runs; every call has an outcome."""

    async def fails(arguments: Any, context: Any) -> None:
        raise ValueError("no")

    done: dict[str, ToolOutcome] = {}
    executor = ToolExecutor(
        _registry(fails=fails, slow=_sleep),
        plain_host.threads,
        config=ToolConfig(tool_error_handling="abort", max_parallel_tools=2),
    )

    with pytest.raises(ToolError, match="tool fails failed and the run was aborted: no"):
        await executor.execute(run_context(), _calls("slow", "fails", "slow"), done)

    assert {call_id: outcome.status for call_id, outcome in done.items()} == {
        "c0": "cancelled",
        "c1": "error",
        "c2": "cancelled",
    }


async def test_a_cancel_from_outside_passes_and_leaves_the_outcomes(plain_host: Host) -> None:
    """Cancelling the caller cancels the tools; what was done is known."""

    async def quick(arguments: Any, context: Any) -> int:
        return 1

    done: dict[str, ToolOutcome] = {}
    executor = ToolExecutor(_registry(quick=quick, slow=_sleep), plain_host.threads)
    task = asyncio.ensure_future(executor.execute(run_context(), _calls("quick", "slow"), done))
    await asyncio.sleep(0.02)

    task.cancel()
    await asyncio.wait([task])

    assert task.cancelled()
    assert {call_id: outcome.status for call_id, outcome in done.items()} == {"c0": "ok", "c1": "cancelled"}


@pytest.mark.parametrize(
    ("result", "ok"), [({"a": (1, 2)}, True), (float("nan"), False), (object(), False), ({1: 2}, True)]
)
async def test_results_are_json_or_an_error_that_says_so(result: Any, ok: bool, plain_host: Host) -> None:
    """What JSON cannot say is told to the model, not to the user as a crash."""

    async def give(arguments: Any, context: Any) -> Any:
        return result

    [outcome] = await _execute(plain_host, _registry(give=give), _calls("give"))

    assert (outcome.status == "ok") is ok
    if not ok:
        assert outcome.code == "TOOL_RESULT_INVALID"


async def test_hooks_rewrite_calls_and_results_before_lookup_and_after_the_run(plain_host: Host) -> None:
    """A before hook may change name and arguments, an after hook the outcome."""

    async def double(arguments: Any, context: Any) -> int:
        return int(arguments["x"]) * 2

    def before(call: ToolCall, context: Any) -> ToolCall:
        return ToolCall(call.id, "double", {"x": 21})

    async def after(call: ToolCall, outcome: ToolOutcome, context: Any) -> ToolOutcome:
        return ToolOutcome(call.id, result={"answer": outcome.result})

    hooks = ToolHooks(before_tool_call=before, after_tool_call=after)
    [outcome] = await _execute(plain_host, _registry(double=double), _calls("nonsense"), hooks=hooks)

    assert outcome.result == {"answer": 42}


@pytest.mark.parametrize(
    ("policy", "status", "ran"), [("abort", "error", 0), ("continue", "ok", 1), ("retry", "error", 0)]
)
async def test_a_hook_that_fails_follows_its_policy(
    policy: str, status: str, ran: int, plain_host: Host
) -> None:
    """The call fails with the hook's name, or goes on without the hook."""
    runs: list[int] = []
    tries: list[int] = []

    async def work(arguments: Any, context: Any) -> None:
        runs.append(1)

    def broken(call: ToolCall, context: Any) -> None:
        tries.append(1)
        raise ValueError("broken")

    hooks = ToolHooks(before_tool_call=broken, on_hook_error=policy)
    [outcome] = await _execute(plain_host, _registry(work=work), _calls("work"), hooks=hooks)

    assert (outcome.status, len(runs)) == (status, ran)
    assert len(tries) == (2 if policy == "retry" else 1)
    if status == "error":
        assert outcome.error == "beforeToolCall hook: broken"


async def test_an_error_hook_decides_about_one_failure(plain_host: Host) -> None:
    """`retry` from the hook tries again though the configuration would not."""
    tries: list[int] = []

    async def shaky(arguments: Any, context: ToolContext) -> str:
        tries.append(context.attempt)
        if len(tries) < 3:
            raise ValueError("not yet")
        return "now"

    config = ToolConfig.from_json({"retry": {"max_retries": 5, "backoff_base": 0.001}})
    hooks = ToolHooks(on_tool_error=lambda call, outcome, context: "retry")
    [outcome] = await _execute(
        plain_host, _registry(shaky=shaky), _calls("shaky"), hooks=hooks, config=config
    )

    assert outcome.result == "now"
    assert tries == [1, 2, 3]


async def test_a_bad_schema_is_an_error_of_its_tool(plain_host: Host) -> None:
    """A tool whose parameters are no JSON Schema answers so; others work."""
    registry = ToolRegistry([ToolDefinition("bad", "", {"type": "object", "properties": 3}, _sleep)])

    [outcome] = await _execute(plain_host, registry, _calls("bad"))

    assert outcome.code == "TOOL_SCHEMA_INVALID"


def test_provider_names_are_legal_unique_and_mapped_back() -> None:
    """Names become what the provider takes; two that become one are refused."""
    from geppetto.errors import InvalidOption

    names = ToolNames(["weather.lookup", "add"])

    assert names.wire("weather.lookup") == "weather_lookup"
    assert names.local("weather_lookup") == "weather.lookup"
    assert names.local("made_up") == "made_up"
    with pytest.raises(InvalidOption, match=r"'a\.b' and 'a_b' both become 'a_b'"):
        ToolNames(["a.b", "a_b"])
