"""The middleware in runs: when the engine is asked, what is seen of a hit, and how a run says that it wants no cache."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from geppetto import Host, ToolOutcome, tool
from geppetto.engine import InferenceConfig, InferenceResult, ToolConfig, Usage
from geppetto.engine.keys import INFERENCE_RESULT
from geppetto.errors import EngineError, GeppettoError, RunCancelled
from geppetto.inference import Session
from geppetto.testing import MiddlewareContract, ScriptedEngine
from geppetto.turns import FinishClass, Turn, block
from geppetto_middleware_cache.plugin import CACHE

Cached = Callable[..., Session]


class TestCache(MiddlewareContract):
    """What every middleware owes the runs it stands around."""

    definition = CACHE
    good = ({}, {"ttl_seconds": 60, "max_entries": 5, "namespace": "a"})
    bad = ({"ttl_seconds": 0}, {"max_entries": 0}, {"path": ""}, {"pth": "x"})


def _result(turn: Turn) -> InferenceResult:
    found = turn.metadata.get(INFERENCE_RESULT)
    assert found is not None
    return found


def test_an_equal_request_is_answered_without_the_engine(cached: Cached, counting: Any) -> None:
    """Another session asks the same, under other ids, and gets the same reply under ids of its own."""
    first = cached(counting).run("hi")
    second = cached(counting).run("hi")

    assert counting.asked == 1
    assert second.text == first.text == "answer 1"
    assert [(b.kind, b.role, b.payload) for b in second.blocks] == [
        (b.kind, b.role, b.payload) for b in first.blocks
    ]
    assert not {b.id for b in first.blocks[1:]} & {b.id for b in second.blocks[1:]}


def test_another_request_is_asked(cached: Cached, counting: Any) -> None:
    """Another prompt, another option, another engine."""
    cached(counting).run("hi")
    cached(counting).run("ho")
    cached(counting).run("hi", inference=InferenceConfig(temperature=0.5))
    counting.identity = "another"
    cached(counting).run("hi")

    assert counting.asked == 4


def test_a_hit_uses_nothing_and_tells_what_it_saved(cached: Cached, counting: Any) -> None:
    """Who it is from stands in the result as after a call of the engine, the usage is 0 in all buckets."""
    cached(counting).run("hi")
    events: list[Any] = []

    result = _result(cached(counting).run("hi", on={"*": events.append}))

    assert result.usage is not None
    buckets = {name: value for name, value in result.usage.to_json().items() if name != "raw"}
    assert set(buckets.values()) == {0}
    assert len(buckets) == 8
    assert (result.provider, result.model, result.response_id, result.finish_class) == (
        "counting",
        "one",
        "r1",
        "completed",
    )
    [hit] = [event for event in events if event.type == "cache.hit"]
    assert Usage.from_json(hit.usage) == Usage(input_uncached=7, output_text=3, total=10)
    assert len(hit.key) == 64
    assert hit.age >= 0
    assert hit.correlation.run_id == events[0].correlation.run_id


def _told(session: Session, prompt: str = "hi") -> list[tuple[str, Any]]:
    """Run, and return the types of the events with what does not belong to one run alone; deltas joined."""
    found: list[tuple[str, Any]] = []
    for event in session.start(prompt).events():
        told = {k: v for k, v in event.payload().items() if k not in {"usage", "result", "turn"}}
        if found and found[-1][0] == event.type and "delta" in told:
            told = {"delta": found.pop()[1]["delta"] + told["delta"]}
        found.append((str(event.type), told))
    return found


def test_a_hit_publishes_the_events_of_an_engine(cached: Cached, counting: Any) -> None:
    """Apart from `cache.hit` and the size of deltas, nobody who watches can tell the two apart."""
    asked, hit = _told(cached(counting)), _told(cached(counting))

    assert hit[1][0] == "cache.hit"
    assert [each for each in hit if each[0] != "cache.hit"][:-1] == asked[:-1]
    assert hit[-1][0] == asked[-1][0] == "run-finished"


def test_a_conversation_with_tools_is_answered_step_by_step(cached: Cached) -> None:
    """Each engine call has an entry of its own, with what tools said in the request; the tools run again."""
    calls = []

    @tool
    def add(a: int, b: int) -> int:
        """Add two numbers."""
        calls.append((a, b))
        return a + b

    script: list[Any] = [{"tool_calls": [{"name": "add", "args": {"a": 1, "b": 2}}]}, "It is 3."]
    engines = [ScriptedEngine(script), ScriptedEngine([])]
    found = []
    for engine in engines:
        engine.identity = "script"  # type: ignore[attr-defined]  # an object says who it is
        found.append(cached(engine, tools=[add]).run("1 + 2?"))

    assert [len(engine.turns) for engine in engines] == [2, 0]
    assert [turn.text for turn in found] == ["It is 3."] * 2
    assert calls == [(1, 2)] * 2
    assert _result(found[1]).iterations == 2


def test_tools_and_how_they_are_offered_are_part_of_the_request(cached: Cached, counting: Any) -> None:
    """A reply that was given with tools is not one to a request without, and the choice counts."""
    cached(counting, tools=["clock"]).run("hi")
    cached(counting).run("hi")
    cached(counting, tools=["clock"], tool_config=ToolConfig(tool_choice="required")).run("hi")

    assert counting.asked == 3


def test_a_system_prompt_that_is_put_in_behind_the_cache_counts(
    host: Host, database: Path, counting: Any
) -> None:
    """The request is looked at as it is sent, wherever the cache stands in the list."""
    for prompt in ("be brief", "be long", "be brief"):
        chain = [("cache", {"path": str(database)}), ("systemPrompt", {"prompt": prompt})]
        turn = host.create_session(engine=counting, middlewares=chain).run("hi")

        assert [b.kind for b in turn.blocks] == ["system", "user", "reasoning", "llm_text"]

    assert counting.asked == 2


def test_a_kept_reply_passes_the_other_middlewares(host: Host, database: Path, counting: Any) -> None:
    """What one takes out of replies is not in a hit, and is not missing where that middleware is not used."""

    async def shout(ctx: Any, turn: Turn, call_next: Any) -> Turn:
        reply: Turn = (await call_next(ctx, turn)).clone()
        last = reply.blocks[-1]
        reply.blocks[-1] = last.replace(payload={**last.payload, "text": last.text.upper()})
        return reply

    use = ("cache", {"path": str(database)})
    texts = [
        host.create_session(engine=counting, middlewares=chain).run("hi").text
        for chain in ([use, shout], [use, shout], [use])
    ]

    assert texts == ["ANSWER 1", "ANSWER 1", "answer 1"]
    assert counting.asked == 1


def test_a_run_and_a_host_can_say_that_they_want_no_cache(
    host: Host, cached: Cached, counting: Any, database: Path, tmp_path: Path
) -> None:
    """Nothing is read, nothing is kept, and the file is not even made."""
    cached(counting).run("hi", tags={"geppetto.cache": False})
    host.caches = False
    cached(counting).run("hi")
    assert not database.exists()

    host.caches = True
    cached(counting).run("hi")
    assert cached(counting).run("hi", tags={"geppetto.cache": False}).text == "answer 4"
    assert cached(counting).run("hi").text == "answer 3"


@pytest.mark.parametrize(
    "ends",
    [
        FinishClass.ERROR,
        FinishClass.INTERRUPTED,
        FinishClass.REFUSED,
        FinishClass.CONTENT_FILTERED,
        FinishClass.UNKNOWN,
    ],
)
def test_a_reply_that_did_not_end_well_is_not_kept(ends: FinishClass, cached: Cached, counting: Any) -> None:
    """The next run asks again."""
    counting.ends = ends
    cached(counting).run("hi")
    counting.ends = FinishClass.COMPLETED

    assert cached(counting).run("hi").text == "answer 2"


def test_a_reply_that_failed_is_not_kept(cached: Cached, counting: Any) -> None:
    """An error reaches the caller, with what was said so far, and leaves nothing behind."""
    counting.fails = EngineError("the vendor is away")
    with pytest.raises(EngineError, match="away") as caught:
        cached(counting).run("hi")
    counting.fails = None

    assert caught.value.turn is not None
    assert caught.value.turn.text == "answer 1"
    assert cached(counting).run("hi").text == "answer 2"


def test_a_cancelled_reply_is_neither_kept_nor_completed_from_the_cache(
    cached: Cached, counting: Any
) -> None:
    """What was said so far is the run's, though a whole reply of the same request has come in meanwhile."""
    counting.seconds = 60.0
    begun = threading.Event()
    handle = cached(counting).start("hi", on={"text-delta": lambda _event: begun.set()})
    assert begun.wait(10)
    counting.seconds = 0.0
    assert cached(counting).run("hi").text == "answer 2"
    handle.cancel()

    with pytest.raises(RunCancelled) as caught:
        handle.result(10)

    assert caught.value.turn is not None
    assert caught.value.turn.text == "answer "
    assert cached(counting).run("hi").text == "answer 2"


