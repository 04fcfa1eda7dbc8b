"""What an application decides about the API: policy, quotas, tools, sinks; the module's contract; the public codec."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path
from typing import Any

import pytest
from geppetto import Host, Turn, tool
from geppetto.errors import DecodeError, GeppettoError
from geppetto.events import (
    AttemptDiscarded,
    ErrorEvent,
    Event,
    ProviderCallFinished,
    ProviderCallMetadata,
    RunFailed,
    RunFinished,
    RunStarted,
    ToolCallRequested,
)
from geppetto.tooling import ToolRegistry
from geppetto.turns import block
from geppetto_js import JsModule
from geppetto_js.api import ApiOptions, GeppettoModule, JsPolicy
from geppetto_js.api.deliveries import event_to_js
from geppetto_js.api.turncodec import decode_turn, encode_turn
from geppetto_js.script import ScriptHost

GP = 'const gp = require("geppetto");'


@pytest.fixture
def host(tmp_path: Path) -> Host:
    """Give a host without configuration."""
    return Host(env={"GEPPETTO_HOME": str(tmp_path)})


def _code(host: Host, policy: JsPolicy, source: str) -> str:
    with host, ScriptHost(host, options=ApiOptions(policy=policy)) as scripts:
        script = (
            f"(() => {{ {GP} try {{ {source} }} catch (error) {{ return error.code; }} return 'none'; }})()"
        )
        code: str = scripts.runtime.evaluate(script)
        return code


@pytest.mark.parity(22)
def test_the_module_has_a_name_a_doc_and_a_loader(host: Host) -> None:
    """As every module that an application offers beside it."""
    module = GeppettoModule(host).as_module()
    own = JsModule("acme/clock", lambda _runtime: {"now": lambda: 5}, "Tells the time.")

    with host, ScriptHost(host, modules=[own]) as scripts:
        assert scripts.runtime.evaluate("require('acme/clock').now()") == 5
    assert (module.name, bool(module.doc), callable(module.loader)) == ("geppetto", True, True)


@pytest.mark.parity(178)
@pytest.mark.parity(284)
@pytest.mark.parametrize(
    ("policy", "source"),
    [
        (JsPolicy(js_tools=False), "gp.tools.createRegistry().register({name: 'x', handler: () => 1})"),
        (JsPolicy(direct_calls=False), "gp.tools.createRegistry().useHostTools(['calculator']).call('calculator', {expression: '1'})"),
        (JsPolicy(max_host_calls=50), "for (let i = 0; i < 100; i++) gp.turns.newUserBlock('x')"),
        (JsPolicy(max_middlewares=1), "gp.createSession({engine: gp.engines.echo(), middlewares: ['logging', 'logging']})"),
        (JsPolicy(plugins=frozenset({"acme.good"})), "gp.plugins.registerMiddleware('acme.bad', () => 1)"),
    ],
)  # fmt: skip
def test_what_the_policy_does_not_allow_is_refused(host: Host, policy: JsPolicy, source: str) -> None:
    """With one code for all of it."""
    assert _code(host, policy, source) == "JS_POLICY_DENIED"


@pytest.mark.parity(93)
@pytest.mark.parity(183)
def test_what_a_script_registers_is_written_down(host: Host) -> None:
    """For the application, and for the script."""
    with host, ScriptHost(host) as scripts:
        scripts.runtime.evaluate(
            f"{GP} gp.plugins.registerMiddleware('acme.m', () => 1); gp.tools.createRegistry().register({{name: 't', handler: () => 1}}); undefined"
        )
        names = [(row["what"], row["name"]) for row in scripts.api.state.audit]

    assert names == [("middleware", "acme.m"), ("tool", "t")]


def test_the_applications_own_tools_sinks_and_middlewares_are_the_hosts(host: Host) -> None:
    """Beside what is installed."""
    events: list[str] = []
    stored: list[Turn] = []

    @tool
    def greet(who: str) -> str:
        """Greet."""
        return f"hello {who}"

    def quiet(_options: Any) -> Any:
        async def call(ctx: Any, turn: Turn, call_next: Any) -> Turn:
            result: Turn = await call_next(ctx, turn)
            return Turn([each for each in result.blocks if each.kind != "llm_text"], id=result.id)

        return call

    options = ApiOptions(
        tools=ToolRegistry([greet]),
        sinks=[lambda event: events.append(event.type)],
        persister=stored.append,
        middlewares={"acme.quiet": quiet},
    )
    with host, ScriptHost(host, options=options) as scripts:
        said, names = scripts.runtime.evaluate(
            f"""{GP}
            const turn = gp.createSession({{engine: gp.engines.echo(), middlewares: ["acme.quiet"]}}).run("x");
            [gp.tools.createRegistry().useHostTools(["greet"]).call("greet", {{who: "you"}}), gp.middlewares.names(), turn.blocks.length].slice(0, 2)
            """
        )

    assert said == "hello you"
    assert "acme.quiet" in names
    assert (events[0], len(stored), stored[0].blocks[-1].kind) == ("run-started", 1, "user")


@pytest.mark.parity(217)
def test_the_codec_is_public() -> None:
    """For hosts that keep turns as scripts wrote them; both ways, nothing is lost."""
    turn = Turn([block.user("hi"), block.tool_call("n", {"a": 1}, id="c")], id="t", metadata={"acme.x@v1": 1})

    read = decode_turn(encode_turn(turn))

    assert read == turn
    with pytest.raises(DecodeError, match="turn must be an object"):
        decode_turn([])


@pytest.mark.parity(101)
@pytest.mark.parity(210)
def test_a_run_stays_within_the_budget_of_crossings(host: Host) -> None:
    """Eight layers of JavaScript; each costs a turn out and back, and the same for `next`."""
    with host, ScriptHost(host) as scripts:
        stats, budget = scripts.runtime.evaluate(
            f"""{GP}
            const session = gp.createSession({{engine: gp.engines.echo(), middlewares: Array(8).fill((turn, next) => next(turn))}});
            gp.debug.resetBridgeStats();
            session.run("x");
            [gp.debug.bridgeStats(), gp.debug.budget()]
            """
        )

    assert stats["bridge.middleware.invocations"] == 8
    assert stats["bridge.turn.encodes"] + stats["bridge.turn.decodes"] <= 4 * 8 + 2
    assert (budget["crossingsPerRun"]["over"], budget["middlewareLayers"]["over"]) == (False, False)


@pytest.mark.parity(74)
@pytest.mark.parity(75)
@pytest.mark.parity(368)
def test_the_bridge_is_a_package_of_its_own_and_thin() -> None:
    """Codec, errors and context have their files; the rest is the host's: `lint-imports` holds the layers."""
    folder = Path(__file__).parents[1] / "src" / "geppetto_js" / "api"
    config = (Path(__file__).parents[3] / "pyproject.toml").read_text("utf-8")

    assert {"turncodec.py", "faults.py", "context.py"} <= {file.name for file in folder.iterdir()}
    assert (folder / "area" / "factories.py").is_file()
    assert 'containers = ["geppetto_js"]' in config
    assert all(len(file.read_text("utf-8").splitlines()) <= 300 for file in folder.rglob("*.py"))


