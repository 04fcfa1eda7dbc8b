"""Ending: what a run ended with, for its own loop and for any thread."""

import threading

import pytest
from geppetto import Turn
from geppetto.errors import RunCancelled
from geppetto.inference.ending import Ending


def test_a_thread_waits_until_the_run_has_ended() -> None:
    """And gets the turn itself."""
    ending, turn = Ending(), Turn()
    threading.Timer(0.05, ending.settle, (turn, None)).start()

    ending.wait(5)

    assert ending.done
    assert ending.turn() is turn


def test_who_asks_late_does_not_wait() -> None:
    """Nor does who made the future before."""
    ending = Ending()
    before = ending.future()
    ending.settle(Turn(), None)

    ending.wait(0)

    assert before.done()
    assert ending.future() is before


def test_who_makes_a_future_late_finds_it_done() -> None:
    """As another event loop does."""
    ending = Ending()
    ending.settle(Turn(), None)

    assert ending.future().done()


def test_an_error_is_raised_to_everyone_who_asks() -> None:
    """Each time."""
    ending = Ending()
    ending.settle(Turn(), RunCancelled("stopped"))

    for _ in range(2):
        with pytest.raises(RunCancelled, match="stopped"):
            ending.turn()


def test_patience_ends() -> None:
    """The run goes on, and can be waited for again."""
    ending = Ending()

    with pytest.raises(TimeoutError):
        ending.wait(0.01)

    assert not ending.done
    assert not ending.future().cancel()


def test_many_threads_wait_for_one_run() -> None:
    """All of them hear of its end, whenever they began to wait."""
    ending, heard = Ending(), []

    def wait() -> None:
        ending.wait(5)
        heard.append(ending.turn().id)

    threads = [threading.Thread(target=wait) for _ in range(20)]
    for number, thread in enumerate(threads):
        thread.start()
        if number == 10:
            ending.settle(Turn(id="t"), None)
    for thread in threads:
        thread.join(5)

    assert heard == ["t"] * 20