def test_calls_that_wait_for_a_human_wait_after_a_hit_too(host: Host, database: Path) -> None:
    """The model's call is kept, never what became of it: each run asks for its own approval."""
    ran = []

    @tool
    def wipe() -> str:
        """Delete everything."""
        ran.append(1)
        return "gone"

    class AskFirst:
        async def tool(self, _ctx: Any, call: Any, _call_next: Any) -> ToolOutcome:
            return ToolOutcome(call.id, "pending")

    engines = [ScriptedEngine([{"tool_calls": [{"name": "wipe"}]}]), ScriptedEngine([])]
    for engine in engines:
        engine.identity = "script"  # type: ignore[attr-defined]  # an object says who it is
        chain = [("cache", {"path": str(database)}), AskFirst()]
        session = host.create_session(engine=engine, tools=[wipe], middlewares=chain)
        turn = session.run("clean up")
        assert turn.blocks[-1].kind == "tool_call"
        assert _result(turn).finish_class == "tool_calls_pending"

    assert len(engines[1].turns) == 0
    assert ran == []


def test_an_engine_that_nobody_knows_is_asked_and_the_log_says_so_once(
    cached: Cached, counting: Any, caplog: pytest.LogCaptureFixture, database: Path
) -> None:
    """Without an identity there is no key."""
    counting.identity = ""
    session = cached(counting)

    with caplog.at_level(logging.WARNING, "geppetto"):
        session.run("hi")
        session.run("hi")

    assert counting.asked == 2
    assert [record.getMessage() for record in caplog.records] == [
        "cache: nobody can say what the engine's replies depend on; replies are not cached"
    ]
    assert not database.exists()


