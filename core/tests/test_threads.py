"""The host's worker threads: as many as are needed, reused, and gone after close."""

import os
import subprocess
import sys
import textwrap
import threading
from pathlib import Path

import pytest
from geppetto.errors import SessionError
from geppetto.threads import Threads


def test_an_idle_thread_is_used_again() -> None:
    """One call after the other needs one thread."""
    threads = Threads()
    used = set()
    for _ in range(20):
        used.add(threads.submit(threading.get_ident).result(10))
        while not threads._idle:  # it comes back after the result is out
            pass

    assert len(used) == 1
    assert threads.close() == 0


def test_calls_that_wait_for_each_other_all_get_a_thread() -> None:
    """There is no bound that could deadlock."""
    threads = Threads()
    meet = threading.Barrier(50)

    futures = [threads.submit(meet.wait, 10) for _ in range(50)]

    assert sorted(future.result(10) for future in futures) == list(range(50))
    assert threads.close() == 0


@pytest.mark.parametrize("error", [ValueError("x"), SystemExit(3), StopIteration()])
def test_what_a_function_raises_belongs_to_its_caller(error: BaseException) -> None:
    """The thread survives it."""
    threads = Threads()

    def raises() -> None:
        raise error

    assert threads.submit(raises).exception(10) is error
    assert threads.submit(lambda: 1).result(10) == 1
    assert threads.close() == 0


def test_a_call_that_was_cancelled_before_it_began_is_not_made() -> None:
    """Its thread goes on with the next."""
    threads = Threads()
    future = threads.submit(lambda: None)
    future.cancel()

    assert threads.submit(lambda: 2).result(10) == 2
    assert threads.close() == 0


def test_close_counts_what_does_not_come_back_and_refuses_more() -> None:
    """A busy thread gets the grace; later calls raise an error of ours."""
    threads = Threads()
    release = threading.Event()
    threads.submit(release.wait, 10)

    assert threads.close(0.01) == 1
    with pytest.raises(SessionError, match="the host is closed") as caught:
        threads.submit(print)

    assert caught.value.code == "HOST_CLOSED"
    release.set()
    assert threads.close() == 0


def test_closing_from_a_worker_does_not_wait_for_itself() -> None:
    """As when a plain middleware closes its host."""
    threads = Threads()

    assert threads.submit(threads.close, 5).result(10) == 0


def test_a_worker_that_was_idle_for_long_ends_unless_work_came() -> None:
    """Retiring takes it out of the pool; a worker that was just handed work stays."""
    threads = Threads()
    threads.submit(print).result(10)
    while not threads._idle:
        pass
    [worker] = threads._idle

    assert threads._retire(worker)
    assert not threads._retire(worker)
    assert (threads._idle, threads._alive) == ([], set())
    worker.inbox.put(None)
    worker.thread.join(10)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="the platform has no fork")
def test_a_forked_child_has_threads_of_its_own(tmp_path: Path) -> None:
    """Idle threads of the parent do not exist in the child: it starts new ones instead of waiting for them."""
    program = textwrap.dedent("""
        import os, sys, warnings
        warnings.simplefilter("ignore")
        from geppetto import Host
        host = Host(plugins=False)
        session = host.create_session(engine="echo", middlewares=[lambda ctx, turn, call_next: call_next(ctx, turn)])
        session.run("parent")
        child = os.fork()
        if child == 0:
            print(session.run("child").text, host.close().abandoned_threads, flush=True)
            os._exit(0)
        os.waitpid(child, 0)
    """)

    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False, timeout=60,
        env={**os.environ, "GEPPETTO_HOME": str(tmp_path)},
    )  # fmt: skip

    assert done.stdout == "child 0\n", done.stderr
