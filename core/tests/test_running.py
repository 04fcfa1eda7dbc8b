"""Closing a host: every run ends, every thread that can, and the time is bounded."""

import asyncio
import os
import random
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Callable
from contextvars import Context
from pathlib import Path
from typing import Any, TypeVarTuple, Unpack

import pytest
from geppetto import Host, RunContext, Turn
from geppetto.builtin.function import FunctionEngine
from geppetto.errors import GeppettoError, RunCancelled

Ts = TypeVarTuple("Ts")


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


async def _slow(ctx: RunContext, given: Turn) -> Turn:
    try:
        await asyncio.sleep(30)
    finally:
        await asyncio.sleep(0.05)  # it takes its time to end
    return given


def _host(tmp_path: Path, **options: Any) -> Host:
    return Host(plugins=False, env={"GEPPETTO_HOME": str(tmp_path)}, **options)


def test_close_waits_also_for_a_run_that_was_cancelled_before(tmp_path: Path) -> None:
    """A run that somebody else told to stop is still ending: it keeps its reason and its end is waited for."""
    host = _host(tmp_path, grace=2.0)
    runs = [host.create_session(engine=FunctionEngine(_slow, host.threads)).start("hi") for _ in range(2)]
    runs[0].cancel()

    assert host.close().abandoned_threads == 0

    assert [handle.is_running for handle in runs] == [False, False]
    for handle, reason in zip(runs, ("user", "host-closed"), strict=True):
        with pytest.raises(RunCancelled) as caught:
            handle.result(1)
        assert caught.value.details["reason"] == reason


async def test_a_host_that_is_closed_in_async_code_ends_its_runs(tmp_path: Path) -> None:
    """`aclose` waits for runs of the application's own loop; closing twice at once is fine."""
    host = _host(tmp_path)
    handle = host.create_session(engine=FunctionEngine(_slow, host.threads)).start("hi")
    await asyncio.sleep(0.01)

    reports = await asyncio.gather(host.aclose(), host.aclose())

    assert not handle.is_running
    assert {report.abandoned_threads for report in reports} == {0}
    with pytest.raises(RunCancelled):
        await handle


def test_aclose_does_not_wait_for_a_run_whose_loop_is_gone(tmp_path: Path) -> None:
    """A loop that was stopped under a run can end nothing; the host closes all the same."""
    host = _host(tmp_path, grace=0.05)

    async def begin() -> Any:
        return host.create_session(engine=FunctionEngine(_slow, host.threads)).start("hi")

    gone = asyncio.new_event_loop()
    handle = gone.run_until_complete(begin())

    assert asyncio.run(host.aclose()).abandoned_threads == 0
    assert handle.is_running

    async def finish() -> None:
        await handle.ended()

    gone.run_until_complete(finish())
    gone.close()


def test_close_does_not_wait_for_code_that_blocks_the_loop(tmp_path: Path) -> None:
    """Its thread is counted, and the time is bounded."""
    release, blocked = threading.Event(), threading.Event()

    async def blocks(ctx: RunContext, given: Turn) -> Turn:
        await asyncio.sleep(0.01)
        blocked.set()
        release.wait(30)
        return given

    host = _host(tmp_path, grace=0.02)
    host.create_session(engine=FunctionEngine(blocks, host.threads)).start("hi")
    blocked.wait(10)

    report = host.close()

    assert report.abandoned_threads == 1
    assert host.close() is report
    release.set()
    while any(thread.name == "geppetto-loop" for thread in threading.enumerate()):
        time.sleep(0.001)


def test_closing_inside_the_hosts_own_loop_is_refused(plain_host: Host) -> None:
    """A listener of a blocking run would make the host wait for itself; the host stays open."""
    refused: list[GeppettoError] = []

    def listener(_event: Any) -> None:
        try:
            plain_host.close()
        except GeppettoError as error:
            refused.append(error)

    completed = plain_host.create_session(engine="echo").run("hi", on={"run-started": listener})

    assert completed.text == "hi"
    assert refused[0].code == "BLOCKING_CALL_IN_LOOP"


def test_a_closed_host_refuses_every_kind_of_work(tmp_path: Path) -> None:
    """Each refusal is the same error of ours, and no thread is started for it."""
    host = _host(tmp_path)
    session, clock = host.create_session(engine="echo"), host.tool("clock")
    host.close()

    async def work() -> None:
        """Do nothing."""

    calls: list[Callable[[], Any]] = [
        lambda: session.run("hi"),
        lambda: session.start("hi"),
        lambda: host.call_tool(clock, {}),
        lambda: host.wait_for(work()),
        host.loop,
        lambda: host.threads.submit(print),
    ]
    for call in calls:
        with pytest.raises(GeppettoError, match="the host is closed") as caught:
            call()
        assert caught.value.code == "HOST_CLOSED"
    assert [t.name for t in threading.enumerate() if t.name.startswith("geppetto-")] == []


class _Late(asyncio.SelectorEventLoop):
    """A loop on the way to which one thread is held up, for as long as the host takes to close, or a moment."""

    on_its_way, closed = threading.Event(), threading.Event()

    def call_soon_threadsafe(
        self, callback: Callable[[Unpack[Ts]], object], *args: *Ts, context: Context | None = None
    ) -> asyncio.Handle:
        """Hold up the thread called `late`."""
        if threading.current_thread().name == "late":
            self.on_its_way.set()
            self.closed.wait(0.2)
        return super().call_soon_threadsafe(callback, *args, context=context)


def test_a_call_that_was_let_in_is_told_when_the_host_closes(tmp_path: Path) -> None:
    """Between the look whether the host is open and the beginning of the work the host does not close."""
    host, ends = _host(tmp_path, loop_factory=_Late), list[str]()

    def call() -> None:
        with pytest.raises(GeppettoError, match="the host is closed") as caught:
            host.wait_for(asyncio.sleep(30))
        ends.append(caught.value.code)

    late = threading.Thread(target=call, name="late", daemon=True)
    late.start()
    assert _Late.on_its_way.wait(10)

    host.close()
    _Late.closed.set()
    late.join(10)

    assert ends == ["HOST_CLOSED"]
    assert [t.name for t in threading.enumerate() if t.name.startswith("geppetto-")] == []


def test_runs_that_begin_while_the_host_closes_end_or_are_refused(tmp_path: Path) -> None:
    """No thread waits for a run that never begins, and no loop is started behind the host's back."""
    dice = random.Random(7)
    for _ in range(60):
        host = Host(plugins=False, env={"GEPPETTO_HOME": str(tmp_path)}, grace=1.0)
        ends: list[str] = []

        def work(host: Host = host, ends: list[str] = ends) -> None:
            try:
                while True:
                    host.create_session(engine="echo").run("hi")
            except GeppettoError as error:
                ends.append(error.code)

        threads = [threading.Thread(target=work, daemon=True) for _ in range(4)]
        for thread in threads:
            thread.start()
        time.sleep(dice.random() * 0.01)
        host.close()
        for thread in threads:
            thread.join(10)

        assert len(ends) == 4
        assert set(ends) <= {"HOST_CLOSED", "RUN_CANCELED"}
    assert [t.name for t in threading.enumerate() if t.name.startswith("geppetto-")] == []
