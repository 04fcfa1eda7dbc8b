"""The debug tap watches and never breaks a run."""

import pytest
from geppetto import DebugTap, Host
from geppetto.testing import run_context


@pytest.mark.parity(179, 180)
def test_a_failing_tap_is_logged_and_the_caller_goes_on(caplog: pytest.LogCaptureFixture) -> None:
    """A callback's error never reaches who calls the tap; the other points still work."""
    seen: list[object] = []

    def broken(*values: object) -> None:
        raise ValueError("oops")

    tap = DebugTap(on_http=broken, on_sse=lambda event, data: seen.append((event, data)))

    tap.call("on_http", "GET", "/", {}, None)
    tap.call("on_sse", "message", "x")
    tap.call("on_provider_object", {})

    assert "on_http failed" in caplog.text
    assert seen == [("message", "x")]


def test_a_sessions_tap_reaches_the_engine(plain_host: Host) -> None:
    """The context that an engine gets has the tap of its run."""
    tap = DebugTap()
    assert run_context(tap=tap).tap is tap
    seen: list[object] = []

    from geppetto.builtin.function import FunctionEngine

    def look(ctx: object, turn: object) -> str:
        seen.append(getattr(ctx, "tap", None))
        return "ok"

    plain_host.create_session(engine=FunctionEngine(look, plain_host.threads), tap=tap).run("hi")

    assert seen == [tap]
