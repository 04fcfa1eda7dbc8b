"""Hooks around each tool call."""

import sys
from typing import Any

import pytest
from geppetto import Host, ToolConfig, ToolHooks, ToolOutcome, ToolRegistry
from geppetto.errors import InvalidOption, ToolError
from geppetto.testing import run_context
from geppetto.tooling import ToolContext, ToolExecutor
from geppetto.turns import HookAction, ToolCall


async def _fails(arguments: Any, context: Any) -> None:
    raise ValueError("no luck")


async def _works(arguments: Any, context: Any) -> str:
    return "fine"


def _registry(**handlers: Any) -> ToolRegistry:
    registry = ToolRegistry()
    for name, handler in handlers.items():
        registry.define(name, handler)
    return registry


async def _execute(
    host: Host, registry: ToolRegistry, name: str, hooks: ToolHooks, config: ToolConfig | None = None
) -> ToolOutcome:
    executor = ToolExecutor(registry, host.threads, hooks=hooks, config=config)
    [outcome] = await executor.execute(run_context(), [ToolCall("c1", name, {})])
    return outcome


async def _run(host: Host, handler: Any, hooks: ToolHooks, **config: Any) -> ToolOutcome:
    return await _execute(host, _registry(x=handler), "x", hooks, ToolConfig.from_json(config))


async def test_hooks_rewrite_calls_and_results_before_lookup_and_after_the_run(plain_host: Host) -> None:
    """A before hook may change name and arguments, an after hook the outcome."""

    async def double(arguments: Any, context: Any) -> int:
        return int(arguments["x"]) * 2

    def before(call: ToolCall, context: Any) -> ToolCall:
        return ToolCall(call.id, "double", {"x": 21})

    async def after(call: ToolCall, outcome: ToolOutcome, context: Any) -> ToolOutcome:
        return ToolOutcome(call.id, result={"answer": outcome.result})

    hooks = ToolHooks(before_tool_call=before, after_tool_call=after)
    outcome = await _execute(plain_host, _registry(double=double), "nonsense", hooks)

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
    outcome = await _execute(plain_host, _registry(work=work), "work", hooks)

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
    outcome = await _execute(plain_host, _registry(shaky=shaky), "shaky", hooks, config)

    assert outcome.result == "now"
    assert tries == [1, 2, 3]


async def test_a_before_hook_may_answer_instead_of_the_tool(plain_host: Host) -> None:
    """An outcome stands for the call, whatever id it has, and the handler does not run."""
    ran: list[int] = []

    async def work(arguments: Any, context: Any) -> None:
        ran.append(1)

    hooks = ToolHooks(
        before_tool_call=lambda call, context: ToolOutcome("?", "refused", error="not at night")
    )
    outcome = await _run(plain_host, work, hooks)

    assert (outcome.call_id, outcome.status, outcome.error) == ("c1", "refused", "not at night")
    assert ran == []


async def test_a_hook_that_gives_something_else_is_no_consent(plain_host: Host) -> None:
    """A wrong value fails the call with the hook's name, instead of being passed over."""
    before = await _run(plain_host, _works, ToolHooks(before_tool_call=lambda *_: {"args": {}}))
    after = await _run(plain_host, _works, ToolHooks(after_tool_call=lambda *_: "better"))

    assert before.error == ("beforeToolCall hook: it returned dict, expected ToolCall or ToolOutcome or None")
    assert after.error == "afterToolCall hook: it returned str, expected ToolOutcome or None"
    assert before.code == after.code == "TOOL_HOOK_FAILED"


@pytest.mark.parametrize("configured", ["continue", "retry"])
async def test_an_error_hook_may_abort_the_run(configured: str, plain_host: Host) -> None:
    """`abort` ends the run although the configuration would go on, and no further try is made."""
    tries: list[int] = []

    async def fails(arguments: Any, context: Any) -> None:
        tries.append(1)
        raise ValueError("no luck")

    hooks = ToolHooks(on_tool_error=lambda *_: HookAction.ABORT)
    with pytest.raises(ToolError, match="tool x failed and the run was aborted: no luck"):
        await _run(plain_host, fails, hooks, tool_error_handling=configured)

    assert tries == [1]


async def test_an_error_hook_may_let_the_run_go_on(plain_host: Host) -> None:
    """`continue` hands the error to the model although the configuration says abort."""
    hooks = ToolHooks(on_tool_error=lambda *_: "continue")

    outcome = await _run(plain_host, _fails, hooks, tool_error_handling="abort")

    assert (outcome.status, outcome.error) == ("error", "no luck")


async def test_without_a_word_from_the_hook_the_configuration_decides(plain_host: Host) -> None:
    """None from the hook is no decision."""
    hooks = ToolHooks(on_tool_error=lambda *_: None)

    with pytest.raises(ToolError, match="aborted"):
        await _run(plain_host, _fails, hooks, tool_error_handling="abort")


@pytest.mark.parametrize("hook", [lambda *_: "bogus", lambda *_: 1 / 0])
async def test_a_broken_error_hook_does_not_hide_the_tools_error(hook: Any, plain_host: Host) -> None:
    """The model reads both."""
    outcome = await _run(plain_host, _fails, ToolHooks(on_tool_error=hook))

    assert outcome.error.startswith("no luck; onToolError hook: ")


async def test_retries_of_a_hook_are_capped(plain_host: Host) -> None:
    """A hook that always says retry gets as many tries as the configuration allows."""
    hooks = ToolHooks(on_tool_error=lambda *_: "retry")

    outcome = await _run(plain_host, _fails, hooks, retry={"max_retries": 2, "backoff_base": 0.001})

    assert (outcome.status, outcome.attempts) == ("error", 3)


async def test_a_hook_that_calls_exit_fails_the_call(plain_host: Host) -> None:
    """The process and the loop go on."""
    outcome = await _run(plain_host, _works, ToolHooks(before_tool_call=lambda *_: sys.exit(3)))

    assert outcome.error == "beforeToolCall hook: 3"


def test_an_unknown_policy_is_refused() -> None:
    """The error names the option."""
    with pytest.raises(InvalidOption, match="invalid on_hook_error 'open'"):
        ToolHooks(on_hook_error="open")
