"""The demo engine: no model, and honest about it. It answers arithmetic and the time by really calling tools."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from geppetto.builtin.echo import last_prompt, say
from geppetto.engine.contract import Capabilities, EngineFactory
from geppetto.engine.reply import Reply
from geppetto.turns import BlockKind, FinishClass

if TYPE_CHECKING:
    from collections.abc import Mapping

    from geppetto.engine.context import RunContext
    from geppetto.engine.deps import Deps
    from geppetto.turns import Block, Turn

__all__ = ["DEMO", "DEMO_TOOLS", "DemoEngine", "expression_in"]

#: the tools that the demo engine calls; the command line offers them with it
DEMO_TOOLS = ("calculator", "clock")

_WORDS = (
    (r"\b(plus|added to)\b", "+"),
    (r"\b(minus|less)\b", "-"),
    (r"\b(times|multiplied by)\b", "*"),
    (r"\b(divided by|over)\b", "/"),
    (r"\bto the power of\b", "**"),
    (r"\bmodulo\b", "%"),
    (r"(?<=[\d)])\s*[x×·]\s*(?=[\d(])", " * "),  # noqa: RUF001  # the signs that people type for "times"
    (r"÷", "/"),
)
_EXPRESSION = re.compile(r"[-+(]?[\d(][\d\s.()+\-*/%^]*[\d)]")
_TIME = re.compile(r"\b(time|date|day|clock|today|o'clock)\b", re.IGNORECASE)
_ZONE = re.compile(r"\b([A-Z][A-Za-z]+/[A-Z][A-Za-z_]+)\b")
_MOST_CHARACTERS = 2000
_REFUSAL = (
    "I am the demo engine: there is no model behind me. I can compute one expression (What is 6 times 7?) and tell "
    "the time. For real answers install a provider, for example `pip install geppetto-provider-openai`, set its key, "
    "and run `geppetto run -e openai -m MODEL ...`; `geppetto engines list` shows what is installed."
)


def expression_in(prompt: str) -> str:
    """Return the arithmetic expression that a prompt asks for, or the empty text."""
    prompt = prompt[:_MOST_CHARACTERS]
    for pattern, sign in _WORDS:
        prompt = re.sub(pattern, f" {sign} ", prompt, flags=re.IGNORECASE)
    found = [re.sub(r"\s+", " ", match).strip() for match in _EXPRESSION.findall(prompt)]
    return max((text for text in found if re.search(r"\d\s*[-+*/%^]", text)), key=len, default="")


class DemoEngine:
    """Call a tool where the prompt asks for one, then say its result."""

    async def run_inference(self, ctx: RunContext, turn: Turn) -> Turn:
        """Complete the turn."""
        reply = Reply(ctx, provider="demo", model="demo")
        reply.start()
        answer = _answered(turn)
        call = None if answer else _wanted(last_prompt(turn))
        if call is not None and call[0] in {tool.name for tool in ctx.tools}:
            reply.tool_call(0, name=call[0], arguments=json.dumps(call[1]))
            reply.finish(finish_class=FinishClass.TOOL_CALLS_PENDING, stop_reason="tool_calls")
            return reply.extend(turn)
        await say(ctx, reply, answer or _without_tool(call))
        reply.finish(finish_class=FinishClass.COMPLETED, stop_reason="stop")
        return reply.extend(turn)


def _wanted(prompt: str) -> tuple[str, dict[str, Any]] | None:
    expression = expression_in(prompt)
    if expression:
        return "calculator", {"expression": expression}
    if _TIME.search(prompt):
        zone = _ZONE.search(prompt)
        return "clock", {"timezone": zone[1]} if zone else {}
    return None


def _answered(turn: Turn) -> str:
    """Put the result of the call that this turn ends with into words; empty when it ends with none."""
    if not turn.blocks or turn.blocks[-1].kind is not BlockKind.TOOL_USE:
        return ""
    use = turn.blocks[-1].payload
    calls = {b.payload.get("id"): b for b in turn.of_kind(BlockKind.TOOL_CALL)}
    call = calls.get(use.get("id"))
    if use.get("error"):
        return f"The tool failed: {use['error']}."
    return _sentence(call, use.get("result"))


def _sentence(call: Block | None, result: Any) -> str:
    asked = call.payload.get("args") if call is not None else None
    if isinstance(asked, dict) and "expression" in asked:
        return f"{asked['expression']} = {result}"
    return f"It is {result}."


def _without_tool(call: tuple[str, dict[str, Any]] | None) -> str:
    if call is None:
        return _REFUSAL
    return f"I would call the tool '{call[0]}' for that, but it was not offered: add `--tool {call[0]}`."


def _build(_settings: Mapping[str, Any], _deps: Deps) -> DemoEngine:
    return DemoEngine()


DEMO = EngineFactory(
    name="demo",
    build=_build,
    display_name="Demo",
    description="Answer arithmetic and the time with tools; no model, no key",
    capabilities=Capabilities(streaming=True, tools=True),
)