def test_closing_cancels_the_runs_of_its_scripts(host: Host) -> None:
    """Also those that no script waits for; the thread ends."""
    started, ended = threading.Event(), threading.Event()

    async def slow(_ctx: Any, _turn: Turn) -> str:
        started.set()
        try:
            await asyncio.sleep(60)
        finally:
            ended.set()
        return "too late"

    def forever(_options: Any) -> Any:
        async def call(ctx: Any, turn: Turn, call_next: Any) -> Any:
            return await slow(ctx, turn)

        return call

    before = threading.active_count()
    with host:
        scripts = ScriptHost(host, options=ApiOptions(middlewares={"acme.slow": forever}))
        start = f"{GP} gp.createSession({{engine: gp.engines.echo(), middlewares: ['acme.slow']}}).start('x').catch(() => 0); 1"
        scripts.runtime.evaluate(start, settle=False)
        assert started.wait(5)
        scripts.close()
        assert ended.wait(5)

    assert threading.active_count() <= before


@pytest.mark.parametrize(
    "hook", ["() => { throw new Error('snap'); }", "async () => { throw new Error('snap'); }"]
)
def test_a_snapshot_hook_that_fails_is_a_line_in_the_log(
    host: Host, caplog: pytest.LogCaptureFixture, hook: str
) -> None:
    """For each snapshot, without a traceback; the run goes on."""
    with host, ScriptHost(host) as scripts:
        reply = scripts.runtime.evaluate(
            f"{GP} gp.createSession({{ engine: gp.engines.echo({{ reply: 'hi' }}), snapshotHook: {hook} }}).run('x').text()"
        )

    told = [record for record in caplog.records if "Error: snap" in record.getMessage()]
    assert reply == "hi"
    assert told[0].getMessage() == "the snapshot hook at pre_inference failed in the script: Error: snap"
    assert {(record.levelname, record.exc_info) for record in told} == {("WARNING", None)}


def test_a_hook_that_fails_open_is_a_line_in_the_log(host: Host, caplog: pytest.LogCaptureFixture) -> None:
    """The script's error says where it came from: no traceback of Python."""
    source = """
        const engine = gp.engines.fromFunction((turn) => turn.blocks.at(-1).kind === "tool_use"
          ? turn.addBlock(gp.block.assistant("done")) : turn.addBlock(gp.block.toolCall({ id: "c", name: "t", args: {} })));
        const toolHooks = { failOpen: true, beforeToolCall() { throw new Error("boom"); } };
        gp.createSession({ engine, tools: [{ name: "t", handler: () => 1 }], toolHooks }).run("x").text();
    """
    with host, ScriptHost(host) as scripts:
        assert scripts.runtime.evaluate(GP + source) == "done"

    told = [record for record in caplog.records if "beforeToolCall" in record.getMessage()]
    assert [record.getMessage().endswith("without it: Error: boom") for record in told] == [True]
    assert not told[0].exc_info


