"""In debug mode a middleware that does what it does not declare is told on."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from geppetto import Host, MiddlewareDefinition, Turn, block
from geppetto.events import Log
from geppetto.middleware import Effects

Hosted = Callable[..., Host]
Make = Callable[..., MiddlewareDefinition]
PROFILE = "slug: r\nprofiles: {default: {runtime: {step_settings_patch: {engine: {name: echo}}, middlewares: [{name: m, id: a}]}}}"


def _added(turn: Turn, word: str) -> Turn:
    changed = turn.clone()
    changed.blocks.append(block.system(word))
    return changed


async def _passes(ctx: Any, turn: Turn, call_next: Any) -> Turn:
    return await call_next(ctx, turn)  # type: ignore[no-any-return]


async def _writes_request(ctx: Any, turn: Turn, call_next: Any) -> Turn:
    return await call_next(ctx, _added(turn, "x"))  # type: ignore[no-any-return]


async def _edits_in_place(ctx: Any, turn: Turn, call_next: Any) -> Turn:
    turn.blocks.append(block.system("x"))
    return await call_next(ctx, turn)  # type: ignore[no-any-return]


async def _writes_response(ctx: Any, turn: Turn, call_next: Any) -> Turn:
    return _added(await call_next(ctx, turn), "x")


async def _answers(ctx: Any, turn: Turn, call_next: Any) -> Turn:
    return _added(turn, "x")


def _plain_writes_request(ctx: Any, turn: Turn, call_next: Any) -> Turn:
    return call_next(ctx, _added(turn, "x"))  # type: ignore[no-any-return]


def _plain_answers(ctx: Any, turn: Turn, call_next: Any) -> Turn:
    return _added(turn, "x")


def _reports(hosted: Hosted, definition: MiddlewareDefinition, *, debug: bool = True) -> list[Log]:
    host = hosted(PROFILE, middleware_definitions=[definition])
    found: list[Log] = []
    session = host.create_engine_factory().create_session(debug=debug)
    session.run("hi", on={"log": found.append})
    return found


@pytest.mark.parity(320)
@pytest.mark.parametrize(
    ("call", "effect", "what"),
    [
        (_writes_request, "writes_request", "changed the request"),
        (_edits_in_place, "writes_request", "changed the request"),
        (_plain_writes_request, "writes_request", "changed the request"),
        (_writes_response, "writes_response", "changed the response"),
        (_answers, "short_circuits", "answered by itself"),
        (_plain_answers, "short_circuits", "answered by itself"),
    ],
)
def test_a_lie_is_reported(hosted: Hosted, middleware: Make, call: Any, effect: str, what: str) -> None:
    """As a log event with the use's label and the effect that is missing; declared, or without debug, as nothing."""
    lying = middleware("m", lambda _deps, _config: call, Effects())
    declared: dict[str, Any] = {effect: True}
    honest = middleware("m", lambda _deps, _config: call, Effects(**declared))

    (report,) = _reports(hosted, lying)

    assert report.level == "warning"
    assert report.message == f"middleware m#a {what} and does not declare `{effect}`"
    assert report.fields == {"middleware": "m#a", "effect": effect}
    assert _reports(hosted, honest) == []
    assert _reports(hosted, lying, debug=False) == []


def test_who_does_what_it_says_or_says_nothing_is_left_alone(hosted: Hosted, middleware: Make) -> None:
    """No report for one that only passes on, nor for one that declares nothing."""
    assert _reports(hosted, middleware("m", lambda _deps, _config: _passes, Effects())) == []
    assert _reports(hosted, middleware("m", lambda _deps, _config: _answers, None)) == []
