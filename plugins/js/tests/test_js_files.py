"""JavaScript files in Python programs and in profiles."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path
from typing import Any

import pytest
from geppetto import Host, Turn, engines, use_host
from geppetto.errors import ConfigError, GeppettoError, InvalidOption, MiddlewareError
from geppetto_js.files import middleware_from_file, tools_from_file
from geppetto_store_sqlite.store import SqliteStore

SHOUT = "module.exports = (ctx, turn, next) => { const out = next(ctx, turn); out.blocks.at(-1).payload.text += '!'; };"
SUFFIX = """
module.exports = {
  name: "suffix",
  create: (config) => async (ctx, turn, next) => {
    const out = await next(ctx, turn);
    out.blocks.at(-1).payload.text += config.what;
    return out;
  },
};
"""


@pytest.fixture
def host(tmp_path: Path) -> Host:
    """Give a host with a profile that names a file."""
    (tmp_path / "shout.js").write_text(SHOUT)
    (tmp_path / "suffix.js").write_text(SUFFIX)
    (tmp_path / "r.yaml").write_text(
        "slug: r\nprofiles:\n  default:\n    runtime:\n"
        "      step_settings_patch: {engine: {name: echo}, settings: {reply: hi}}\n"
        f"      middlewares: [{{name: js, id: s, config: {{file: '{tmp_path}/suffix.js', config: {{what: '?'}}}}}}]\n"
    )
    return Host(env={"GEPPETTO_HOME": str(tmp_path)}, profile_registry=str(tmp_path / "r.yaml"))


@pytest.mark.parity(232)
async def test_one_javascript_middleware_joins_a_python_chain(host: Host, tmp_path: Path) -> None:
    """In its place in the order, on the event loop of the program."""
    seen: list[str] = []

    async def mark(ctx: object, turn: object, call_next: object) -> object:
        seen.append("python")
        return await call_next(ctx, turn)  # type: ignore[operator]  # a middleware as a test writes it

    async with host:
        with use_host(host):
            shout = middleware_from_file(tmp_path / "shout.js")
            suffix = middleware_from_file(tmp_path / "suffix.js", {"what": "?"}, name="mine")
            session = host.create_session(engine=engines.echo("hi"), middlewares=[suffix, mark, shout])
            turns = await asyncio.gather(
                *(
                    host.create_session(engine=engines.echo("hi"), middlewares=[suffix, shout]).run_async("x")
                    for _ in range(20)
                )
            )
            turn = await session.run_async("x")
        shout.close()
        suffix.close()

    assert (turn.text, seen, shout.name, suffix.name) == ("hi!?", ["python"], "shout", "mine")
    assert {each.text for each in turns} == {"hi!?"}


def test_a_profile_names_a_file(host: Host) -> None:
    """And its config is checked by a schema, as any other's."""
    with host:
        session = host.create_engine_factory().create_session()
        text = session.run("x").text
        with pytest.raises(ConfigError, match="fil"):
            host.middleware("js", {"fil": "x.js"})

    assert text == "hi?"


@pytest.mark.parametrize("explained", [False, True])
@pytest.mark.parametrize("place", ["", "away"])
def test_a_file_in_a_registry_is_looked_for_beside_it(
    host: Host, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: str, explained: bool
) -> None:
    """Wherever the program runs, and however the registry is named; in code it counts from the working directory."""
    (tmp_path / "r.yaml").write_text((tmp_path / "r.yaml").read_text().replace(f"{tmp_path}/", ""))
    (tmp_path / "away").mkdir()
    monkeypatch.chdir(tmp_path / place)
    registry = "r.yaml" if not place else "../r.yaml"
    with Host(env={"GEPPETTO_HOME": str(tmp_path)}, profile_registry=registry) as made:
        factory = made.create_engine_factory()
        if explained:
            assert str(tmp_path / "suffix.js") in str(factory.plan().to_json())
        assert factory.create_session().run("x").text == "hi?"
        if place:
            with pytest.raises(InvalidOption, match=r"there is no file .*away"):
                made.middleware("js", {"file": "suffix.js"})
        else:
            made.middleware("js", {"file": "suffix.js"})


