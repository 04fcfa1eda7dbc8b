"""`geppetto js` as a user runs it: processes of their own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pexpect
import pytest
from geppetto.testing import Exchange, ReplayServer

HERE = Path(__file__).parent
EXAMPLES = HERE.parent / "examples"
Js = Callable[..., subprocess.CompletedProcess[str]]


def test_a_script_runs_and_its_promises_are_waited_for(js: Js) -> None:
    """At the top level `await` works beside `require`; the last value is printed when asked for."""
    source = """
        const gp = require("geppetto");
        setTimeout(() => console.log("later"), 500);
        const turn = await gp.createSession({ engine: gp.engines.echo({ reply: "hi" }) }).start("x");
        console.log(turn.text());
        console.error("to standard error");
    """

    done = js("run", source=source)
    result = js("run", "--print-result", source='({ a: [1, "x"] })')

    assert (done.returncode, done.stdout, done.stderr) == (0, "hi\nlater\n", "to standard error\n")
    assert json.loads(result.stdout) == {"a": [1, "x"]}


@pytest.mark.needs_awaited_results
@pytest.mark.parametrize(
    ("source", "printed"),
    [
        ("await sleep(1); 6*7", "42"),
        (
            "const six = await Promise.resolve(6);\nfunction times(n) { return six * n }\ntimes(7) // the last",
            "42",
        ),
        ("let found; for (const n of [1, 2]) found = await n; Promise.resolve(found)", "2"),
        ("if (await true) 'yes'; else 'no'", "yes"),
        ("await sleep(1); const nothing = 1;", "null"),
        ("await sleep(1); return 'returned'", "returned"),
    ],
)
def test_the_result_of_a_script_that_awaits_is_its_last_value(js: Js, source: str, printed: str) -> None:
    """As of one that does not; a `return` at the top level counts as well."""
    done = js("run", "--print-result", source=source)

    assert (done.returncode, done.stdout) == (0, f"{printed}\n"), done.stderr


@pytest.mark.parametrize(
    ("source", "code", "place"),
    [
        ("function f() { throw new TypeError('no'); }\nf();", "JS_ERROR", "at f ("),
        ("require('geppetto').createSession({});", "GEPPETTO_JS_INVALID_OPTION", "script.js:1"),
        ("Promise.reject(new Error('late')).then(() => 1); await Promise.reject(new Error('no'));", "JS_ERROR", "no"),
        ("setTimeout(() => { throw new Error('in a timer'); }, 1);", "JS_ERROR", "script.js:1"),
        ("const gp = require('geppetto'); gp.engines.fromFunction(() => { throw new Error('unheard'); }).start('x');",
         "ENGINE_FAILED", "unheard"),
        pytest.param(
            "setTimeout(() => { Promise.reject(new RangeError('own')) }); 1", "JS_ERROR", "script.js:1",
            marks=pytest.mark.needs_rejections,
        ),
        pytest.param(
            "(async () => { await sleep(1); throw new RangeError('own') })(); 1", "JS_ERROR", "script.js:1",
            marks=pytest.mark.needs_rejections,
        ),
        ("let x = ;", "JS_ERROR", "SyntaxError"),
        ("require('./nope');", "JS_MODULE_NOT_FOUND", "nope"),
    ],
)  # fmt: skip
def test_what_nobody_catches_ends_with_1_its_code_and_its_place(
    js: Js, source: str, code: str, place: str
) -> None:
    """Rejections that nobody waits for as well; no traceback of Python."""
    done = js("run", source=source)

    assert done.returncode == 1
    assert f"code:  {code}" in done.stderr
    assert place in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.needs_interrupt
def test_limits_of_time_and_memory_hold(js: Js) -> None:
    """A loop and a bomb end as errors of the script."""
    endless = js("run", "--timeout", "0.3", source="for (;;);")
    bomb = js("run", "--memory", "16", source="const a = []; for (;;) a.push(new Array(1000).fill('x'));")

    assert (endless.returncode, "JS_DEADLINE_EXCEEDED" in endless.stderr) == (1, True)
    assert (bomb.returncode, "JS_OUT_OF_MEMORY" in bomb.stderr) == (1, True), bomb.stderr


def test_a_script_reaches_only_what_it_is_given(js: Js, tmp_path: Path) -> None:
    """Files beside it, folders that are allowed, variables that are named."""
    (tmp_path / "beside.js").write_text("module.exports = 'beside';")
    (tmp_path / "data.json").write_text('{"n": 1}')
    other = tmp_path.parent / f"{tmp_path.name}-other"
    other.mkdir()
    (other / "far.js").write_text("module.exports = 'far';")
    source = f"console.log(require('./beside'), require('./data.json').n, ENV.SHOWN, ENV.HIDDEN, typeof process); require('{other}/far')"

    alone = js("run", "--env", "SHOWN", source=source, SHOWN="yes", HIDDEN="no")
    allowed = js("run", "--allow-read", str(other), "--print-result", source=source)

    assert alone.stdout == "beside 1 yes undefined undefined\n"
    assert (alone.returncode, "outside of the granted directories" in alone.stderr) == (1, True)
    assert allowed.stdout.endswith("far\n")


def test_tools_of_a_python_file_are_the_hosts(js: Js, tmp_path: Path) -> None:
    """`--tool-plugin` names a module or a file; what is wrong with it is said."""
    (tmp_path / "mine.py").write_text(
        'from geppetto import tool\n\n@tool\ndef shout(text: str) -> str:\n    """Say it loud."""\n    return text.upper()\n'
    )
    source = "console.log(require('geppetto').tools.createRegistry().useGoTools(['shout']).call('shout', {text: 'hi'}))"

    done = js("run", "--tool-plugin", str(tmp_path / "mine.py"), source=source)
    wrong = js("run", "--tool-plugin", "no.such.module", source=source)

    assert done.stdout == "HI\n"
    assert (wrong.returncode, "TOOL_PLUGIN_UNUSABLE" in wrong.stderr) == (2, True)


def test_events_are_lines_of_json_when_asked_for(js: Js) -> None:
    """The console goes to standard error then."""
    done = js(
        "run",
        "--json-events",
        source="const gp = require('geppetto'); print(gp.engines.echo().run('x').text())",
    )

    types = [json.loads(line)["type"] for line in done.stdout.splitlines()]
    assert (types[0], types[-1], done.stderr) == ("run-started", "run-finished", "READY\n")


def test_a_profile_is_chosen_on_the_command_line(js: Js, tmp_path: Path) -> None:
    """For scripts that name none."""
    (tmp_path / "r.yaml").write_text(
        "slug: r\nprofiles:\n"
        "  a: {runtime: {step_settings_patch: {engine: {name: echo}, settings: {reply: from a}}}}\n"
        "  b: {runtime: {step_settings_patch: {engine: {name: echo}, settings: {reply: from b}}}}\n"
    )
    source = "print(require('geppetto').engines.fromProfile().run('x').text())"

    named = js("run", "--profile-registries", str(tmp_path / "r.yaml"), "--profile", "b", source=source)
    default = js("run", "--profile-registries", str(tmp_path / "r.yaml"), source=source)

    assert (named.stdout, default.stdout) == ("from b\n", "from a\n")


def test_files_are_checked_without_being_run(js: Js, tmp_path: Path) -> None:
    """Scripts with `await` and modules too; each bad one is named with its line."""
    (tmp_path / "good.js").write_text("print('ran'); await 1;")
    (tmp_path / "bad.js").write_text("let a = 1;\nlet = ;")

    good = js("check", str(tmp_path / "good.js"))
    bad = js("check", str(tmp_path / "good.js"), str(tmp_path / "bad.js"))

    assert (good.returncode, good.stdout) == (0, "")
    assert (bad.returncode, "SyntaxError" in bad.stderr, "bad.js:2" in bad.stderr) == (1, True, True)


def test_types_are_printed_or_written(js: Js, tmp_path: Path) -> None:
    """The same text."""
    printed = js("types")
    js("types", "--out", str(tmp_path / "geppetto.d.ts"))

    assert 'declare module "geppetto"' in printed.stdout
    assert (tmp_path / "geppetto.d.ts").read_text() == printed.stdout


def test_the_repl_answers_line_by_line(tmp_path: Path) -> None:
    """It goes on after an error, waits for promises, joins lines of open brackets and completes names."""
    env = {**os.environ, "GEPPETTO_HOME": str(tmp_path), "TERM": "dumb"}
    child = pexpect.spawn(
        sys.executable, ["-m", "geppetto", "js", "repl"], env=env, encoding="utf-8", timeout=30
    )
    try:
        for line, answer in [
            ("1 + 1", "2\r\n"),
            ("nope", "ReferenceError"),
            ("gp.engines.echo({ reply: 'hey' }).run('x').text()", "hey"),
            ("await Promise.resolve('waited')", "waited"),
            ("[1,", r"\.\.\. "),
        ]:
            child.expect("> ")
            child.sendline(line)
            child.expect(answer)
        child.sendline("2]")
        child.expect(r"\[ ?1, 2 ?\]")
        child.expect("> ")
        child.send("gp.createSes\t")
        child.expect("gp.createSession")
        child.sendline("")
        child.expect("> ")
        child.sendline(".exit")
        child.expect(pexpect.EOF)
    finally:
        child.close()
    assert child.exitstatus == 0
    assert "1 + 1" in (tmp_path / "data" / "js_history").read_text()


@pytest.fixture
def gemini() -> Iterator[ReplayServer]:
    """Give a server that answers as Gemini does, once."""
    reply = {
        "candidates": [{"content": {"role": "model", "parts": [{"text": "OK"}]}, "finishReason": "STOP"}],
        "modelVersion": "gemini-2.5-flash-lite",
    }
    with ReplayServer([Exchange(body=reply)]) as server:
        yield server


@pytest.mark.parity(4)
@pytest.mark.parity(231)
def test_the_smoke_script_skips_without_a_key_and_passes_with_a_server(
    js: Js, tmp_path: Path, gemini: ReplayServer
) -> None:
    """With PINOCCHIO_PROFILE; anything but a missing key is a failure."""
    registry = tmp_path / "smoke.yaml"
    profile = "slug: smoke\nprofiles:\n  gemini-2.5-flash-lite:\n    runtime:\n      step_settings_patch:\n        ai-chat: {ai-api-type: gemini, ai-engine: gemini-2.5-flash-lite}\n"
    smoke = str(EXAMPLES / "smoke.js")
    chosen = {"PINOCCHIO_PROFILE": "gemini-2.5-flash-lite"}

    registry.write_text(profile)
    skipped = js("run", smoke, "--profile-registries", str(registry), **chosen)
    registry.write_text(
        profile + f"        gemini-chat: {{gemini-api-key: k, gemini-base-url: '{gemini.url}'}}\n"
    )
    passed = js("run", smoke, "--profile-registries", str(registry), "--allow-local", **chosen)
    failed = js("run", smoke, "--profile-registries", str(registry), "--allow-local", **chosen)
    unknown = js("run", smoke, "--profile-registries", str(registry), PINOCCHIO_PROFILE="nope")

    assert (skipped.returncode, skipped.stdout.startswith("SKIP ")) == (0, True), skipped.stderr
    assert (passed.returncode, passed.stdout) == (0, "PASS gemini-2.5-flash-lite: OK\n"), passed.stderr
    assert (failed.returncode, unknown.returncode) == (1, 1)


@pytest.fixture
def responses() -> Iterator[ReplayServer]:
    """Give a server that answers as the Responses API does, twice."""
    text = "  write to test@example.com  "
    content = [{"type": "output_text", "text": text, "annotations": []}]
    message = {"id": "m", "type": "message", "role": "assistant", "status": "completed", "content": content}
    body = {
        "id": "r",
        "object": "response",
        "model": "gpt-4o-mini",
        "status": "completed",
        "output": [message],
    }
    with ReplayServer([Exchange(body=body), Exchange(body=body)]) as server:
        yield server


@pytest.mark.parity(103)
@pytest.mark.parity(215)
@pytest.mark.parametrize(
    ("script", "wanted"),
    [("sketch.js", "write to test@example.com"), ("composition.js", "write to [redacted-email]")],
)
def test_the_scripts_of_the_design_documents_run_as_they_stand(
    js: Js, tmp_path: Path, responses: ReplayServer, script: str, wanted: str
) -> None:
    """With a profile of that name, the rest is theirs."""
    registry = tmp_path / "r.yaml"
    registry.write_text(
        "slug: r\nprofiles:\n  4o-mini:\n    runtime:\n      step_settings_patch:\n        engine: {name: openai-responses}\n"
        f"        settings: {{model: gpt-4o-mini, base_url: '{responses.url}', api_key: k}}\n"
    )

    done = js("run", str(HERE / "documents" / script), "--profile-registries", str(registry), "--allow-local")

    assert done.returncode == 0, done.stderr
    assert wanted in done.stdout
    system = responses.requests[0].json
    assert "concise" in json.dumps(system) or "compliance-safe" in json.dumps(system)


def test_debug_taps_are_told_before_the_run_ends(js: Js, responses: ReplayServer) -> None:
    """Blocking or awaited, all that the provider was sent and said is there when the script goes on."""
    engine = {
        "provider": "openai-responses",
        "overrides": {"model": "gpt-4o-mini", "apiKey": "k", "stream": False},
    }
    engine["overrides"] |= {"baseUrl": responses.url}  # type: ignore[operator]  # a dict of both kinds
    source = """
        const gp = require("geppetto"), told = [];
        const names = ["onHttp", "onHttpResponse", "onProviderObject", "onTurnBeforeConversion"];
        const debugTap = Object.fromEntries(names.map((name) => [name, (what) => told.push(name, what)]));
        const session = gp.createSession({ engine: gp.createEngine(%s) });
        session.run("x", { debugTap });
        const first = told.splice(0);
        (async () => {
          await session.start("y", { debugTap });
          console.log(JSON.stringify([first, told]));
        })();
    """ % json.dumps(engine)  # noqa: UP031  # the script is full of braces

    done = js("run", "--allow-local", source=source)

    assert done.returncode == 0, done.stderr
    first, second = json.loads(done.stdout)
    assert first[::2] == second[::2]
    assert {"onHttp", "onHttpResponse", "onProviderObject", "onTurnBeforeConversion"} == set(first[::2])
    assert first[first.index("onProviderObject") + 1] == "response"  # in the words of the provider


@pytest.mark.parity(25)
def test_what_the_border_costs_can_be_measured() -> None:
    """Beside the bare engine, in one run; the figures are for people."""
    done = subprocess.run(
        [sys.executable, str(HERE / "bench_boundary.py")],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )

    assert done.returncode == 0, done.stderr
    assert [line.split()[0] for line in done.stdout.splitlines()[1:]] == ["scalar", "dict", "hop", "layers"]
