"""What a run may use up."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from geppetto import Host, ToolLoopConfig, ToolRegistry
from geppetto.builtin.scripted import ScriptedEngine
from geppetto.catalog import Cost, ModelCatalog
from geppetto.engine import InferenceResult, Usage
from geppetto.errors import InvalidOption, RunAborted
from geppetto.events import Collector
from geppetto.inference.budget import check_budget
from geppetto.plugins import Kind
from geppetto.turns import pending_calls

_CALL = {"tool_calls": [{"name": "look"}], "usage": {"input_uncached": 90, "output_text": 10, "total": 100}}


class _Shop:
    """A catalogue in which a token of the scripted engine costs a cent."""

    def models(self, vendor: str) -> list[Any]:
        return []

    def find(self, vendor: str, model: str) -> None:
        return None

    def cost(self, vendor: str, model: str, usage: Usage, when: date | None = None) -> Cost | None:
        return Cost(Decimal(usage.total or 0) / 100, model, None, "shop") if vendor == "scripted" else None


def _session(host: Host, *replies: Any, **limits: Any) -> Any:
    tools = ToolRegistry()
    tools.define("look", lambda _args, _ctx: "seen")
    return host.create_session(
        engine=ScriptedEngine(replies), tools=tools, tool_loop=ToolLoopConfig(**limits)
    )


async def test_a_run_ends_when_its_tokens_are_spent(plain_host: Host) -> None:
    """Before a further call of the engine; calls are answered, and the reason is told."""
    seen = Collector()
    session = _session(plain_host, *[_CALL] * 5, max_total_tokens=150)

    with pytest.raises(RunAborted, match="the run has used 200 tokens, of the 150 that it may") as caught:
        await session.run_async("go", sinks=[seen])

    assert caught.value.code == "TOKENS_SPENT"
    assert caught.value.turn is not None
    assert pending_calls(caught.value.turn) == []
    assert len(caught.value.turn.of_kind("tool_use")) == 2
    assert seen.events[-1].to_json()["reason"] == "aborted"


async def test_a_reply_without_calls_is_no_further_call(plain_host: Host) -> None:
    """What was paid for is given, however much it was."""
    last = {"text": "done", "usage": {"total": 1000}}

    assert (await _session(plain_host, _CALL, last, max_total_tokens=150).run_async("go")).text == "done"


async def test_a_run_ends_when_its_money_is_spent(plain_host: Host) -> None:
    """By the prices of the installed catalogues."""
    plain_host.registry.add(Kind.CATALOG, ModelCatalog("shop", _Shop))

    with pytest.raises(RunAborted, match=r"used 2 USD, of the 1.5 that it may") as caught:
        await _session(plain_host, *[_CALL] * 5, max_cost=1.5).run_async("go")

    assert caught.value.code == "COST_SPENT"


async def test_a_limit_of_cost_needs_a_price(plain_host: Host) -> None:
    """Without one nobody could keep it: that is an error, and not a run without a limit."""
    with pytest.raises(RunAborted, match="nobody knows the price") as caught:
        await _session(plain_host, _CALL, "done", max_cost=1).run_async("go")

    assert caught.value.code == "COST_UNKNOWN"
    assert "catalogue" in caught.value.next_step


def test_parts_count_where_no_total_is_told() -> None:
    """What is not told at all counts nothing."""
    limits = ToolLoopConfig(max_total_tokens=10)

    check_budget(limits, InferenceResult(), lambda _result: None)
    check_budget(limits, InferenceResult(usage=Usage(output_text=9)), lambda _result: None)
    with pytest.raises(RunAborted):
        check_budget(
            limits, InferenceResult(usage=Usage(input_uncached=4, output_text=6)), lambda _result: None
        )


@pytest.mark.parametrize("wrong", [{"max_total_tokens": 0}, {"max_cost": -1}, {"max_cost": "1"}])
def test_a_limit_that_is_none_is_refused(wrong: dict[str, Any]) -> None:
    """When it is given."""
    with pytest.raises(InvalidOption, match=next(iter(wrong))):
        ToolLoopConfig(**wrong)
