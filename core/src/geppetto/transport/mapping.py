"""One table: what the network stack raises, as our errors.

The names of the stack's own exceptions are no ground to retry on (some report a reset after the request as a failure
to connect). What counts is the cause at the bottom of the chain, and how far the request had got.
"""

from __future__ import annotations

import socket
import ssl
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

import httpcore

from geppetto.errors import TransportError
from geppetto.transport.redact import redact_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from geppetto.transport.timeouts import Phase, Waits

__all__ = ["FAILURES", "transport_error"]

#: everything that the network stack may raise at us
FAILURES = (
    httpcore.NetworkError,
    httpcore.ProtocolError,
    httpcore.ProxyError,
    httpcore.TimeoutException,
    httpcore.UnsupportedProtocol,
    OSError,
    UnicodeError,  # a host name that the resolver's encoding refuses
    zlib.error,  # a compressed body that is none
)
_BROKEN = (httpcore.NetworkError, OSError)
_UP = "check that the server is up and that the base URL's host and port are right"
_SLOW = "raise Limits.{}, or ask for less"
_SHOWN_CAUSE = 200


@dataclass(slots=True, frozen=True)
class _Row:
    """A cause, the phases in which it means this, and what it means."""

    kinds: type[Exception] | tuple[type[Exception], ...]
    phases: tuple[Phase, ...]
    code: str
    says: str
    next_step: str = "try again"
    retryable: bool = True
    eof: bool | None = None

    def fits(self, chain: list[BaseException], waits: Waits) -> bool:
        return (
            waits.phase in self.phases
            and self.eof in (None, waits.eof)
            and any(isinstance(link, self.kinds) for link in chain)
        )


_DIAL: tuple[Phase, ...] = ("connect",)
_SENT: tuple[Phase, ...] = ("waiting", "answered", "streaming")
_BODY: tuple[Phase, ...] = ("answered", "streaming")
_TIMEOUT = httpcore.TimeoutException
# The first row that fits counts. A row is retryable when the same request may succeed later; whether it may be sent
# again is for `retrying` to say, which knows if content was handed out.
_TABLE = (
    _Row((socket.gaierror, UnicodeError), _DIAL, "DNS_FAILED", "the host name was not found", _UP),
    _Row(
        ssl.SSLError,
        _DIAL,
        "TLS_FAILED",
        "no secure connection",
        "check the certificate and port",
        retryable=False,
    ),
    _Row(ConnectionRefusedError, _DIAL, "CONNECT_REFUSED", "the connection was refused", _UP),
    _Row(_TIMEOUT, _DIAL, "CONNECT_TIMEOUT", "no connection in time", _UP),
    _Row(
        httpcore.ProxyError,
        _DIAL,
        "PROXY_FAILED",
        "the proxy refused",
        "check the proxy's address and password",
    ),
    _Row(_BROKEN, _DIAL, "CONNECT_FAILED", "the connection failed", _UP),
    _Row(
        httpcore.ProxyError,
        _SENT,
        "PROXY_FAILED",
        "the proxy refused",
        "check the proxy's address and password",
    ),
    _Row(httpcore.WriteTimeout, _SENT, "IDLE_TIMEOUT", "the server takes no more of the request"),
    _Row(_TIMEOUT, _BODY[1:], "IDLE_TIMEOUT", "the stream has stalled", _SLOW.format("idle")),
    _Row(_TIMEOUT, _SENT, "FIRST_EVENT_TIMEOUT", "no answer in time", _SLOW.format("first_event")),
    _Row(httpcore.RemoteProtocolError, _BODY, "STREAM_TRUNCATED", "the answer ends in the middle", eof=True),
    _Row(httpcore.RemoteProtocolError, _SENT, "CONNECTION_RESET", "closed without an answer", eof=True),
    _Row(_BROKEN, _SENT, "CONNECTION_RESET", "the connection was reset"),
    _Row(Exception, _DIAL + _SENT, "PROTOCOL_ERROR", "this is not HTTP", _UP, retryable=False),
)


def transport_error(error: Exception, waits: Waits, origin: str) -> TransportError:
    """Return our error for what the network stack raised while talking to `origin`."""
    chain = list(_chain(error))
    row = next(row for row in _TABLE if row.fits(chain, waits))
    late = waits.by_deadline and any(isinstance(link, _TIMEOUT) for link in chain)
    return TransportError(
        f"{origin}: {row.says}" + (" before the run's deadline" if late else ""),
        code=row.code,
        retryable=row.retryable and not late,
        subject=origin,
        next_step="give the run more time" if late else row.next_step,
        details={"phase": waits.phase, "cause": redact_text(str(chain[-1]))[:_SHOWN_CAUSE]},
    )


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__
