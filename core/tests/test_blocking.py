"""A blocking call inside a running event loop is one error, whichever call it is."""

from collections.abc import Callable
from typing import Any

import pytest
from geppetto import Host
from geppetto.blocking import refuse_in_a_loop
from geppetto.errors import BlockingCallError, UsageError

_CALLS: dict[str, Callable[[Any, Any], Any]] = {
    "session.run": lambda session, _handle: session.run("hi"),
    "session.ask": lambda session, _handle: session.ask("hi", dict),
    "handle.result": lambda _session, handle: handle.result(),
    "for event in events": lambda _session, handle: next(iter(handle.events())),
}


@pytest.mark.parametrize("call", _CALLS)
async def test_every_blocking_call_is_refused_in_the_same_way(call: str, plain_host: Host) -> None:
    """The error says what was called and what to write instead; the loop is never held up."""
    session = plain_host.create_session(engine="echo")
    handle = session.start("go")

    with pytest.raises(BlockingCallError, match=f"{call}.* blocks; .* use `") as caught:
        _CALLS[call](session, handle)

    assert (caught.value.code, caught.value.exit_code) == ("BLOCKING_CALL_IN_LOOP", 2)
    assert caught.value.next_step.startswith(("await ", "async for "))
    await handle


async def test_it_is_an_error_of_usage_and_of_python() -> None:
    """Who knows nothing of ours catches it as what asyncio raises in such a case."""
    with pytest.raises(RuntimeError):
        refuse_in_a_loop("this", "that")
    with pytest.raises(UsageError):
        refuse_in_a_loop("this", "that")


def test_plain_code_may_block() -> None:
    """Without a loop nothing is refused."""
    refuse_in_a_loop("this", "that")