def test_a_file_in_a_database_is_looked_for_beside_it(
    host: Host, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As one in a registry that is text."""
    (tmp_path / "r.yaml").write_text((tmp_path / "r.yaml").read_text().replace(f"{tmp_path}/", ""))
    store = SqliteStore(str(tmp_path / "r.db"))
    with host:
        store.change("r", lambda _: host.profiles.registry("r"))
    store.close()
    (tmp_path / "away").mkdir()
    monkeypatch.chdir(tmp_path / "away")

    with Host(env={"GEPPETTO_HOME": str(tmp_path)}, profile_registry="../r.db") as made:
        assert made.create_engine_factory().create_session().run("x").text == "hi?"
        plan = made.create_engine_factory().plan().to_json()

    assert str(tmp_path / "suffix.js") in str(plan)


@pytest.mark.needs_modules  # stacks name files only then
def test_what_is_wrong_in_a_file_is_an_error_with_its_place(host: Host, tmp_path: Path) -> None:
    """A missing file at once, its content at the first run."""
    (tmp_path / "bad.js").write_text("module.exports = () => { throw new TypeError('no'); };")
    (tmp_path / "none.js").write_text("module.exports = 5;")
    with host, use_host(host):
        for missing in (tmp_path / "nope.js", "~nobody-has-this-name/x.js"):
            with pytest.raises(InvalidOption, match="there is no file"):
                middleware_from_file(missing)
        bad = middleware_from_file(tmp_path / "bad.js")
        with pytest.raises(MiddlewareError, match="bad: TypeError: no") as caught:
            host.create_session(engine=engines.echo(), middlewares=[bad]).run("x")
        with pytest.raises(GeppettoError, match="middleware requires a function"):
            host.create_session(
                engine=engines.echo(), middlewares=[middleware_from_file(tmp_path / "none.js")]
            ).run("x")

    assert any("bad.js:1" in note for note in caught.value.__notes__)


#: each of them would never end
ENDLESS = {
    "waits": "() => new Promise(() => {})",
    "loops": "() => { for (;;) {} }",
    "loops_later": "async () => { await sleep(1); for (;;) {} }",
}


@pytest.mark.needs_interrupt
@pytest.mark.parametrize("said", ["given", "in the file", "given over the file"])
@pytest.mark.parametrize("source", ENDLESS.values(), ids=ENDLESS.keys())
async def test_the_time_of_a_file_is_kept(host: Host, tmp_path: Path, source: str, said: str) -> None:
    """Whoever says it; the program's word counts more. A second run finds the runtime as good as new."""
    own = {"given": "", "in the file": ", timeoutMs: 100", "given over the file": ", timeoutMs: 60_000"}[said]
    given: dict[str, Any] = {} if said == "in the file" else {"timeoutMs": 100}
    (tmp_path / "endless.js").write_text(f"module.exports = {{ middleware: {source}{own} }};")
    async with host:
        endless = middleware_from_file(tmp_path / "endless.js", **given)
        for _ in range(2):
            session = host.create_session(engine=engines.echo("hi"), middlewares=[endless])
            with pytest.raises(MiddlewareError, match=r"endless.* longer than .*0\.1 s") as caught:
                async with asyncio.timeout(10):
                    await session.run_async("x")
        endless.close()

    assert (caught.value.code, caught.value.subject) == ("MIDDLEWARE_TIMEOUT", "endless")


@pytest.mark.parametrize("given", ["soon", -1, float("nan"), True])
def test_a_time_that_is_none_is_refused(host: Host, tmp_path: Path, given: object) -> None:
    """At once, and not at the first run."""
    with pytest.raises(InvalidOption, match="timeoutMs: expected a number of milliseconds"):
        middleware_from_file(tmp_path / "shout.js", timeoutMs=given)


COUNTS = """
globalThis.loads = (globalThis.loads ?? 0) + 1;
console.warn("loading");
const end = Date.now() + 300;
while (Date.now() < end);
module.exports = { create: () => (ctx, turn, next) => {
  const out = next(ctx, turn);
  out.blocks.at(-1).payload.text += loads;
} };
"""


@pytest.mark.needs_interrupt
async def test_a_first_run_that_is_cancelled_while_the_file_loads_spoils_it_for_nobody(
    host: Host, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Who runs at the same time gets what was begun; without one the load is stopped, and begins anew."""
    (tmp_path / "counts.js").write_text(COUNTS)
    async with host:

        def run(middleware: object) -> asyncio.Task[Turn]:
            session = host.create_session(engine=engines.echo("hi"), middlewares=[middleware])
            return asyncio.create_task(session.run_async("x"))

        texts = []
        for others in (1, 0):
            counts = middleware_from_file(tmp_path / "counts.js")
            first, *rest = [run(counts) for _ in range(1 + others)]
            while "loading" not in caplog.text:  # noqa: ASYNC110  # another thread writes it
                await asyncio.sleep(0.01)
            caplog.clear()
            first.cancel()
            with pytest.raises(asyncio.CancelledError):
                await first
            texts += [(await task).text for task in [*rest, run(counts)]]
            counts.close()

    assert texts == ["hi1", "hi1", "hi2"]


@pytest.mark.parity(279)
def test_tools_of_a_file_run_in_python(host: Host, tmp_path: Path) -> None:
    """By the host's own executor, with the checks of any tool."""
    (tmp_path / "tools.js").write_text(
        "module.exports = [{ name: 'js.norm', parameters: { type: 'object', properties: { text: { type: 'string' } }, required: ['text'] },"
        " handler: async ({ text }) => ({ value: text.trim().toLowerCase() }) }];"
    )
    with host:
        [tool] = tools_from_file(tmp_path / "tools.js", host)
        good = host.call_tool(tool, {"text": "  A  "})
        bad = host.call_tool(tool, {})

    assert (good.result, bad.status) == ({"value": "a"}, "error")


def test_a_file_that_is_dropped_leaves_no_thread(host: Host, tmp_path: Path) -> None:
    """Closed, its runtime ends."""
    before = threading.active_count()
    with host, use_host(host):
        shout = middleware_from_file(tmp_path / "shout.js")
        host.create_session(engine=engines.echo("a"), middlewares=[shout]).run("x")
        shout.close()

    assert threading.active_count() <= before


@pytest.mark.needs_rejections
async def test_what_a_files_promises_are_rejected_with_goes_to_the_log(
    host: Host, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """After each call: nobody asks the runtime of a file."""
    (tmp_path / "lost.js").write_text(
        "module.exports = (ctx, turn, next) => { Promise.reject(new Error('lost')); return next(ctx, turn); };"
    )
    async with host:
        session = host.create_session(
            engine=engines.echo("hi"), middlewares=[middleware_from_file(tmp_path / "lost.js")]
        )
        await session.run_async("x")

    assert [record.getMessage() for record in caplog.records if "lost" in record.getMessage()] == [
        "unhandled rejection in a script: Error: lost"
    ]
