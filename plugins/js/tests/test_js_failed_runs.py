"""A run that fails: who must look at its error so that a script does not end with it."""

from __future__ import annotations

import subprocess
from collections.abc import Callable

import pytest

Js = Callable[..., subprocess.CompletedProcess[str]]

FAILING = """
const gp = require("geppetto");
const start = (options) => gp.createSession({
  engine: gp.engines.fromFunction(async () => { await sleep(5); throw new Error("lost"); }),
}).start("x", options);
"""


@pytest.mark.parametrize(
    "source",
    [
        "start().on('done', () => {}); 1",
        "start({ onDone() {} }).on('text-delta', () => {}).on('event', () => {}); 1",
        "start().events(); 1",
        "(async () => { for await (const event of start()) break; })(); 1",
        "(async () => { for await (const event of start()) { await sleep(30); break; } })(); 1",
        "(async () => { const run = start(); await sleep(30); await run.events().return(); })(); 1",
        "start()",
        "start().on('done', () => {})",
    ],
)
def test_a_failed_run_is_told_once_unless_somebody_looks_at_its_error(js: Js, source: str) -> None:
    """Listeners of other events do not, nor does a reader that has left."""
    done = js("run", source=FAILING + source)

    assert (done.returncode, done.stderr.count("Error: lost")) == (1, 1), done.stderr


@pytest.mark.parametrize(
    "source",
    [
        "start({ onError: handle }); 1",
        "start({ on: { error: handle } }); 1",
        "start({ onError: handle })",
        "start().on('error', handle)",
        "start().catch(handle); 1",
        "(async () => { try { for await (const event of start()); } catch (error) { handle(error); } })(); 1",
    ],
)
@pytest.mark.parametrize("print_result", [(), ("--print-result",)])
def test_a_failed_run_is_the_concern_of_who_listens_for_its_error(
    js: Js, source: str, print_result: tuple[str, ...]
) -> None:
    """The script goes on to its end, also when the run is its last value."""
    handle = "const handle = (error) => { console.log('handled', error.code); };"
    done = js("run", *print_result, source=FAILING + handle + source)

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.count("handled ENGINE_FAILED") == 1


@pytest.mark.needs_interrupt
@pytest.mark.parametrize(
    ("options", "session", "code"),
    [
        ("", "{ timeoutMs: 300 }", "DEADLINE_EXCEEDED"),
        (", timeoutMs: 300", "undefined", "MIDDLEWARE_TIMEOUT"),
    ],
)
def test_a_run_that_is_stopped_says_where_its_script_stood(
    js: Js, options: str, session: str, code: str
) -> None:
    """At the run's own deadline and at that of the middleware."""
    script = f"""const gp = require("geppetto");
function busy(turn, next) {{
  const more = () => 1;
  for (;;) more();
}}
const use = gp.middlewares.fromJS(busy, {{ name: "busy"{options} }});
gp.createSession({{ engine: gp.engines.echo(), middlewares: [use] }}).start("hi", {session});
"""

    done = js("run", source=script)

    assert done.returncode != 0
    assert code in done.stderr
    assert "at busy (" in done.stderr
    assert ":4:" in done.stderr.partition("at busy (")[2].splitlines()[0]
