"""What a script gives that JSON cannot say: who wrote it reads which part it is, and what to give instead."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from geppetto import Host
from geppetto.errors import EncodeError
from geppetto_js.api.turncodec import decode_block, decode_turn
from geppetto_js.script import ScriptHost

_PROMISE, _FUNCTION = "is a promise: await it", "is a function: give plain data instead"
_BYTES = "is bytes: give text instead, or base64"
_NUMBER = "which is no JSON number: give null or a text instead"
#: what a script gives -> the part of it that is none, and what a message says of that
UNFIT = [
    ("{ p: Promise.resolve(1) }", "/p", _PROMISE),
    ("{ a: { 'b/c': [() => 1] } }", "/a/b~1c/0", _FUNCTION),
    ("() => 1", "", _FUNCTION),
    ("new Uint8Array([65])", "", _BYTES),
    ("{ x: new Uint8Array([255]) }", "/x", _BYTES),
    ("{ a: [0, NaN] }", "/a/1", f"is NaN, {_NUMBER}"),
    ("-Infinity", "", f"is -Infinity, {_NUMBER}"),
    ("{ n: 10n ** 5000n }", "/n", "is an integer of more than 4300 digits: give a text instead"),
]


@pytest.fixture
def scripts(tmp_path: Path) -> Iterator[ScriptHost]:
    """Give a runtime with the API."""
    with Host(env={"GEPPETTO_HOME": str(tmp_path)}) as host, ScriptHost(host) as made:
        made.runtime.evaluate("globalThis.gp = require('geppetto')")
        yield made


@pytest.mark.parametrize(("given", "place", "said"), UNFIT)
def test_a_tool_that_gives_no_json_says_which_part(
    scripts: ScriptHost, given: str, place: str, said: str
) -> None:
    """With the code that any such tool has."""
    error = scripts.runtime.evaluate(
        "const tools = gp.tools.createRegistry();"
        f"tools.register({{ name: 't', handler: async () => ({{ given: {given} }}).given }});"
        "let found; try { tools.call('t') } catch (error) { found = [error.code, error.message] }; found"
    )

    assert error == ["TOOL_RESULT_INVALID", f"js tool t: result{place} {said}"]


def test_a_model_reads_it_too(scripts: ScriptHost) -> None:
    """As the answer to its call."""
    answer = scripts.runtime.evaluate("""
        const tools = gp.tools.createRegistry();
        tools.register({ name: "t", handler: () => ({ p: Promise.resolve(1) }) });
        const engine = gp.engines.fromFunction((turn) => turn.addBlock(
          turn.blocks.some((b) => b.kind === "tool_use") ? gp.block.assistant("done")
            : gp.block.toolCall({ id: "c1", name: "t", args: {} })));
        gp.createSession({ engine, tools }).run("go").blocks.find((b) => b.kind === "tool_use").payload
    """)

    assert answer == {"id": "c1", "result": None, "error": f"js tool t: result/p {_PROMISE}"}


def test_a_hook_that_gives_no_json_says_which_part(scripts: ScriptHost) -> None:
    """It fails as one that throws."""
    error = scripts.runtime.evaluate("""
        const tools = gp.tools.createRegistry();
        tools.register({ name: "t", handler: () => 1 });
        const engine = gp.engines.fromFunction((turn) => turn.addBlock(
          turn.blocks.some((b) => b.kind === "tool_use") ? gp.block.assistant("done")
            : gp.block.toolCall({ id: "c1", name: "t", args: {} })));
        const toolHooks = { afterToolCall: () => ({ result: { f: () => 1 } }) };
        const found = gp.createSession({ engine, tools, toolHooks }).run("go");
        found.blocks.find((b) => b.kind === "tool_use").payload.error
    """)

    assert f"result/f {_FUNCTION}" in error


@pytest.mark.parametrize(
    ("decode", "field"),
    [
        (decode_block, "payload"),
        (decode_block, "metadata"),
        (decode_block, "more"),
        (decode_turn, "metadata"),
        (decode_turn, "data"),
        (decode_turn, "more"),
    ],
)
@pytest.mark.parametrize(("given", "place", "said"), [row for row in UNFIT if row[1]])
def test_a_turn_or_block_that_is_no_json_says_which_part(
    scripts: ScriptHost, given: str, place: str, said: str, decode: Callable[..., object], field: str
) -> None:
    """By the name that the script gave it."""
    part = scripts.runtime.evaluate(f"({{ {field}: {given} }})", settle=False)

    with pytest.raises(EncodeError) as caught:
        decode({"kind": "user", **part}, "it")

    assert str(caught.value) == f"it: {field}{place} {said}"
    assert caught.value.subject == f"{field}{place}"
    assert "plain data" in caught.value.next_step


def test_what_is_inside_itself_stays_the_error_that_it_was() -> None:
    """Scripts cannot give it, but programs in Python that read blocks can."""
    loop: dict[str, Any] = {}
    loop["me"] = loop

    with pytest.raises(EncodeError, match="inside itself"):
        decode_block({"kind": "user", "payload": loop})
