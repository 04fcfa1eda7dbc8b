"""Closing a host when a step of it fails, when several close it at once, and when it closes itself."""

import asyncio
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from geppetto import Host, Turn
from geppetto.profile.chain import ProfileChain


def _host(tmp_path: Path, **options: Any) -> Host:
    return Host(plugins=False, env={"GEPPETTO_HOME": str(tmp_path)}, **options)


def _no_thread_is_left() -> bool:
    """Give threads that were told to end the time to do so."""
    for _ in range(10_000):
        if not any(thread.name.startswith("geppetto-") for thread in threading.enumerate()):
            return True
        time.sleep(0.001)
    return False


class _Broken(ProfileChain):
    """What a host closes at its end, with errors of its own."""

    def close(self) -> None:
        """Fail, as a profile store may."""
        msg = "the disk is gone"
        raise OSError(msg)

    async def aclose(self) -> None:
        """Fail, as a transport may."""
        msg = "the network is gone"
        raise ConnectionError(msg)


def test_a_step_that_fails_does_not_keep_the_others_from_their_end(tmp_path: Path) -> None:
    """Loop and threads are gone, the error is raised, and closing again says what was left."""
    broken: Any = _Broken()
    host = _host(tmp_path, transport=broken)
    host.create_session(engine="echo", middlewares=[lambda ctx, turn, go_on: go_on(ctx, turn)]).run("hi")

    with pytest.raises(ConnectionError, match="the network is gone"):
        host.close()

    assert _no_thread_is_left()
    assert host.close().abandoned_threads == 0


async def test_the_same_holds_in_async_code(tmp_path: Path) -> None:
    """`aclose` goes on to the threads when connections of the running loop cannot be closed."""
    broken: Any = _Broken()
    host = _host(tmp_path, transport=broken)
    session = host.create_session(engine="echo", middlewares=[lambda ctx, turn, go_on: go_on(ctx, turn)])
    await session.run_async("hi")

    with pytest.raises(ConnectionError, match="the network is gone"):
        await host.aclose()

    assert _no_thread_is_left()
    assert host.close().abandoned_threads == 0


def test_all_that_failed_is_raised(tmp_path: Path) -> None:
    """One error beside another comes as a group, in the order of the steps; no thread is left all the same."""
    broken: Any = _Broken()
    host = _host(tmp_path, transport=broken, profile_registry=broken)
    host.create_session(engine="echo").run("hi")

    with pytest.raises(ExceptionGroup) as caught:
        host.close()

    assert [str(error) for error in caught.value.exceptions] == ["the network is gone", "the disk is gone"]
    assert _no_thread_is_left()
    assert host.close().abandoned_threads == 0


def test_who_closes_beside_another_gets_the_same_report(tmp_path: Path) -> None:
    """Nobody is told that nothing was left while it is not known yet."""
    release, begun = threading.Event(), threading.Event()

    def is_deaf(_ctx: Any, given: Turn, _go_on: Any) -> Turn:
        begun.set()
        release.wait(30)
        return given

    host = _host(tmp_path, grace=0.1)
    host.create_session(engine="echo", middlewares=[is_deaf]).start("hi")
    assert begun.wait(10)

    with ThreadPoolExecutor() as pool:
        reports = [found.result() for found in [pool.submit(host.close) for _ in range(3)]]
    release.set()

    assert _no_thread_is_left()
    assert [report.abandoned_threads for report in reports] == [1, 1, 1]
    assert asyncio.run(host.aclose()) is reports[0]


def test_closing_while_closing_does_not_wait_for_itself(tmp_path: Path) -> None:
    """What a host closes may close the host, as an object that owns it would."""
    reports: list[object] = []

    class Owner(ProfileChain):
        def close(self) -> None:
            reports.append(host.close())

    host = _host(tmp_path, profile_registry=Owner())

    host.close()

    assert len(reports) == 1
