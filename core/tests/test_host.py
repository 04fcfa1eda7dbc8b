"""The host: made once, closed once, and nothing is left."""

import asyncio
import os
import subprocess
import sys
import textwrap
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from geppetto import Host, ToolDefinition
from geppetto.errors import InvalidOption, SessionError
from geppetto.transport.deferred import LazyTransport


def test_state_is_made_per_event_loop(plain_host: Host) -> None:
    """`deps.per_loop` gives one value in one loop and another in the next."""
    value = plain_host.deps.per_loop(object)

    async def twice() -> tuple[object, object]:
        return value(), value()

    first, second = asyncio.run(twice()), asyncio.run(twice())

    assert first[0] is first[1]
    assert first[0] is not second[0]


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


@pytest.mark.parity(268, 277)
def test_a_tool_is_called_without_a_run(plain_host: Host) -> None:
    """Validated and timed as in a run; the error is text, and the time may be given."""
    slow = ToolDefinition("slow", "", {}, lambda _arguments, _context: time.sleep(0.2))

    fine = plain_host.call_tool(plain_host.tool("calculator"), {"expression": "6*7"})
    wrong = plain_host.call_tool(plain_host.tool("calculator"), {"expression": "6*"})
    late = plain_host.call_tool(slow, {}, timeout=0.01)

    assert (fine.result, wrong.result, late.result) == (42, None, None)
    assert "not an arithmetic expression" in wrong.error
    assert late.status == "timeout"


def test_the_transport_is_made_once_when_it_is_needed() -> None:
    """Many threads that ask at once get one; closing before that is nothing."""
    transport = LazyTransport()
    asyncio.run(transport.aclose())
    assert transport._made is None

    with ThreadPoolExecutor(8) as pool:
        made = {id(found) for found in pool.map(lambda _: transport._transport(), range(32))}

    assert len(made) == 1
    assert transport.open_connections() == 0


def test_event_types_are_those_of_the_core_and_read_once(plain_host: Host) -> None:
    """The host's table knows every type of the core."""
    assert plain_host.events is plain_host.events


REGISTRY = (
    "slug: {name}\nprofiles:\n  default: {{runtime: {{step_settings_patch: {{engine: {{name: echo}}}}}}}}\n"
)


def test_registries_are_given_as_a_list_of_places(tmp_path: Path) -> None:
    """Texts and paths, the last one on top; a comma in one is part of its name, and an empty list is none at all."""
    low, top = tmp_path / "low,er.yaml", tmp_path / "top.yaml"
    for file in (low, top):
        file.write_text(REGISTRY.format(name=file.stem[:3]))
    env = {"GEPPETTO_HOME": str(tmp_path), "GEPPETTO_PROFILE_REGISTRIES": str(top)}

    with Host(plugins=False, env=env, profile_registry=[low, str(top)]) as host:
        assert list(host.profiles.registries()) == ["low", "top"]
        assert host.profiles.default_registry() == "top"
    with Host(plugins=False, env=env, profile_registry=low) as host:
        assert list(host.profiles.registries()) == ["low"]
    with Host(plugins=False, env=env, profile_registry=[]) as host:
        assert host.profiles.stores == []


@pytest.mark.parametrize("given", [3, {"a.yaml": 1}, [3], [None]])
def test_what_is_no_place_of_registries_is_refused_when_the_host_is_made(given: Any) -> None:
    """Not when somebody asks for a profile."""
    with pytest.raises(InvalidOption) as caught:
        Host(plugins=False, profile_registry=given)

    assert caught.value.subject == "profile_registry"


@pytest.mark.parametrize("chained", [False, True])
def test_a_closed_host_says_so_whoever_asks_for_profiles(tmp_path: Path, *, chained: bool) -> None:
    """Not that there is none, which would send people after their registries."""
    file = tmp_path / "a.yaml"
    file.write_text(REGISTRY.format(name="mine"))
    host = Host(plugins=False, env={"GEPPETTO_HOME": str(tmp_path)}, profile_registry=[file])
    factory = host.create_engine_factory(chain=host.profiles if chained else None)
    factory.plan()
    host.close()

    for ask in (
        factory.plan,
        factory.create_session,
        factory.create_engine,
        factory.create_builder,
        host.resolve_profile,
        host.profile_service,
        host.open_profiles,
        host.builder().profile().build,
    ):
        with pytest.raises(SessionError, match="the host is closed") as caught:
            ask()
        assert caught.value.code == "HOST_CLOSED"


def test_the_hosts_own_loop_may_be_another_ones() -> None:
    """As `geppetto[fast]` brings it."""
    made: list[asyncio.AbstractEventLoop] = []

    def factory() -> asyncio.AbstractEventLoop:
        made.append(asyncio.SelectorEventLoop())
        return made[-1]

    with Host(loop_factory=factory) as host:
        loop = host.loop()
        text = host.create_session(engine="echo").run("hi").text

    assert (made, text) == ([loop], "hi")
