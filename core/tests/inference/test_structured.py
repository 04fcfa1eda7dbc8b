"""Structured output: a type in, a checked value out, with partial values on the way and a bounded repair."""

import json
from collections.abc import Callable
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest
from geppetto import Host, InferenceConfig, RunContext, Turn
from geppetto.builtin.scripted import ScriptedEngine
from geppetto.errors import InvalidOption
from geppetto.inference import OutputError, Session
from geppetto.inference.output import PartialReader
from pydantic import BaseModel

SCHEMA = {
    "type": "object",
    "properties": {"name": {"type": "string"}, "age": {"type": "integer"}},
    "required": ["name", "age"],
    "additionalProperties": False,
}
GOOD = '{"name": "Ada", "age": 36}'


class Person(BaseModel):
    """A person."""

    name: str
    age: int


def _session(host: Host, *replies: Any, **options: Any) -> Session:
    return host.create_session(engine=ScriptedEngine(replies), **options)


def test_a_pydantic_type_gives_an_instance(plain_host: Host) -> None:
    """The reply is read as the type, in plain code."""
    found = _session(plain_host, GOOD).ask("who?", Person)

    assert found.value == Person(name="Ada", age=36)
    assert found.repairs == 0


async def test_a_json_schema_gives_plain_data(plain_host: Host) -> None:
    """A reply may stand in a Markdown fence; the value is JSON data."""
    found = await _session(plain_host, f"```json\n{GOOD}\n```").ask_async("who?", SCHEMA)

    assert found.value == {"name": "Ada", "age": 36}


async def test_the_engine_is_asked_for_the_schema(plain_host: Host) -> None:
    """The schema reaches the engine as the run's response format, beside other options."""
    seen: list[InferenceConfig] = []

    async def look(ctx: RunContext, turn: Turn, call_next: Any) -> Turn:
        seen.append(ctx.inference)
        reply: Turn = await call_next(ctx, turn)
        return reply

    session = _session(plain_host, GOOD, middlewares=[look])
    await session.ask_async("who?", SCHEMA, inference=InferenceConfig(temperature=0))

    assert seen[0].response_format == SCHEMA
    assert seen[0].temperature == 0


async def test_a_reply_that_does_not_fit_is_mended_once(plain_host: Host) -> None:
    """The model is told what is wrong and its second reply counts."""
    engine = ScriptedEngine(['{"name": "Ada"}', GOOD])
    session = plain_host.create_session(engine=engine)

    found = await session.ask_async("who?", Person)

    assert found.value.age == 36
    assert found.repairs == 1
    assert "/age: Field required" in engine.turns[1].blocks[-1].text


@pytest.mark.parametrize("reply", ["no json at all", '{"name": 1}', '{"name": "Ada", "age": 36, "more": 1}'])
async def test_a_reply_that_never_fits_ends_in_a_clear_error(reply: str, plain_host: Host) -> None:
    """After the repairs the error names the places, and has the reply and the turn."""
    session = _session(plain_host, reply, reply)

    with pytest.raises(OutputError, match="does not fit the schema after 1 repair") as caught:
        await session.ask_async("who?", SCHEMA)

    assert caught.value.code == "OUTPUT_INVALID"
    assert caught.value.details["reply"] == reply
    assert caught.value.turn is not None


@pytest.mark.parametrize("wanted", [{"type": "array"}, list[Any]], ids=["schema", "type"])
async def test_a_reply_that_is_nested_without_end_is_mended_like_any_other(
    wanted: Any, plain_host: Host
) -> None:
    """Neither reading nor checking it ends in a stray error; after the repairs the error is the usual one."""
    deep = "[" * 100_000

    found = await _session(plain_host, deep, "[1]").ask_async("who?", wanted)
    with pytest.raises(OutputError, match="nested too deeply") as caught:
        await _session(plain_host, deep, deep).ask_async("who?", wanted)

    assert (found.value, found.repairs) == ([1], 1)
    assert caught.value.code == "OUTPUT_INVALID"


async def test_a_reply_that_is_too_deep_to_check_is_mended_too(plain_host: Host) -> None:
    """A schema that refers to itself is followed as deep as the reply goes."""
    lists = {"$ref": "#/$defs/list", "$defs": {"list": {"type": "array", "items": {"$ref": "#/$defs/list"}}}}
    deep = "[" * 400 + "1" + "]" * 400

    found = await _session(plain_host, deep, "[[]]").ask_async("who?", lists)

    assert (found.value, found.repairs) == ([[]], 1)


