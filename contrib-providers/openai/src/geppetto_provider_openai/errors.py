"""What went wrong at the provider, as our errors: one table of the vendor's words, then the status."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from geppetto.errors import AuthenticationFailed, ProviderError, RateLimited, TransportError

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["classify", "invalid_reply", "stream_error", "truncated"]

_EXCERPT = 300
_SERVER_ERROR = 500


@dataclass(slots=True, frozen=True)
class _Meaning:
    """How we call an error, whether to try again, and what to advise."""

    kind: type[ProviderError] = ProviderError
    code: str = "PROVIDER_ERROR"
    retryable: bool = False
    next_step: str = ""


_KEY = _Meaning(AuthenticationFailed, "AUTHENTICATION_FAILED", next_step="check the API key and the base_url")
_QUOTA = _Meaning(
    RateLimited,
    "QUOTA_EXCEEDED",
    next_step="the quota is used up: waiting does not help, check plan and billing",
)
_RATE = _Meaning(RateLimited, "RATE_LIMITED", retryable=True, next_step="wait, or send fewer requests")
_MODEL = _Meaning(code="MODEL_NOT_FOUND", next_step="check the model's name and that the key may use it")
_LONG = _Meaning(
    code="CONTEXT_TOO_LONG", next_step="shorten the conversation or use a model with more context"
)
_BAD = _Meaning(code="INVALID_REQUEST")
_SERVER = _Meaning(code="PROVIDER_UNAVAILABLE", retryable=True)
_DENIED = _Meaning(AuthenticationFailed, "PERMISSION_DENIED", next_step="the key may not do this")
_FILTERED = _Meaning(code="CONTENT_FILTERED", next_step="the provider refused the prompt")

#: the vendor's `code`, or else its `type` -> meaning
_WORDS: dict[str, _Meaning] = {
    "invalid_api_key": _KEY,
    "authentication_error": _KEY,
    "insufficient_quota": _QUOTA,
    "billing_hard_limit_reached": _QUOTA,
    "billing_not_active": _QUOTA,
    "rate_limit_exceeded": _RATE,
    "rate_limit_error": _RATE,
    "requests": _RATE,
    "tokens": _RATE,
    "model_not_found": _MODEL,
    "DeploymentNotFound": _MODEL,
    "context_length_exceeded": _LONG,
    "string_above_max_length": _LONG,
    "unsupported_parameter": _Meaning(code="UNSUPPORTED_SETTING"),
    "unsupported_value": _Meaning(code="UNSUPPORTED_SETTING"),
    "content_filter": _FILTERED,
    "content_policy_violation": _FILTERED,
    "permission_error": _DENIED,
    "server_error": _SERVER,
    "overloaded_error": _SERVER,
    "api_error": _SERVER,
}
#: status -> meaning, where the words say nothing
_STATUSES: dict[int, _Meaning] = {
    400: _BAD,
    401: _KEY,
    402: _QUOTA,
    403: _DENIED,
    408: _SERVER,
    409: _SERVER,
    413: _LONG,
    422: _BAD,
    429: _RATE,
}
#: what hosts without codes write when the key is wrong, although the status is 400
_WRONG_KEY = ("incorrect api key", "invalid api key")


def classify(status: int, headers: Mapping[str, str], body: bytes) -> ProviderError:
    """Return the error that an answer of status 400 or more stands for."""
    from geppetto.transport import retry_after, should_retry

    lower = {name.lower(): value for name, value in headers.items()}
    error = _error(status, _detail(body), body)
    error.retry_after = retry_after(lower, time.time())
    told = should_retry(lower)
    error.retryable = error.retryable if told is None or error.code == _QUOTA.code else told
    if lower.get("x-request-id"):
        error.details["request_id"] = lower["x-request-id"]
    return error


def stream_error(found: Any) -> ProviderError:
    """Return the error that stands inside a stream, or inside a body of status 200."""
    detail = found if isinstance(found, dict) else {"message": str(found)}
    return _error(_status_of(detail), detail, b"")


def truncated() -> TransportError:
    """Return the error for a stream that ended before the model said why it stopped."""
    return TransportError(
        "the stream ended before the reply was complete",
        code="STREAM_TRUNCATED",
        retryable=True,
        next_step="try again; a proxy or a time limit may have cut the connection",
    )


def invalid_reply(text: str) -> TransportError:
    """Return the error for an answer that is no chat completion; it quotes the beginning."""
    return TransportError(
        f"the answer is no chat completion: {_quote(text)}",
        code="INVALID_RESPONSE",
        next_step="check the base_url: it must end where /chat/completions is appended",
    )


def _error(status: int | None, detail: Mapping[str, Any], body: bytes) -> ProviderError:
    meaning = _meaning(status, detail)
    message = str(detail.get("message") or "") or _quote(body.decode("utf-8", "replace"))
    known = {name: detail[name] for name in ("type", "code", "param") if detail.get(name) is not None}
    return meaning.kind(
        _redacted(message) or f"the provider answered {status}",
        code=meaning.code,
        status=status,
        retryable=meaning.retryable,
        subject=str(detail.get("param") or ""),
        next_step=_advice(meaning, detail),
        details={"error": known} if known else {},
    )


def _meaning(status: int | None, detail: Mapping[str, Any]) -> _Meaning:
    for name in ("code", "type"):
        found = _WORDS.get(str(detail.get(name)))
        if found is not None:
            return found
    if any(words in str(detail.get("message")).lower() for words in _WRONG_KEY):
        return _KEY
    if status is None:
        return _Meaning()
    if status >= _SERVER_ERROR:
        return _SERVER
    return _STATUSES.get(status, _Meaning())


def _advice(meaning: _Meaning, detail: Mapping[str, Any]) -> str:
    if meaning.code == "UNSUPPORTED_SETTING" and detail.get("param"):
        return f"this model does not take `{detail['param']}`: leave it out or use another model"
    return meaning.next_step


def _detail(body: bytes) -> Mapping[str, Any]:
    """Find the error object; it may be a text, stand alone, or be no JSON at all."""
    try:
        found = json.loads(body)
    except ValueError:
        return {}
    if isinstance(found, list) and found:
        found = found[0]
    if not isinstance(found, dict):
        return {"message": str(found)}
    error = found.get("error", found)
    return error if isinstance(error, dict) else {**found, "message": str(error or "")}


def _status_of(detail: Mapping[str, Any]) -> int | None:
    for name in ("status_code", "status", "code"):
        value = detail.get(name)
        if isinstance(value, int) and not isinstance(value, bool):
            return value
    return None


def _quote(text: str) -> str:
    shown = _redacted(" ".join(text.split()))
    return shown if len(shown) <= _EXCERPT else f"{shown[:_EXCERPT]}..."


def _redacted(text: str) -> str:
    from geppetto.transport import redact_text

    return redact_text(text)