FAILED = GeppettoError("no", next_step="wait", details={"js_stack": "at f"}).to_json()
USED = {"input_uncached": 3, "raw": {"prompt_tokens": 3}}
USED_THERE = {"inputUncached": 3, "raw": {"prompt_tokens": 3}}


@pytest.mark.parametrize(
    ("event", "field", "expected"),
    [
        (RunFinished({"usage": USED, "timings": {"first_event": 1.0}}), "result", {"usage": USED_THERE, "timings": {"firstEvent": 1.0}}),
        (RunFailed(FAILED, {"usage": USED}), "result", {"usage": USED_THERE}),
        (ProviderCallFinished("completed", "end", USED), "usage", USED_THERE),
        (ProviderCallMetadata({"response_id": "r", "rate": {"x_left": 1}}), "metadata", {"responseId": "r", "rate": {"x_left": 1}}),
        (RunStarted("echo", {"my_tag": {"a_b": 1}}), "tags", {"my_tag": {"a_b": 1}}),
        (ToolCallRequested("t", {"a_b": {"raw": 1}}), "arguments", {"a_b": {"raw": 1}}),
    ],
)  # fmt: skip
def test_names_in_events_are_lower_camel_where_they_are_ours(
    event: Event, field: str, expected: dict[str, Any]
) -> None:
    """At every depth; what providers, tools and users name keeps its name."""
    assert event_to_js(event)[field] == expected


@pytest.mark.parametrize("event", [RunFailed(FAILED), ErrorEvent(FAILED), AttemptDiscarded(1, 0.0, FAILED)])
def test_errors_in_events_read_as_errors_that_are_thrown(event: Event) -> None:
    """With `nextStep`; their details stay as they are."""
    error = event_to_js(event)["error"]

    assert (error["nextStep"], error["details"]) == ("wait", {"js_stack": "at f"})
    assert "next_step" not in error


def test_the_result_of_a_run_reads_as_in_its_last_event(host: Host) -> None:
    """All names in lowerCamel."""
    source = """(async () => {
        let last;
        const run = gp.createSession({ engine: gp.engines.echo() }).start("x", { onEvent: (event) => { last = event; } });
        await run;
        return [run.result(), last.result];
    })()"""
    with host, ScriptHost(host) as scripts:
        result, told = scripts.runtime.evaluate(GP + source)

    assert result == told
    assert "firstEvent" in result["timings"]
    assert not [
        name
        for part in (result, result["timings"], result.get("usage") or {})
        for name in part
        if "_" in name
    ]


@pytest.mark.parity(329, 353, 366)
@pytest.mark.parametrize(
    ("call", "what"),
    [
        ("gp.profiles.listRegistries()", "profiles.listRegistries"),
        ("gp.profiles.getRegistry()", "profiles.getRegistry"),
        ("gp.profiles.listProfiles()", "profiles.listProfiles"),
        ("gp.profiles.getProfile('a')", "profiles.getProfile"),
        ("gp.profiles.resolve({})", "profiles.resolve"),
        ("gp.profiles.updateProfile('a', {})", "profiles.updateProfile"),
        ("gp.profiles.createProfile({slug: 'a'})", "profiles.createProfile"),
        ("gp.engines.fromProfile('a')", "engines.fromProfile"),
        ("gp.factories.createEngineFactory().plan()", "factories.createEngineFactory"),
    ],
)
def test_without_a_registry_every_call_says_so(host: Host, call: str, what: str) -> None:
    """The user's own file, which is there before anything stands in it, is none."""
    with host, ScriptHost(host) as scripts:
        found = scripts.runtime.evaluate(
            f"{GP} (() => {{ try {{ {call}; }} catch (error) {{ return [error.code, error.message, error instanceof gp.errors.GeppettoFactoryError]; }} }})()"
        )

    assert found == [
        "PROFILE_REGISTRY_NOT_CONFIGURED",
        f"{what} requires a configured profile registry",
        True,
    ]


def test_the_first_registry_of_the_users_own_file_can_be_made_by_a_script(host: Host) -> None:
    """Where that was granted; its name is given, and from then on there is one."""
    with host, ScriptHost(host, write=[host.paths.config]) as scripts:
        names = scripts.runtime.evaluate(
            f"{GP} gp.profiles.createProfile({{slug: 'a'}}, {{registrySlug: 'mine'}}); gp.profiles.listRegistries().map((found) => found.slug)"
        )

    assert names == ["mine"]
