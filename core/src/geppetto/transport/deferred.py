"""LazyTransport: the host's transport, whose HTTP library is imported with the first request."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from geppetto.transport import HttpTransport

__all__ = ["LazyTransport"]


class LazyTransport:
    """Stand for an HttpTransport until it is used."""

    def __init__(self, **options: Any) -> None:
        self._options = options
        self._made: HttpTransport | None = None
        self._lock = threading.Lock()

    def _transport(self) -> HttpTransport:
        with self._lock:  # two would each keep connections, and one of them would never be closed
            if self._made is None:
                from geppetto.transport import HttpTransport

                self._made = HttpTransport(**self._options)
            return self._made

    def stream(self, method: str, url: str, **options: Any) -> Any:
        """Send a request and open its response (see `Transport.stream`)."""
        return self._transport().stream(method, url, **options)

    def retrying(self, ctx: Any, attempt: Any, *, started: Any) -> Any:
        """Call `attempt` until one succeeds (see `Transport.retrying`)."""
        return self._transport().retrying(ctx, attempt, started=started)

    def with_local(self) -> LazyTransport:
        """Return a view that may dial this machine (see `Transport.with_local`); closing this one closes both."""
        return _LocalView(self)

    def open_connections(self) -> int:
        """Return the number of connections in use or idle."""
        return 0 if self._made is None else self._made.open_connections()

    async def aclose(self) -> None:
        """Close the connections of the running loop, if any were made."""
        if self._made is not None:
            await self._made.aclose()


class _LocalView(LazyTransport):
    """The same transport under a wider policy."""

    def __init__(self, whole: LazyTransport) -> None:
        super().__init__()
        self._whole = whole

    def _transport(self) -> HttpTransport:
        if self._made is None:  # two made at once are one thing as well
            self._made = self._whole._transport().with_local()  # noqa: SLF001  # one thing in two views
        return self._made
