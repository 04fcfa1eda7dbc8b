"""The executor: limits that hold, hooks, and results that are always JSON."""

from typing import Annotated, Any

from geppetto import Host, ToolConfig, ToolOutcome, ToolRegistry
from geppetto.errors import ToolError
from geppetto.middleware import Chain, bind, by_point
from geppetto.testing import RecordingPort, run_context
from geppetto.tooling import ToolDefinition, ToolExecutor
from geppetto.turns import ToolCall
from pydantic import AfterValidator


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


async def _never(arguments: Any, context: Any) -> None:
    raise AssertionError("it must not run")


async def test_an_unknown_tool_is_an_answer_that_names_the_nearest(plain_host: Host) -> None:
    """The model reads what it got wrong."""
    [outcome] = await _execute(plain_host, _registry(search=_never), _calls("serach"))

    assert outcome.error == "tool not found: serach; did you mean search?"
    assert outcome.code == "TOOL_NOT_FOUND"


async def test_a_bad_schema_is_an_error_of_its_tool(plain_host: Host) -> None:
    """A tool whose parameters are no JSON Schema answers so; others work."""
    registry = ToolRegistry([ToolDefinition("bad", "", {"type": "object", "properties": 3}, _never)])

    [outcome] = await _execute(plain_host, registry, _calls("bad"))

    assert outcome.code == "TOOL_SCHEMA_INVALID"


async def test_two_calls_with_the_same_id_keep_their_own_results(plain_host: Host) -> None:
    """Results stand in call order, whatever the ids are."""

    async def give(arguments: Any, context: Any) -> Any:
        return arguments["n"]

    calls = [ToolCall("same", "give", {"n": n}) for n in (1, 2)]
    outcomes = await _execute(plain_host, _registry(give=give), calls)

    assert [outcome.result for outcome in outcomes] == [1, 2]


async def test_an_error_with_a_code_keeps_it(plain_host: Host) -> None:
    """A handler may raise an error of ours."""

    async def refuses(arguments: Any, context: Any) -> None:
        raise ToolError("too expensive", code="OVER_BUDGET")

    [outcome] = await _execute(plain_host, _registry(x=refuses), _calls("x"))

    assert (outcome.error, outcome.code) == ("too expensive", "OVER_BUDGET")


async def test_arguments_are_a_copy_of_the_handlers_own(plain_host: Host) -> None:
    """What a handler does to its arguments does not show in the call."""

    async def spoils(arguments: Any, context: Any) -> None:
        arguments["list"].append(1)

    call = ToolCall("c1", "x", {"list": [0]})
    await _execute(plain_host, _registry(x=spoils), [call])

    assert call.arguments == {"list": [0]}


async def test_arguments_that_cannot_be_read_are_an_answer(plain_host: Host) -> None:
    """The model reads why, and the handler does not run."""
    call = ToolCall("c1", "x", {}, problem="the arguments are not JSON: line 1")

    [outcome] = await _execute(plain_host, _registry(x=_never), [call])

    assert (outcome.code, outcome.error) == ("TOOL_ARGUMENTS_INVALID", call.problem)


async def test_wrong_arguments_are_not_tried_again(plain_host: Host) -> None:
    """They will not be better the next time: the function's own check ends the tries at once."""

    def only_even(number: Annotated[int, AfterValidator(_even)]) -> int:
        """Take even numbers."""
        return number

    config = ToolConfig.from_json({"tool_error_handling": "retry", "retry": {"backoff_base": 30}})
    [outcome] = await _execute(
        plain_host, ToolRegistry([only_even]), [ToolCall("c1", "only_even", {"number": 3})], config=config
    )

    assert (outcome.code, outcome.attempts) == ("TOOL_ARGUMENTS_INVALID", 1)
    assert "it is odd" in outcome.error


def _even(number: int) -> int:
    if number % 2:
        raise ValueError("it is odd")
    return number


async def test_middlewares_wrap_the_whole_call_and_what_they_raise_is_its_answer(plain_host: Host) -> None:
    """First listed is outermost; each sees the call before the checks."""
    trace: list[str] = []

    class Tracing:
        def __init__(self, name: str) -> None:
            self.name = name

        async def tool(self, ctx: Any, call: ToolCall, call_next: Any) -> ToolOutcome:
            trace.append(f">{self.name}")
            outcome: ToolOutcome = await call_next(ctx, call)
            trace.append(f"<{self.name}")
            return outcome

    class Raises:
        def tool(self, ctx: Any, call: ToolCall, call_next: Any) -> ToolOutcome:
            call_next(ctx, call)
            raise LookupError("lost it")

    uses = [bind(item, index) for index, item in enumerate([Tracing("a"), Tracing("b"), Raises()])]
    chain = Chain(by_point(uses), plain_host.threads)

    async def quick(arguments: Any, context: Any) -> int:
        return 1

    [outcome] = await _execute(plain_host, _registry(quick=quick), _calls("quick"), chain=chain)

    assert trace == [">a", ">b"]
    assert (outcome.status, outcome.code) == ("error", "MIDDLEWARE_THROW")
    assert outcome.error == "middleware 2 (Raises): LookupError: lost it"


async def test_each_call_has_its_events_also_one_that_was_refused(plain_host: Host) -> None:
    """Started, result and finished, under the call's id."""
    port = RecordingPort()
    executor = ToolExecutor(ToolRegistry(), plain_host.threads)

    await executor.execute(run_context(port), _calls("nothing", "nothing"))

    for call_id in ("c0", "c1"):
        about = [e for e in port.events if e.correlation and e.correlation.tool_call_id == call_id]
        assert [str(e.type) for e in about] == [
            "tool-execution-started",
            "tool-result-ready",
            "tool-execution-finished",
        ]
