"""What every engine owes a conversation: replies go back, tools keep their names, foreign content stays out."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from geppetto.engine.inference import ToolConfig
from geppetto.errors import EncodeError, InvalidOption
from geppetto.testing.canned import CannedTransport
from geppetto.testing.contracts.bench import tools_of
from geppetto.testing.contracts.suite import EngineSuite
from geppetto.turns import Block, BlockKind, Turn, block, serde, turn

if TYPE_CHECKING:
    from geppetto.testing.contracts.bench import Bench
    from geppetto.testing.contracts.case import Case

__all__ = ["ConversationContract"]

_FOREIGN = "foreign-bytes-of-another-vendor"
_RESULT = "the-result-of-the-tool"


class ConversationContract(EngineSuite):
    """Check what an engine sends: its own replies, tools and their answers, turns of other vendors."""

    def test_a_reply_goes_back(self, bench: Bench, reply: Case) -> None:
        """Each reply, its calls answered, is part of a next request that the vendor's schema accepts."""
        answered = bench.complete(reply).after
        calls = answered.of_kind(BlockKind.TOOL_CALL)
        for call in calls:
            answered = answered.append(block.tool_use(call.payload["id"], {"out": _RESULT}))
        answered = answered.append(block.user("Go on."))

        body = self._request(bench, reply, answered)

        text = json.dumps(body, ensure_ascii=False)
        assert list(self.validate(body)) == []
        assert text.count(_RESULT) == len(calls)
        assert json.dumps((reply.expect.text or "").strip(), ensure_ascii=False)[1:-1] in text

    def test_a_reply_goes_back_the_same_each_time(self, bench: Bench, reply: Case) -> None:
        """The same turn makes the same request, and writing it does not change the turn."""
        answered = _answered(bench.complete(reply).after)

        first = self._request(bench, reply, answered)

        assert self._request(bench, reply, answered) == first
        assert self._request(bench, reply, serde.from_yaml(serde.to_yaml(answered))) == first

    def test_tool_names_come_back_as_they_were_given(self, bench: Bench) -> None:
        """A name that the vendor may refuse (`weather.lookup`) is mapped on the way out and back on the way in."""
        if not self.factory.capabilities.tools:
            return
        dotted = [
            case for case in self.replies() if any("." in call["name"] for call in case.expect.calls or ())
        ]
        assert dotted, "a case must expect a call of a tool with a dot in its name"

        for case in dotted:
            assert bench.complete(case).calls == list(case.expect.calls or ())

    def test_two_tools_that_become_one_are_refused(self, bench: Bench) -> None:
        """Where the vendor's rules make two names equal, both are named; where not, both are offered."""
        if not self.factory.capabilities.tools:
            return
        case = self.with_text()
        first = tools_of(*[one for one in self.replies() if one.expect.calls])[0]
        pair = [
            type(first)(name, "x", first.parameters, first.handler)
            for name in ("weather.lookup", "weather_lookup")
        ]
        canned = CannedTransport([case.exchange()])

        try:
            bench.complete(case, transport=canned, tools=pair)
        except InvalidOption as error:
            assert error.code == "TOOL_NAME_CONFLICT"
            assert "weather.lookup" in str(error)
            assert "weather_lookup" in str(error)
        else:
            assert canned.requests[0].body.count(b"weather.lookup") >= 1

    def test_a_choice_of_a_tool_that_is_not_offered_is_refused(self, bench: Bench) -> None:
        """A name that no tool has is an error before any request."""
        case, canned = self.with_text(), CannedTransport()

        if self.factory.capabilities.tools:
            with pytest.raises(InvalidOption, match="no_such_tool"):
                bench.complete(
                    case,
                    transport=canned,
                    tools=tools_of(*self.replies()),
                    tool_config=ToolConfig(tool_choice="no_such_tool"),
                )
        assert canned.requests == []

    def test_calls_without_an_answer_are_refused_before_the_vendor_does(self, bench: Bench) -> None:
        """A call without an answer and an answer without a call are errors that name the id."""
        case = self.with_text()
        open_call = turn().user("hi").block(block.tool_call("add", {}, id="c1")).build()
        orphan = turn().user("hi").block(block.tool_use("c2", 1)).build()

        for given, call_id in ((open_call, "c1"), (orphan, "c2")):
            with pytest.raises(EncodeError, match=call_id):
                bench.complete(case, before=given)

    def test_content_of_another_vendor_stays_out(self, bench: Bench) -> None:
        """Signatures and encrypted reasoning of others are dropped and told; text, calls and answers are kept."""
        case = self.with_text()
        given = _foreign_turn()
        canned = CannedTransport([case.exchange()])

        answered = bench.complete(case, before=given, transport=canned)

        body = canned.requests[0].body.decode()
        assert _FOREIGN not in body
        assert all(part in body for part in ("It rains.", "Oslo", _RESULT, "Really?"))
        dropped = {found.id for found in given.blocks if found.kind in {BlockKind.REASONING, BlockKind.OTHER}}
        assert dropped <= set(answered.result.dropped_blocks) <= {found.id for found in given.blocks}
        assert list(self.validate(json.loads(body))) == []

    def test_an_empty_text_is_never_sent_alone(self, bench: Bench) -> None:
        """Vendors refuse blank texts: blocks without any are left out."""
        case, canned = self.with_text(), CannedTransport([self.with_text().exchange()])
        given = turn().user("hi").assistant("").user("").user("there").build()

        bench.complete(case, before=given, transport=canned)

        assert list(self.validate(canned.requests[0].json)) == []
        assert b"there" in canned.requests[0].body

    def test_several_answers_of_one_turn_keep_their_calls(self, bench: Bench) -> None:
        """Answers that came in another order than the calls still belong to them."""
        case, canned = self.with_text(), CannedTransport([self.with_text().exchange()])
        given = turn().user("both").block(block.tool_call("one", {}, id="c1"))
        given = given.block(block.tool_call("two", {}, id="c2"))
        given = given.block(block.tool_use("c2", "second")).block(block.tool_use("c1", "first"))

        bench.complete(case, before=given.build(), transport=canned)

        body = canned.requests[0].body
        assert list(self.validate(json.loads(body))) == []
        assert body.index(b"first") > 0 < body.index(b"second")

    def _request(self, bench: Bench, case: Case, given: Turn) -> Any:
        canned = CannedTransport([case.exchange()])
        bench.complete(case, before=given, transport=canned)
        return canned.requests[0].json


