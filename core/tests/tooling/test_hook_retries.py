"""Retries that an error hook asks for, and what hooks are told about a call."""

import asyncio
from typing import Any

import pytest
from geppetto import Host, ToolConfig, ToolHooks, ToolOutcome, ToolRegistry
from geppetto.engine.inference import RetryConfig
from geppetto.errors import InvalidOption, ToolError
from geppetto.testing import RecordingPort, run_context
from geppetto.tooling import HookContext, Retry, ToolContext, ToolExecutor
from geppetto.tooling.retries import backoff
from geppetto.turns import ToolCall


async def _fails(arguments: Any, context: Any) -> None:
    raise ValueError("no luck")


async def _run(
    host: Host, hooks: ToolHooks, handler: Any = _fails, port: RecordingPort | None = None, **config: Any
) -> ToolOutcome:
    registry = ToolRegistry()
    registry.define("x", handler)
    executor = ToolExecutor(registry, host.threads, hooks=hooks, config=ToolConfig.from_json(config))
    [outcome] = await executor.execute(run_context(port or RecordingPort()), [ToolCall("c1", "x", {})])
    return outcome


@pytest.mark.parametrize("configured", ["continue", "retry"])
@pytest.mark.parametrize("most", [0, 5])
async def test_pause_and_cap_of_a_hook_hold_whatever_is_configured(
    configured: str, most: int, plain_host: Host
) -> None:
    """Neither the configured pause is added, nor does the configured number of retries end the hook's."""
    hooks = ToolHooks(on_tool_error=lambda *_: Retry(0.001), max_retries=most)

    async with asyncio.timeout(20):  # the configured pause is longer
        outcome = await _run(
            plain_host, hooks, tool_error_handling=configured, retry={"max_retries": 2, "backoff_base": 30}
        )

    assert (outcome.status, outcome.attempts) == ("error", 1 + most)


async def test_after_the_last_retry_of_a_hook_the_configuration_decides(plain_host: Host) -> None:
    """A hook that is no longer heeded does not keep a failure from ending the run."""
    hooks = ToolHooks(on_tool_error=lambda *_: Retry(), max_retries=1)

    with pytest.raises(ToolError, match="tool x failed and the run was aborted: no luck"):
        await _run(plain_host, hooks, tool_error_handling="abort")


async def test_an_error_hook_knows_what_the_configuration_would_do(plain_host: Host) -> None:
    """`retry_after` is the configured pause while there are retries left, else None."""
    seen: list[float | None] = []

    def look(call: ToolCall, outcome: ToolOutcome, context: HookContext) -> Retry:
        seen.append(context.retry_after)
        return Retry()

    hooks = ToolHooks(on_tool_error=look, max_retries=2)
    await _run(plain_host, hooks, tool_error_handling="retry", retry={"max_retries": 2, "backoff_base": 30})
    await _run(plain_host, hooks, tool_error_handling="continue")

    assert seen == [30, 60, None, None, None, None]


async def test_the_hook_after_a_call_knows_how_long_it_took(plain_host: Host) -> None:
    """All tries and the pauses between them count."""
    seen: list[float] = []
    hooks = ToolHooks(
        on_tool_error=lambda *_: Retry(0.02),
        after_tool_call=lambda call, outcome, context: seen.append(context.elapsed),
        max_retries=2,
    )

    await _run(plain_host, hooks)

    assert 0.03 < seen[0] < 5


async def test_a_changed_id_is_seen_inside_and_the_answer_keeps_its_own(plain_host: Host) -> None:
    """The handler and the later hooks see the hook's id; outcome and events pair with the model's call."""
    seen: list[str] = []
    port = RecordingPort()

    async def works(arguments: Any, context: ToolContext) -> str:
        seen.append(context.call_id)
        return "fine"

    hooks = ToolHooks(
        before_tool_call=lambda call, context: ToolCall("new", "x", {}),
        after_tool_call=lambda call, outcome, context: seen.extend([call.id, context.call_id]),
    )
    outcome = await _run(plain_host, hooks, works, port)

    assert seen == ["new", "new", "new"]
    assert (outcome.call_id, outcome.result) == ("c1", "fine")
    assert {e.correlation.tool_call_id for e in port.events if e.correlation} == {"c1"}


@pytest.mark.parametrize("pause", [-1.0, float("nan"), float("inf")])
def test_a_pause_that_is_no_time_is_refused(pause: float) -> None:
    """The error says what it got."""
    with pytest.raises(InvalidOption, match="pause: expected seconds of at least 0"):
        Retry(pause)


def test_a_configured_pause_grows_up_to_a_day() -> None:
    """Also where the number itself would be too large to write down."""
    retry = RetryConfig(max_retries=9, backoff_base=2.0, backoff_factor=3.0)

    assert [backoff(retry, attempt) for attempt in (1, 2, 3, 20, 5000)] == [2, 6, 18, 86_400, 86_400]
