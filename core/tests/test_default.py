"""The default host: one for the process, another inside a block."""

import threading

import geppetto
from geppetto import Host, default_host, tool, use_host


def test_the_default_host_is_made_once_and_replaced_for_a_block(plain_host: Host) -> None:
    """Module-level functions use the host of the block."""
    outside = default_host()

    with use_host(plain_host):
        inside = default_host()
        made = geppetto.create_session(engine="echo")

    assert inside is plain_host
    assert default_host() is outside
    assert made.run("hi").text == "hi"


def test_the_default_host_goes_with_the_context_not_with_the_process(plain_host: Host) -> None:
    """A thread outside the block does not see the block's host; the context of the block does, and so do its tools."""
    outside = default_host()
    seen: list[Host] = []

    with use_host(plain_host):
        thread = threading.Thread(target=lambda: seen.append(default_host()))
        thread.start()
        thread.join(10)

        @tool
        def where() -> None:
            """Look."""
            seen.append(default_host())

        plain_host.call_tool(where, {})

    assert seen == [outside, plain_host]