def _answered(given: Turn) -> Turn:
    for call in given.of_kind(BlockKind.TOOL_CALL):
        given = given.append(block.tool_use(call.payload["id"], {"out": _RESULT}))
    return given.append(block.user("Go on."))


def _foreign_turn() -> Turn:
    """Return a conversation as another vendor's engine would leave it."""
    tag = {"provider": "elsewhere", "api": "other", "host": "elsewhere.example", "model": "x-1"}
    opaque = {**tag, "signature": _FOREIGN, "item": {"encrypted_content": _FOREIGN}}
    return (
        turn()
        .system("Be brief.")
        .user("Weather?")
        .block(Block(BlockKind.REASONING, {"text": f"hm {_FOREIGN}", "opaque": opaque}, id="r1"))
        .block(Block(BlockKind.OTHER, {"opaque": opaque}, id="o1"))
        .block(
            Block(
                BlockKind.TOOL_CALL,
                {"id": "call:1|x", "name": "weather", "args": {"city": "Oslo"}, "opaque": opaque},
                id="b1",
            )
        )
        .block(block.tool_use("call:1|x", _RESULT))
        .block(Block(BlockKind.LLM_TEXT, {"text": "It rains.", "opaque": opaque}, id="t1", role="assistant"))
        .user("Really?")
        .build()
    )