@pytest.mark.parametrize("fence", ["", "```json\n"])
async def test_partial_values_of_a_list_are_lists(fence: str, plain_host: Host) -> None:
    """The list grows; its elements are never taken for the whole."""
    people = [{"name": f"Ada {number} of the analytical engine", "age": number} for number in range(5)]
    partial: list[Any] = []
    reply = fence + json.dumps(people, indent=1) + ("\n```" if fence else "")

    await _session(plain_host, reply).ask_async("who?", list[Person], on_partial=partial.append)

    lengths = [len(found) for found in partial if isinstance(found, list)]
    assert len(lengths) == len(partial)
    assert lengths == sorted(lengths)
    assert lengths[-1] >= 4
    assert partial[-1][:3] == people[:3]


async def test_partial_values_come_while_the_reply_is_streamed(plain_host: Host) -> None:
    """Values grow towards the whole; a listener of the caller's own still hears the deltas."""
    partial: list[Any] = []
    deltas: list[str] = []
    long = json.dumps({"name": "Ada Lovelace of the analytical engine", "age": 36})
    session = _session(plain_host, long)

    await session.ask_async(
        "who?", SCHEMA, on_partial=partial.append, on={"text-delta": lambda event: deltas.append(event.delta)}
    )

    assert len(partial) > 1
    assert partial[0].get("name", "Ada").startswith("Ada")
    assert "".join(deltas) == long


def test_reading_partial_values_of_a_long_reply_is_not_quadratic() -> None:
    """The characters that are parsed stay within a few times the length of the reply."""
    found: list[Any] = []
    reader = PartialReader(found.append)
    text = json.dumps({"items": list(range(20_000))})

    for start in range(0, len(text), 4):
        reader.feed(text[start : start + 4])

    assert len(found) < 120
    assert found[-1]["items"][:3] == [0, 1, 2]


async def test_a_schema_that_is_none_is_refused_before_the_run(plain_host: Host) -> None:
    """A broken schema never reaches the engine."""
    session = _session(plain_host, GOOD)

    with pytest.raises(InvalidOption, match="no JSON Schema"):
        await session.ask_async("who?", {"type": "nonsense"})

    assert len(session.history) == 0


def test_the_command_line_prints_the_json(plain_host: Host, tmp_path: Path) -> None:
    """`run --schema` prints the checked value, and fails with the places when it does not fit."""
    import subprocess
    import sys

    schema = tmp_path / "schema.json"
    schema.write_text(json.dumps(SCHEMA), "utf-8")

    def run(reply: str) -> subprocess.CompletedProcess[str]:
        replies = json.dumps([reply, reply])
        command = ["run", "-e", "scripted", "--set", f"replies={replies}", "--schema", str(schema), "who?"]
        return subprocess.run(
            [sys.executable, "-m", "geppetto", *command],
            capture_output=True,
            text=True,
            check=False,
            cwd=tmp_path,
        )

    good, bad = run(GOOD), run('{"name": "Ada"}')

    assert json.loads(good.stdout) == {"name": "Ada", "age": 36}
    assert bad.returncode == 1
    assert "'age' is a required property" in bad.stderr


def test_how_often_to_repair_and_who_listens_is_looked_at_before_the_run(plain_host: Host) -> None:
    """What does not fit is refused, and nothing has been asked."""
    session = plain_host.create_session(engine="echo")

    with pytest.raises(InvalidOption, match="repairs: expected a whole number of at least 0, got 'x'"):
        session.ask("hi", dict, repairs="x")
    with pytest.raises(InvalidOption, match="on_partial: expected a callable"):
        session.ask("hi", dict, on_partial=3)
    with pytest.raises(InvalidOption, match="on_start: expected a callable"):
        session.ask("hi", dict, on_start=3)

    assert len(session.history) == 0


@pytest.mark.parametrize("wanted", ["City", 3, object(), Host, Callable[[int], int]])
def test_what_is_no_type_of_json_is_refused_before_the_run(plain_host: Host, wanted: Any) -> None:
    """The name of a class is not the class; nothing has been asked."""
    session = plain_host.create_session(engine="echo")

    with pytest.raises(InvalidOption, match="expected a type that has JSON, or a JSON Schema, got") as caught:
        session.ask("hi", wanted)

    assert caught.value.subject == "wanted"
    assert len(session.history) == 0


def test_a_schema_may_be_any_mapping(plain_host: Host) -> None:
    """A frozen one is as good as a dict."""
    session = plain_host.create_session(engine=ScriptedEngine(['{"a": 1}']))

    assert session.ask("hi", MappingProxyType({"type": "object"})).value == {"a": 1}
