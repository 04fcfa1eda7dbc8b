"""`geppetto js` at its edges: values that cannot cross, text that cannot be printed, options that make no sense."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

Js = Callable[..., subprocess.CompletedProcess[str]]

UNCROSSED = [
    "const m = new Map(); m.set(1, 2)",
    "const a = {}; a.a = a; a",
    "/x/",
    "Symbol('x')",
    "new Array(2e6).fill(0)",
    "Promise.resolve(/x/)",
    "await sleep(1); /x/",
    "await sleep(1); return /x/",
]


@pytest.mark.needs_modules
@pytest.mark.parametrize("source", UNCROSSED)
def test_the_last_value_is_not_taken_unless_asked_for(js: Js, source: str) -> None:
    """A script that succeeded does not fail for it."""
    done = js("run", source=source)

    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_the_last_value_must_cross_to_be_printed(js: Js) -> None:
    """What cannot is an error then."""
    done = js("run", "--print-result", source=UNCROSSED[0])

    assert (done.returncode, "JS_VALUE_UNSUPPORTED" in done.stderr) == (1, True)


@pytest.mark.parametrize(
    "source",
    ["sleep(50).then(() => { throw new Error('late') })", "await sleep(50); throw new Error('late')"],
)
def test_a_promise_as_last_value_is_waited_for(js: Js, source: str) -> None:
    """Its rejection fails the run, and is told once."""
    done = js("run", source=source)

    assert (done.returncode, done.stderr.count("late")) == (1, 1), done.stderr


def test_half_a_surrogate_pair_is_printed_as_an_escape(js: Js) -> None:
    """By the console, as the result, and in an error."""
    logged = js("run", source='console.log("\U0001f600".slice(0, 1)); console.error("\\udc00")')
    result = js("run", "--print-result", source='"\\ud800"')
    thrown = js("run", source='throw new Error("\\ud800")')

    assert (logged.returncode, logged.stdout, logged.stderr) == (0, "\\ud83d\n", "\\udc00\n")
    assert (result.returncode, result.stdout) == (0, "\\ud800\n")
    assert (thrown.returncode, "error: Error: \\ud800" in thrown.stderr) == (1, True)


def test_what_the_terminal_has_no_letter_for_is_printed_as_an_escape(js: Js) -> None:
    """In events with an escape of JSON."""
    source = "require('geppetto').engines.echo({ reply: '\\u{1f600}' }).run('x'); console.log('\\u{1f600}')"

    logged = js("run", source=source, PYTHONIOENCODING="ascii")
    events = js("run", "--json-events", source=source, PYTHONIOENCODING="ascii")

    assert logged.stdout == "\\U0001f600\n"
    assert "\U0001f600" in [json.loads(line).get("text") for line in events.stdout.splitlines()]


def test_an_event_with_half_a_surrogate_pair_is_a_line_of_json(js: Js) -> None:
    """Nothing is lost, and standard error stays empty."""
    source = "require('geppetto').engines.echo({ reply: '\\ud800' }).run('x')"

    done = js("run", "--json-events", source=source)

    found = [json.loads(line) for line in done.stdout.splitlines()]
    assert (found[-1]["type"], done.stderr) == ("run-finished", "")
    assert "\ud800" in [event.get("text") for event in found]


@pytest.mark.parametrize(
    "source",
    [
        "await sleep(1000); setTimeout(() => console.log('too late'), 1000)",
        pytest.param("setTimeout(() => { for (;;); }, 800)", marks=pytest.mark.needs_interrupt),
    ],
)
def test_one_deadline_is_for_all_of_a_script(js: Js, source: str) -> None:
    """What it has begun has no time of its own."""
    done = js("run", "--timeout", "1.5", source=source)

    assert (done.returncode, "JS_DEADLINE_EXCEEDED" in done.stderr, done.stdout) == (1, True, "")


def test_errors_of_the_api_say_what_to_do_next(js: Js) -> None:
    """Those that are made in JavaScript too."""
    done = js("run", source='require("geppetto").createSession({})')

    assert (done.returncode, "  next:  { engine: " in done.stderr) == (1, True), done.stderr


@pytest.mark.needs_interrupt
def test_a_deadline_says_where_and_nothing_else(js: Js) -> None:
    """Events of the run that was stopped with it are no news."""
    source = """const gp = require("geppetto");
        const slow = (turn, next) => { for (;;); };
        gp.createSession({ engine: gp.engines.echo(), middlewares: [slow] }).run("hi");"""

    done = js("run", "--timeout", "1", source=source)

    lines = done.stderr.splitlines()
    assert lines[:2] == ["error: the script ran past its deadline", "JavaScript stack:"]
    assert lines[2].startswith("    at slow (")
    assert (lines[-1], "Traceback" in done.stderr) == ("  code:  JS_DEADLINE_EXCEEDED", False)


def test_the_deadline_of_what_was_begun_is_what_is_left(js: Js) -> None:
    """A timer that fires before it is heard, one after it is not."""
    source = """
        setTimeout(() => console.log("in time"), 1700);
        setTimeout(() => console.log("too late"), 3000);
        await sleep(1500)
    """

    done = js("run", "--timeout", "2.2", source=source)

    assert (done.returncode, done.stdout) == (1, "in time\n"), done.stderr


def test_every_file_is_checked(js: Js, tmp_path: Path) -> None:
    """Also after one that cannot be read, or is not there."""
    (tmp_path / "latin.js").write_bytes(b"'\xe9'")
    (tmp_path / "syn.js").write_text("let = ;")
    (tmp_path / "good.js").write_text("1")

    done = js("check", "latin.js", "nothere.js", "good.js", "syn.js")

    codes = [line.split()[-1] for line in done.stderr.splitlines() if line.startswith("  code:")]
    assert (done.returncode, codes) == (1, ["JS_MODULE_UNREADABLE", "JS_MODULE_NOT_FOUND", "JS_ERROR"])
    assert done.stderr.count("next:") == 2


@pytest.mark.parametrize(
    ("option", "value", "code"),
    [
        ("--timeout", "nan", "USAGE"),
        ("--timeout", "1e300", "USAGE"),
        ("--memory", "99999999999999999999", "USAGE"),
        ("--tool-plugin", "", "TOOL_PLUGIN_UNUSABLE"),
        ("--tool-plugin", ".", "TOOL_PLUGIN_UNUSABLE"),
        ("--tool-plugin", "raises.py", "TOOL_PLUGIN_UNUSABLE"),
        ("--tool-plugin", "./syntax.py", "TOOL_PLUGIN_UNUSABLE"),
        ("--tool-plugin", "leaves.py", "TOOL_PLUGIN_UNUSABLE"),
        ("--tool-plugin", "notool.py:five", "TOOL_PLUGIN_UNUSABLE"),
    ],
)
def test_an_option_that_makes_no_sense_is_a_usage_error(
    js: Js, tmp_path: Path, option: str, value: str, code: str
) -> None:
    """With a code and what to do next."""
    (tmp_path / "raises.py").write_text("raise ValueError('no')")
    (tmp_path / "syntax.py").write_text("def (")
    (tmp_path / "leaves.py").write_text("raise SystemExit(0)")
    (tmp_path / "notool.py").write_text("five = 5")

    done = js("run", option, value, source="console.log('ran')")

    assert (done.returncode, done.stdout, f"code:  {code}\n" in done.stderr) == (2, "", True), done.stderr
    assert "next:" in done.stderr


def test_types_that_cannot_be_written_are_a_usage_error(js: Js, tmp_path: Path) -> None:
    """With the place and a code."""
    done = js("types", "--out", str(tmp_path / "nope" / "x.d.ts"))

    assert (done.returncode, "FILE_NOT_WRITTEN" in done.stderr, "next:" in done.stderr) == (2, True, True)


def test_a_module_error_says_what_to_do_on_the_command_line(js: Js, tmp_path: Path) -> None:
    """Grant the folder, or mend the file."""
    (tmp_path / "latin.js").write_bytes(b"'\xe9'")

    missing = js("run", source="require('./nope')")
    unreadable = js("run", source="require('./latin.js')")

    assert "--allow-read DIR" in missing.stderr
    assert "Runtime(read=[...])" in missing.stderr
    assert ("JS_MODULE_UNREADABLE" in unreadable.stderr, "next:" in unreadable.stderr) == (True, True)


@pytest.mark.parametrize(
    ("source", "printed"),
    [
        ("NaN", None),
        ("({ a: NaN, b: [-Infinity] })", {"a": None, "b": [None]}),
        ("({ f() {}, g: [() => 1] })", {"f": "[function f]", "g": ["[function (anonymous)]"]}),
        ("({ b: new Uint8Array([1, 255]) })", {"b": [1, 255]}),
        ("({ p: Promise.resolve(1) })", {"p": "[promise]"}),
        ("({ half: '\\ud800' })", {"half": "\ud800"}),
    ],
)
def test_a_printed_result_is_json(js: Js, source: str, printed: object) -> None:
    """As `JSON.stringify` writes it where it can; the rest is told by its kind, never by an address in Python."""
    done = js("run", "--print-result", source=source)

    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout, parse_constant=pytest.fail) == printed


def test_a_function_as_result_is_told_by_its_name(js: Js) -> None:
    """A name that throws does no harm."""
    named = js("run", "--print-result", source="(function times() {})")
    hostile = js(
        "run",
        "--print-result",
        source="Object.defineProperty(() => 1, 'name', { get() { throw new Error('no') } })",
    )

    assert (named.stdout, hostile.stdout) == ("[function times]\n", "[function (anonymous)]\n")


@pytest.mark.parametrize(
    ("options", "source"),
    [
        ([], "for (let i = 0; ; i++) console.log('line', i)"),
        (
            ["--json-events"],
            """const gp = require("geppetto"), reply = Array.from({ length: 3000 }, (_, i) => "w" + i).join(" ");
            gp.createSession({ engine: gp.engines.echo({ reply }) }).run("x");""",
        ),
    ],
)
def test_who_reads_no_more_ends_a_script_quietly(tmp_path: Path, options: list[str], source: str) -> None:
    """As `| head -1` does."""
    (tmp_path / "script.js").write_text(source)
    command = [sys.executable, "-m", "geppetto", "js", "run", *options, str(tmp_path / "script.js")]
    with subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "GEPPETTO_HOME": str(tmp_path)},
    ) as running:
        assert running.stdout is not None
        assert running.stderr is not None
        assert running.stdout.readline()
        running.stdout.close()
        told = running.stderr.read()
        running.wait(30)

    assert (told, running.returncode in {0, 1}) == ("", True)
