"""What an HTTP status says: refusals as errors, and when the server wants to be asked again."""

from __future__ import annotations

import json
import math
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any

from geppetto.errors import AuthenticationFailed, ProviderError, RateLimited, TransportError
from geppetto.transport.redact import redact_text, redact_url

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    Classify = Callable[[int, Mapping[str, str], bytes], ProviderError]

__all__ = ["kept_headers", "redirect", "refusal", "retry_after", "should_retry"]

_RETRYABLE = frozenset({408, 409, 429})
_SERVER_ERROR = 500
_UNAUTHORISED = frozenset({401, 403})
_TOO_MANY = 429
_SHOWN_BODY = 500
_KEPT = ("request-id", "x-request-id", "cf-ray", "retry-after", "retry-after-ms", "x-should-retry")


def retry_after(headers: Mapping[str, str], now: float) -> float | None:
    """Return the seconds the server asks to wait, or None; `now` is Unix time.

    `retry-after-ms` (used by vendors, finer) goes before `retry-after`, which is seconds or an HTTP date (RFC 9110
    §10.2.3). What is negative, not finite or unreadable counts as absent; a date that has passed is 0.
    """
    milliseconds = _number(headers.get("retry-after-ms"))
    if milliseconds is not None:
        return milliseconds / 1000
    seconds = _number(headers.get("retry-after"))
    return seconds if seconds is not None else _until(headers.get("retry-after"), now)


def _number(text: str | None) -> float | None:
    try:
        value = float(text or "")
    except ValueError:
        return None
    return value if math.isfinite(value) and value >= 0 else None


def _until(date: str | None, now: float) -> float | None:
    try:
        return max(0.0, parsedate_to_datetime(date or "").timestamp() - now)
    except (ValueError, OverflowError):
        return None


def should_retry(headers: Mapping[str, str]) -> bool | None:
    """Return what `x-should-retry` says, None when the server does not say."""
    return {"true": True, "false": False}.get(headers.get("x-should-retry", "").strip().lower())


def kept_headers(headers: Mapping[str, str]) -> dict[str, str]:
    """Return the headers that tell about limits and the request's id: callers back off by them."""
    return {
        name: redact_text(value) for name, value in headers.items() if name in _KEPT or "ratelimit" in name
    }


def refusal(
    origin: str,
    status: int,
    headers: Mapping[str, str],
    body: bytes,
    classify: Classify | None,
    *,
    now: float,
) -> ProviderError:
    """Return the error for a status of 400 or more: what `classify` makes of it, completed, or a generic one."""
    error = classify(status, headers, body) if classify else _generic(origin, status, headers, body)
    error.status = error.status or status
    if error.retry_after is None:
        error.retry_after = retry_after(headers, now)
    error.details.setdefault("status", status)
    error.details.setdefault("headers", kept_headers(headers))
    return error


def _generic(origin: str, status: int, headers: Mapping[str, str], body: bytes) -> ProviderError:
    kind = (
        AuthenticationFailed
        if status in _UNAUTHORISED
        else RateLimited
        if status == _TOO_MANY
        else ProviderError
    )
    told = should_retry(headers)
    return kind(
        f"{origin} answered {status}: {_excerpt(body)}",
        status=status,
        retryable=(status in _RETRYABLE or status >= _SERVER_ERROR) if told is None else told,
        subject=origin,
        next_step="check the key" if kind is AuthenticationFailed else "",
    )


def _excerpt(body: bytes) -> str:
    text = body.decode("utf-8", "replace")
    try:
        found: Any = json.loads(text)["error"]
        text = found["message"] if isinstance(found, dict) else found
    except (ValueError, KeyError, TypeError, RecursionError):
        pass
    return redact_text(" ".join(str(text).split()))[:_SHOWN_BODY] or "no text"


def redirect(origin: str, status: int, headers: Mapping[str, str]) -> TransportError:
    """Return the error for a redirect: it is not followed, so no credential travels to another host."""
    location = redact_url(headers.get("location", "nowhere")).partition("?")[0]
    return TransportError(
        f"{origin} answered {status} and points to {location}; redirects are not followed",
        code="REDIRECT_REFUSED",
        subject=origin,
        next_step="if that place is right, make it the base URL",
        details={"status": status, "location": location},
    )