def test_a_request_that_is_no_json_is_asked(
    cached: Cached, counting: Any, caplog: pytest.LogCaptureFixture
) -> None:
    """An object in the options goes to the engine as it is, and has no key."""
    odd = InferenceConfig(extra={"odd": object()})

    with caplog.at_level(logging.WARNING, "geppetto"):
        assert cached(counting).run("hi", inference=odd).text == "answer 1"

    assert "the request is no JSON" in caplog.text


def test_two_caches_do_not_hide_what_a_reply_used(host: Host, tmp_path: Path, counting: Any) -> None:
    """What one cache gives is not taken over by the other: it would look fresh and free there."""
    inner, outer = [("cache", {"path": str(tmp_path / f"{n}.db")}) for n in (1, 2)]
    host.create_session(engine=counting, middlewares=[inner]).run("hi")
    for _ in range(2):
        events: list[Any] = []
        session = host.create_session(engine=counting, middlewares=[inner, outer])
        session.run("hi", on={"cache.hit": events.append})

        assert [event.usage.get("total") for event in events] == [10]
    assert counting.asked == 1


def test_namespaces_are_kept_apart(cached: Cached, counting: Any) -> None:
    """One database may serve two accounts."""
    cached(counting, {"namespace": "a"}).run("hi")
    cached(counting, {"namespace": "b"}).run("hi")
    assert counting.asked == 2


def test_engines_by_name_are_known_by_their_settings(host: Host, cached: Cached) -> None:
    """The same settings find each other, others do not."""
    found = []
    for reply in ("a", "b", "a"):
        engine = host.engine("echo", reply=reply)
        hits: list[Any] = []
        turn = cached(engine).run("hi", on={"cache.hit": hits.append})
        found.append((turn.text, len(hits)))

    assert found == [("a", 0), ("b", 0), ("a", 1)]


def test_two_runs_that_miss_at_once_both_ask(cached: Cached, counting: Any) -> None:
    """Nobody waits for another run's reply."""
    counting.seconds = 0.2
    handles = [cached(counting).start("hi") for _ in range(2)]

    assert {handle.result(10).text for handle in handles} == {"answer 2"}
    assert counting.asked == 2


def test_an_engine_that_says_nothing_about_itself_is_kept_as_completed(cached: Cached) -> None:
    """A plain engine gives a turn and no result."""

    class Plain:
        identity = "plain"
        asked = 0

        async def run_inference(self, _ctx: Any, turn: Turn) -> Turn:
            Plain.asked += 1
            return turn.clone().append(
                block.assistant(
                    "fine",
                )
            )

    assert [cached(Plain()).run("hi").text for _ in range(2)] == ["fine", "fine"]
    assert Plain.asked == 1


def test_a_bad_config_is_told_when_the_session_is_made(cached: Cached, counting: Any) -> None:
    """Not when it runs."""
    with pytest.raises(GeppettoError) as caught:
        cached(counting, {"ttl_seconds": "soon"})

    assert caught.value.subject
