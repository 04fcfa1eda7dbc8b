"""Deps: everything that an engine, middleware or tool source may ask of its host, given from outside."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

if TYPE_CHECKING:
    import logging
    from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
    from contextlib import AbstractAsyncContextManager
    from pathlib import Path

    from geppetto.engine.context import RunContext
    from geppetto.engine.contract import CredentialSpec, Engine
    from geppetto.errors import ProviderError
    from geppetto.secret import Secret

__all__ = ["Credentials", "Deps", "HttpResponse", "Paths", "SseEvent", "Transport"]

T = TypeVar("T")


@dataclass(slots=True, frozen=True)
class SseEvent:
    """One server-sent event: its name (`message` when the stream gave none), data and last id."""

    event: str
    data: str
    id: str = ""


class HttpResponse(Protocol):
    """An open response with a status below 400."""

    status: int
    headers: Mapping[str, str]

    def sse(self) -> AsyncIterator[list[SseEvent]]:
        """Read server-sent events: one list per network read."""

    async def json(self) -> Any:
        """Read the whole body as JSON; raise TransportError when it is none."""

    async def read(self) -> bytes:
        """Read the whole body."""


class Transport(Protocol):
    """The one way out to the network: guarded, timed, redacted, cancellable."""

    def stream(
        self,
        method: str,
        url: str,
        *,
        ctx: RunContext,
        headers: Mapping[str, str | Secret] | None = None,
        json: Any = None,
        classify: Callable[[int, Mapping[str, str], bytes], ProviderError] | None = None,
    ) -> AbstractAsyncContextManager[HttpResponse]:
        """Send a request and open its response; leaving the block closes the connection unless it was read out.

        A status of 400 or more raises what `classify(status, headers, body)` makes of it (a generic
        ProviderError without it). Raises TransportError.
        """

    async def retrying(
        self, ctx: RunContext, attempt: Callable[[int], Awaitable[T]], *, started: Callable[[], bool]
    ) -> T:
        """Call `attempt(1)`, `attempt(2)`, ... until one succeeds.

        Another try is made only for an error whose `retryable` is true, while `started()` says that no content was
        handed out, and within the run's deadline; Retry-After is honoured. Each failed try emits
        `attempt-discarded`.
        """

    def with_local(self) -> Transport:
        """Return a view that may dial this machine and its network, for engines that are known to be there."""


class Credentials(Protocol):
    """Where keys come from."""

    def resolve(self, spec: CredentialSpec, *, base_url: str, explicit: Secret | None = None) -> Secret:
        """Return the key for `base_url`; raise CredentialError when there is none that may go there."""


@dataclass(slots=True, frozen=True)
class Paths:
    """The folders of a host."""

    config: Path
    data: Path


@dataclass(slots=True, frozen=True)
class Deps:
    """What a plugin's `build` gets; one type for engines, middlewares and tool sources.

    `engine(name, **settings)` builds another engine of the host, `per_loop(factory)` gives a function that makes
    one value per event loop (for async state: a host may serve several loops).
    """

    transport: Transport
    credentials: Credentials
    engine: Callable[..., Engine]
    per_loop: Callable[[Callable[[], Any]], Callable[[], Any]]
    paths: Paths
    clock: Callable[[], float]
    log: logging.Logger
    tools: Any = None
    submit: Any = None
    extra: Mapping[str, Any] = field(default_factory=dict)
