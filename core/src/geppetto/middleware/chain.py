"""The chain: the middlewares of a run, bound once, and composed around the engine, the run and each tool.

First listed is outermost at every point; the order is never changed.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, TypeAlias

from geppetto.errors import GeppettoError, InvalidOption, MiddlewareError
from geppetto.events.model import Event
from geppetto.middleware.bridge import call_plain, is_async, name_of
from geppetto.notes import with_notes

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence

    from geppetto.engine.context import RunContext
    from geppetto.threads import Threads

__all__ = ["Chain", "MiddlewareUse", "bind", "by_point"]

#: what a point wraps: `(ctx, turn or call) -> turn or outcome`
Handler: TypeAlias = "Callable[[RunContext, Any], Awaitable[Any]]"

_POINTS = ("run", "call", "tool", "event")


@dataclass(slots=True, frozen=True)
class MiddlewareUse:
    """One middleware in one place of a list: its name, its index and its wrap points."""

    name: str
    index: int
    points: dict[str, Callable[..., Any]]
    timeout: float | None = None
    #: the points that are coroutine functions; asked once, a chain is composed for every run
    awaited: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        found = frozenset(point for point, fn in self.points.items() if is_async(fn))
        object.__setattr__(self, "awaited", found)

    @property
    def label(self) -> str:
        """How messages call it."""
        return f"middleware {self.index} ({self.name})"


def bind(middleware: Any, index: int, *, name: str = "", timeout: float | None = None) -> MiddlewareUse:
    """Read which points a middleware wraps; a name or timeout given here wins over its own.

    Raises InvalidOption for something that is no middleware, and for a timeout that is no number of seconds.
    """
    if isinstance(middleware, MiddlewareUse):
        seconds = middleware.timeout if timeout is None else _seconds(timeout, index)
        return replace(middleware, index=index, name=name or middleware.name, timeout=seconds)
    points = _points(middleware)
    if not points or is_async(points.get("event")):
        raise InvalidOption(
            f"unsupported middleware specification at index {index}: {middleware!r:.80}",
            subject=f"middlewares/{index}",
            next_step="pass a callable (ctx, turn, call_next) or an object with run, call, tool or (plain) event",
        )
    own = getattr(middleware, "timeout", None) if timeout is None else timeout
    name = name or getattr(middleware, "name", "") or name_of(middleware)
    return MiddlewareUse(str(name), index, points, _seconds(own, index))


def _points(middleware: Any) -> dict[str, Callable[..., Any]]:
    if isinstance(middleware, type):  # its methods lack their `self`
        return {}
    points = {point: fn for point in _POINTS if callable(fn := getattr(middleware, point, None))}
    return points or ({"call": middleware} if callable(middleware) else {})


def _seconds(timeout: Any, index: int) -> float | None:
    if timeout is None or (
        isinstance(timeout, (int, float)) and not isinstance(timeout, bool) and timeout > 0
    ):
        return timeout
    raise InvalidOption(
        f"timeout of the middleware at index {index}: expected seconds above 0, got {timeout!r:.80}",
        subject=f"middlewares/{index}/timeout",
    )


def by_point(uses: Sequence[MiddlewareUse]) -> Mapping[str, tuple[MiddlewareUse, ...]]:
    """Sort the middlewares of a list by the points that they wrap, innermost first; once for all its runs."""
    return {point: tuple(use for use in reversed(uses) if point in use.points) for point in _POINTS}


class Chain:
    """The middlewares of one run, ready to be wrapped around its parts."""

    def __init__(
        self, uses: Mapping[str, Sequence[MiddlewareUse]], threads: Threads, *, grace: float = 2.0
    ) -> None:
        self._uses = uses
        self._threads = threads
        self._grace = grace

    def has(self, point: str) -> bool:
        """Say whether any middleware wraps this point."""
        return bool(self._uses[point])

    def wrap(self, point: str, inner: Handler, gives: type) -> Handler:
        """Compose the middlewares of a point around `inner`; each must return a `gives`."""
        handler = inner
        for use in self._uses[point]:
            handler = self._layer(use, point, handler, gives)
        return handler

    def _layer(self, use: MiddlewareUse, point: str, inner: Handler, gives: type) -> Handler:
        fn = use.points[point]
        invoke = fn if point in use.awaited else self._plain(fn)

        async def layer(ctx: RunContext, value: Any) -> Any:
            try:
                result = await invoke(ctx.derive(middleware_name=use.name), value, inner)
            except GeppettoError:
                raise
            except (Exception, SystemExit) as error:
                raise _failed(use, error) from error
            if not isinstance(result, gives):
                raise _misfit(use, result, gives.__name__)
            return result

        return layer if use.timeout is None else _timed(use, layer, use.timeout, self._grace)

    def _plain(self, fn: Callable[..., Any]) -> Callable[..., Awaitable[Any]]:
        async def invoke(ctx: RunContext, value: Any, inner: Any) -> Any:
            return await call_plain(
                self._threads, fn, (ctx, value), inner, grace=self._grace, leave=ctx.port.leave
            )

        return invoke

    def pass_event(self, ctx: RunContext, event: Event) -> Sequence[Event]:
        """Hand an event through the event points, innermost first; what comes out may be none or several."""
        found: Sequence[Event] = (event,)
        for use in self._uses["event"]:
            found = [out for one in found for out in _handled(use, use.points["event"], ctx, one)]
        return found


def _handled(use: MiddlewareUse, point: Callable[..., Any], ctx: RunContext, event: Event) -> Sequence[Event]:
    try:
        result = point(ctx, event)
    except GeppettoError:
        raise
    except (Exception, SystemExit, asyncio.CancelledError) as error:  # in plain code it cancels nobody
        raise _failed(use, error) from error
    if result is None:
        return ()
    found = result if isinstance(result, (list, tuple)) else (result,)
    for one in found:
        if not isinstance(one, Event):
            raise _misfit(use, one, "Event, a list of them or None")
    return found


def _timed(use: MiddlewareUse, layer: Handler, seconds: float, grace: float) -> Handler:
    async def timed(ctx: RunContext, value: Any) -> Any:
        # one that ignores its cancel cannot be ended from here: then the run is
        last_resort = asyncio.get_running_loop().call_later(
            seconds + grace, ctx.port.fail, _too_slow(use, seconds)
        )
        try:
            async with asyncio.timeout(seconds) as clock:
                result = await layer(ctx, value)
        except TimeoutError as error:
            raise with_notes(_too_slow(use, seconds), error.__cause__) from error
        finally:
            last_resort.cancel()
        if clock.expired():  # it ate the cancel and returned: late all the same
            raise _too_slow(use, seconds)
        return result

    return timed


def _about(use: MiddlewareUse) -> dict[str, Any]:
    return {"subject": use.name, "details": {"middleware": use.name, "index": use.index}}


def _failed(use: MiddlewareUse, error: BaseException) -> MiddlewareError:
    return MiddlewareError(f"{use.label}: {type(error).__name__}: {error}", **_about(use))


def _misfit(use: MiddlewareUse, result: Any, expected: str) -> MiddlewareError:
    return MiddlewareError(
        f"{use.label} returned {type(result).__name__}, expected {expected}",
        code="MIDDLEWARE_RESULT",
        next_step="return what came in, or another of its kind",
        **_about(use),
    )


def _too_slow(use: MiddlewareUse, seconds: float) -> MiddlewareError:
    return MiddlewareError(
        f"{use.label} took longer than {seconds:g} s",
        code="MIDDLEWARE_TIMEOUT",
        next_step="raise its timeout, or look at what it waits for",
        **_about(use),
    )
