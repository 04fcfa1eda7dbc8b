"""The host: made once, closed once, and nothing is left."""

import asyncio
import os
import subprocess
import sys
import textwrap
import threading
from pathlib import Path

import geppetto
import pytest
from geppetto import EngineFactory, Host, MiddlewareDefinition, default_host, use_host
from geppetto.errors import EngineError, GeppettoError, InvalidOption, MiddlewareError
from geppetto.plugins import Kind


def test_a_closed_host_leaves_no_thread_and_says_so_when_used(tmp_path: Path) -> None:
    """After `with` no thread of ours is left; a further run is refused clearly; closing again is nothing."""
    with Host(plugins=False, env={"GEPPETTO_HOME": str(tmp_path)}) as host:
        session = host.create_session(
            engine="echo", middlewares=[lambda ctx, turn, call_next: call_next(ctx, turn)]
        )
        session.run("hi")

    assert host.close().abandoned_threads == 0
    assert [t.name for t in threading.enumerate() if t.name.startswith("geppetto-")] == []
    with pytest.raises(GeppettoError, match="the host is closed"):
        session.run("again")


async def test_a_host_closes_in_async_code(tmp_path: Path) -> None:
    """`async with` closes it."""
    async with Host(plugins=False, env={"GEPPETTO_HOME": str(tmp_path)}) as host:
        assert (await host.create_session(engine="echo").run_async("hi")).text == "hi"

    assert (await host.aclose()).abandoned_threads == 0


def test_the_default_host_is_made_once_and_replaced_for_a_block(plain_host: Host) -> None:
    """Module-level functions use the host of the block, in threads of it not."""
    outside = default_host()

    with use_host(plain_host):
        inside = default_host()
        made = geppetto.create_session(engine="echo")

    assert inside is plain_host
    assert default_host() is outside
    assert made.run("hi").text == "hi"


def test_state_is_made_per_event_loop(plain_host: Host) -> None:
    """`deps.per_loop` gives one value in one loop and another in the next."""
    value = plain_host.deps.per_loop(object)

    async def twice() -> tuple[object, object]:
        return value(), value()

    first, second = asyncio.run(twice()), asyncio.run(twice())

    assert first[0] is first[1]
    assert first[0] is not second[0]


def _explode(*_args: object) -> None:
    raise LookupError("no such thing")


def test_a_plugin_that_cannot_be_built_is_named(plain_host: Host) -> None:
    """What a plugin's `build` raises becomes an error with a code and its name."""
    plain_host.registry.add(Kind.ENGINE, EngineFactory("bad", build=_explode))  # type: ignore[arg-type]  # that is the point
    plain_host.registry.add(Kind.MIDDLEWARE, MiddlewareDefinition("bad", build=_explode))

    with pytest.raises(EngineError, match="engine bad cannot be built: LookupError: no such thing") as engine:
        plain_host.engine("bad")
    with pytest.raises(MiddlewareError, match="middleware bad cannot be built") as middleware:
        plain_host.middleware("bad")

    assert (engine.value.code, middleware.value.code) == ("ENGINE_BUILD_FAILED", "MIDDLEWARE_BUILD_FAILED")


def test_options_of_a_session_are_checked_by_name(plain_host: Host) -> None:
    """A misspelt option names the nearest."""
    with pytest.raises(InvalidOption, match="did you mean timeout"):
        plain_host.create_session(engine="echo", timout=3)
    with pytest.raises(InvalidOption, match="did you mean timeout"):
        plain_host.create_session(engine="echo").run("hi", timout=3)


def test_names_compare_without_case_and_dashes(plain_host: Host) -> None:
    """`systemPrompt`, `system_prompt` and `system-prompt` are one."""
    uses = [
        plain_host.middleware(name, {"prompt": "x"})
        for name in ("system_prompt", "SYSTEM-PROMPT", "systemPrompt")
    ]

    assert {use.name for use in uses} == {"systemPrompt"}


@pytest.mark.skipif(not hasattr(os, "fork"), reason="the platform has no fork")
def test_a_run_works_in_a_forked_child(tmp_path: Path) -> None:
    """The child starts a loop of its own instead of waiting for the parent's."""
    program = textwrap.dedent("""
        import os, sys, warnings
        warnings.simplefilter("ignore")
        from geppetto import Host
        host = Host(plugins=False)
        session = host.create_session(engine="echo")
        session.run("parent")
        child = os.fork()
        if child == 0:
            print(session.run("child").text, flush=True)
            os._exit(0)
        os.waitpid(child, 0)
    """)

    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False, timeout=60,
        env={**os.environ, "GEPPETTO_HOME": str(tmp_path)},
    )  # fmt: skip

    assert done.stdout == "child\n", done.stderr


def test_the_process_ends_although_a_handler_never_returns(tmp_path: Path) -> None:
    """A deaf plain middleware does not hold up the interpreter's exit."""
    program = textwrap.dedent("""
        import time
        from geppetto import Host
        from geppetto.errors import DeadlineExceeded
        host = Host(plugins=False, grace=0.1)
        session = host.create_session(engine="echo", middlewares=[lambda ctx, turn, call_next: time.sleep(600)])
        try:
            session.run("hi", timeout=0.1)
        except DeadlineExceeded:
            print("ended")
    """)

    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False, timeout=60,
        env={**os.environ, "GEPPETTO_HOME": str(tmp_path)},
    )  # fmt: skip

    assert done.stdout == "ended\n", done.stderr
