"""What stands in one language for a function or promise of the other: never a copy, always tied to one runtime."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any, NoReturn, Protocol, Self

from geppetto_js.errors import JsUsageError

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["HandleOwner", "HostFunction", "JsFunction", "JsHandle", "JsPromise"]


_VARIADIC = inspect.CO_VARARGS | inspect.CO_VARKEYWORDS


class HandleOwner(Protocol):
    """The runtime, as its handles see it."""

    def call(self, function: JsFunction, /, *args: Any, **options: Any) -> Any:
        """Call and wait."""
        ...

    async def call_async(self, function: JsFunction, /, *args: Any, **options: Any) -> Any:
        """Call from an event loop."""
        ...

    def settle(self, promise: JsPromise, /) -> Any:
        """Wait for a promise."""
        ...

    async def settle_async(self, promise: JsPromise, /) -> Any:
        """Wait for a promise on an event loop."""
        ...

    def let_go(self, number: int, /) -> None:
        """Forget a handle; may come from any thread."""
        ...


class JsHandle:
    """A function or promise of JavaScript; it keeps its runtime, and is let go when Python drops it."""

    __slots__ = ("__weakref__", "_number", "_owner")

    def __init__(self, owner: HandleOwner, number: int) -> None:
        self._owner, self._number = owner, number

    def id_for(self, owner: object) -> int:
        """Return the number under which `owner` knows it; a handle of another runtime is refused."""
        if owner is not self._owner:
            raise JsUsageError(
                f"a {type(self).__name__} belongs to another runtime",
                code="JS_FOREIGN_HANDLE",
                next_step="pass plain data between runtimes, or a Python function that calls the other one",
            )
        return self._number

    def __copy__(self) -> Self:
        """Return itself: a second one with its number would be let go for both."""
        return self

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        return self

    def __reduce__(self) -> NoReturn:
        raise JsUsageError(
            f"a {type(self).__name__} cannot be pickled: it stays with its runtime",
            code="JS_HANDLE_PICKLED",
            next_step="pickle plain data: what the function returns, or what the promise is settled with",
        )

    def __del__(self) -> None:
        owner = getattr(self, "_owner", None)  # one that was never finished has none
        if owner is not None:
            owner.let_go(self._number)


class JsFunction(JsHandle):
    """A function of a script."""

    __slots__ = ()

    def __repr__(self) -> str:  # stands in messages to who writes scripts
        return "a function of a script"

    def call(self, *args: Any, **options: Any) -> Any:
        """Call it and wait, as `Runtime.call`, which has the options."""
        return self._owner.call(self, *args, **options)

    async def call_async(self, *args: Any, **options: Any) -> Any:
        """Call it from an event loop, as `Runtime.call_async`, which has the options."""
        return await self._owner.call_async(self, *args, **options)


class JsPromise(JsHandle):
    """A promise of a script; `await` it, or wait for its `result`."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "a promise of a script"

    def result(self) -> Any:
        """Wait until it is settled; return its value or raise its error."""
        return self._owner.settle(self)

    def __await__(self) -> Any:
        return self._owner.settle_async(self).__await__()


class HostFunction:
    """A Python callable as scripts get it.

    A plain callable runs on the JavaScript thread. Of a coroutine function a script gets a promise, or, when it is
    `blocking`, the result itself: the script stands still, and meanwhile its thread serves calls of the same root.
    """

    __slots__ = ("blocking", "fn", "name")

    def __init__(self, fn: Callable[..., Any], *, name: str | None = None, blocking: bool = False) -> None:
        self.fn = fn
        self.name = name if name is not None else str(getattr(fn, "__name__", ""))
        self.blocking = blocking

    @property
    def is_async(self) -> bool:
        """Say whether it is a coroutine function."""
        return inspect.iscoroutinefunction(self.fn) or inspect.iscoroutinefunction(
            getattr(self.fn, "__call__", None)  # noqa: B004  # an object with an async __call__
        )

    @property
    def arity(self) -> int | None:
        """Return how many arguments a script's call hands over; None where all that are given are.

        A plain function without defaults gets as many as it has parameters, as a script's own function would: what is
        missing is None, what is more is dropped. Read from the code object: a signature takes longer than many calls.
        """
        fn = getattr(self.fn, "__func__", self.fn)
        code = getattr(fn, "__code__", None)
        if code is None or fn.__defaults__ or code.co_flags & _VARIADIC or code.co_kwonlyargcount:
            return None
        return int(code.co_argcount) - (fn is not self.fn)
