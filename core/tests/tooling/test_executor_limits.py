"""The executor: limits that hold, and handlers that behave badly."""

import asyncio
import sys
import time
from typing import Any

import pytest
from geppetto import Host, ToolConfig, ToolOutcome, ToolRegistry
from geppetto.errors import ToolError
from geppetto.testing import RecordingPort, run_context
from geppetto.tooling import ToolContext, ToolExecutor
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


async def test_a_deaf_async_handler_cannot_hold_the_run(plain_host: Host) -> None:
    """One that swallows every cancel is left behind after the grace and counted."""
    port = RecordingPort()
    release = asyncio.Event()

    async def deaf(arguments: Any, context: Any) -> None:
        while not release.is_set():
            try:
                await release.wait()
            except asyncio.CancelledError:
                continue

    executor = ToolExecutor(
        _registry(deaf=deaf), plain_host.threads, config=ToolConfig(execution_timeout=0.02), grace=0.02
    )
    [outcome] = await executor.execute(run_context(port), _calls("deaf"))

    assert outcome.code == "TOOL_TIMEOUT"
    assert len(port.abandoned) == 1
    release.set()
    await asyncio.sleep(0.01)


async def test_a_tool_of_its_own_timeout_replaces_the_configured_one(plain_host: Host) -> None:
    """The definition knows better how long its tool may take."""
    registry = ToolRegistry()
    registry.define("slow", _sleep, timeout=0.02)

    [outcome] = await _execute(
        plain_host, registry, _calls("slow"), config=ToolConfig(execution_timeout=None)
    )

    assert outcome.error == "no result within 0.02 s"


def _next(arguments: Any, context: Any) -> Any:
    return next(iter([]))


def _exit(arguments: Any, context: Any) -> None:
    sys.exit(3)


async def _async_exit(arguments: Any, context: Any) -> None:
    sys.exit(3)


async def _cancelled_inside(arguments: Any, context: Any) -> None:
    other = asyncio.ensure_future(asyncio.sleep(30))
    other.cancel()
    await other


@pytest.mark.parametrize(
    ("handler", "text"),
    [
        (_next, "StopIteration"),
        (_exit, "SystemExit: 3"),
        (_async_exit, "SystemExit: 3"),
        (_cancelled_inside, "waited for something that was cancelled"),
    ],
)
@pytest.mark.parametrize("count", [1, 2])
async def test_exceptions_that_asyncio_treats_specially_are_errors_of_their_call(
    handler: Any, text: str, count: int, plain_host: Host
) -> None:
    """None of them hangs the call, ends the loop or cancels the run, alone or beside another call."""
    outcomes = await _execute(plain_host, _registry(x=handler), _calls(*["x"] * count))

    assert [outcome.status for outcome in outcomes] == ["error"] * count
    assert text in outcomes[0].error


async def test_cancel_and_abort_at_once_leave_no_group_of_exceptions(plain_host: Host) -> None:
    """A cancel that meets an abort comes out as one or the other, never as an ExceptionGroup."""

    async def fails(arguments: Any, context: Any) -> None:
        raise ValueError("no")

    executor = ToolExecutor(
        _registry(fails=fails, slow=_sleep),
        plain_host.threads,
        config=ToolConfig(tool_error_handling="abort", max_parallel_tools=5),
    )
    for pauses in range(6):
        task = asyncio.ensure_future(executor.execute(run_context(), _calls("slow", "fails", "fails")))
        for _ in range(pauses):
            await asyncio.sleep(0)

        task.cancel()
        await asyncio.wait([task])

        assert task.cancelled() or isinstance(task.exception(), ToolError)
