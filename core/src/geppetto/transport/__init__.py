"""The one way out to the network: guarded, timed, redacted, cancellable; names load on first use.

This package is the only one that names an HTTP library. Importing it loads none: `client` does, with the first
use of `HttpTransport`.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from geppetto.transport.client import HttpTransport
    from geppetto.transport.guard import Policy
    from geppetto.transport.redact import redact_headers, redact_text, redact_url
    from geppetto.transport.refusal import retry_after, should_retry
    from geppetto.transport.retry import RetryPolicy
    from geppetto.transport.sse import SseParser
    from geppetto.transport.timeouts import Limits

__all__ = [
    "HttpTransport",
    "Limits",
    "Policy",
    "RetryPolicy",
    "SseParser",
    "redact_headers",
    "redact_text",
    "redact_url",
    "retry_after",
    "should_retry",
]

_HOMES = {
    "HttpTransport": "client",
    "Limits": "timeouts",
    "Policy": "guard",
    "RetryPolicy": "retry",
    "SseParser": "sse",
    "redact_headers": "redact",
    "redact_text": "redact",
    "redact_url": "redact",
    "retry_after": "refusal",
    "should_retry": "refusal",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        msg = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(msg)
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return __all__
