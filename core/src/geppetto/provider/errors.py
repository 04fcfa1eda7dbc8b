"""What went wrong at a vendor, as our errors: one table of the vendor's words, then the status."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from geppetto.errors import AuthenticationFailed, ProviderError, RateLimited, TransportError
from geppetto.provider.content import compact

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = ["ErrorTable", "Meaning", "Meanings", "invalid_reply", "truncated"]

_EXCERPT, _BODY = 300, 2000
_SERVER_ERROR = 500
_REQUEST_ID = ("x-request-id", "request-id")


@dataclass(slots=True, frozen=True)
class Meaning:
    """How we call an error, whether to try again, and what to advise."""

    kind: type[ProviderError] = ProviderError
    code: str = "PROVIDER_ERROR"
    retryable: bool = False
    next_step: str = ""


class Meanings:
    """The errors that every vendor has words for."""

    KEY = Meaning(
        AuthenticationFailed, "AUTHENTICATION_FAILED", next_step="check the API key and the base_url"
    )
    DENIED = Meaning(AuthenticationFailed, "PERMISSION_DENIED", next_step="the key may not do this")
    QUOTA = Meaning(
        RateLimited,
        "QUOTA_EXCEEDED",
        next_step="the quota is used up: waiting does not help, check plan and billing",
    )
    RATE = Meaning(RateLimited, "RATE_LIMITED", retryable=True, next_step="wait, or send fewer requests")
    MODEL = Meaning(code="MODEL_NOT_FOUND", next_step="check the model's name and that the key may use it")
    MISSING = Meaning(code="NOT_FOUND", next_step="check the base_url and the model's name")
    LONG = Meaning(
        code="CONTEXT_TOO_LONG", next_step="shorten the conversation or use a model with more context"
    )
    BAD = Meaning(code="INVALID_REQUEST")
    SETTING = Meaning(code="UNSUPPORTED_SETTING")
    FILTERED = Meaning(code="CONTENT_FILTERED", next_step="the provider refused the prompt")
    OVERLOADED = Meaning(code="PROVIDER_OVERLOADED", retryable=True, next_step="try again in a while")
    SERVER = Meaning(code="PROVIDER_UNAVAILABLE", retryable=True)
    SLOW = Meaning(code="PROVIDER_TIMEOUT", retryable=True, next_step="ask for less in one request")


_STATUSES: dict[int, Meaning] = {
    400: Meanings.BAD,
    401: Meanings.KEY,
    402: Meanings.QUOTA,
    403: Meanings.DENIED,
    404: Meanings.MISSING,
    408: Meanings.SLOW,
    409: Meanings.SERVER,
    413: Meanings.LONG,
    422: Meanings.BAD,
    429: Meanings.RATE,
    504: Meanings.SLOW,
    529: Meanings.OVERLOADED,
}


class ErrorTable:
    """One vendor's errors.

    `words` maps what stands in one of the error object's `fields` (`code`, `type`, `status`) to a meaning and goes
    before the status; `phrases` maps lower-case parts of the message, for vendors that say some things only in prose;
    `statuses` corrects the usual meaning of a status. `refine(detail, meaning)` has the last word.
    """

    def __init__(
        self,
        words: Mapping[str, Meaning],
        *,
        fields: tuple[str, ...] = ("code", "type"),
        phrases: Mapping[str, Meaning] | None = None,
        statuses: Mapping[int, Meaning] | None = None,
        refine: Callable[[Mapping[str, Any], Meaning], Meaning] | None = None,
        wait: Callable[[Mapping[str, Any]], float | None] | None = None,
    ) -> None:
        self._words, self._fields, self._phrases = words, fields, phrases or {}
        self._statuses = {**_STATUSES, **(statuses or {})}
        self._refine, self._wait = refine, wait

    def classify(self, status: int, headers: Mapping[str, str], body: bytes) -> ProviderError:
        """Return the error that an answer of status 400 or more stands for."""
        from geppetto.transport import retry_after, should_retry

        lower = {name.lower(): value for name, value in headers.items()}
        error = self._error(status, _detail(body), body)
        asked = retry_after(lower, time.time())
        error.retry_after = error.retry_after if asked is None else asked
        told = should_retry(lower)
        error.retryable = error.retryable if told is None or error.code == Meanings.QUOTA.code else told
        request_id = next((lower[name] for name in _REQUEST_ID if lower.get(name)), "")
        if request_id:
            error.details["request_id"] = request_id
        if body:
            error.details["body"] = _redacted(body.decode("utf-8", "replace"))[:_BODY]
        return error

    def inside(self, found: Any) -> ProviderError:
        """Return the error that stands inside a stream, or inside a body of status 200."""
        detail = found if isinstance(found, dict) else {"message": str(found)}
        return self._error(_status_of(detail), detail, b"")

    def _error(self, status: int | None, detail: Mapping[str, Any], body: bytes) -> ProviderError:
        meaning = self._meaning(status, detail)
        if self._refine is not None:
            meaning = self._refine(detail, meaning)
        message = str(detail.get("message") or "") or _quote(body.decode("utf-8", "replace"))
        known = {
            name: detail[name] for name in (*self._fields, "param", "reason") if detail.get(name) is not None
        }
        error = meaning.kind(
            _redacted(message) or f"the provider answered {status}",
            code=meaning.code,
            status=status,
            retryable=meaning.retryable,
            subject=str(detail.get("param") or ""),
            next_step=_advice(meaning, detail),
            details={"error": known} if known else {},
        )
        error.retry_after = self._wait(detail) if self._wait is not None else None
        return error

    def _meaning(self, status: int | None, detail: Mapping[str, Any]) -> Meaning:
        for name in self._fields:
            found = self._words.get(str(detail.get(name)))
            if found is not None:
                return self._by_phrase(detail) or found
        by_phrase = self._by_phrase(detail)
        if by_phrase is not None:
            return by_phrase
        if status is None:
            return Meaning()
        if status in self._statuses:
            return self._statuses[status]
        return Meanings.SERVER if status >= _SERVER_ERROR else Meaning()

    def _by_phrase(self, detail: Mapping[str, Any]) -> Meaning | None:
        message = str(detail.get("message")).lower()
        return next((meaning for phrase, meaning in self._phrases.items() if phrase in message), None)


def truncated() -> TransportError:
    """Return the error for a stream that ended before the model said why it stopped."""
    return TransportError(
        "the stream ended before the reply was complete",
        code="STREAM_TRUNCATED",
        retryable=True,
        next_step="try again; a proxy or a time limit may have cut the connection",
    )


def invalid_reply(found: Any) -> TransportError:
    """Return the error for an answer that is none of this API; it quotes the beginning."""
    try:
        text = found if isinstance(found, str) else compact(found)
    except (TypeError, ValueError):
        text = str(found)
    return TransportError(
        f"the answer is none of this API: {_quote(text)}",
        code="INVALID_RESPONSE",
        next_step="check the base_url, and that what answers there speaks this engine's API",
    )


def _advice(meaning: Meaning, detail: Mapping[str, Any]) -> str:
    if meaning.code == Meanings.SETTING.code and detail.get("param"):
        return f"this model does not take `{detail['param']}`: leave it out or use another model"
    return meaning.next_step


def _detail(body: bytes) -> Mapping[str, Any]:
    """Find the error object; it may be a text, stand alone or in a list, be JSON in a text, or be no JSON at all."""
    try:
        found = json.loads(body)
        while isinstance(found, str) and found.lstrip()[:1] in ("{", "["):
            found = json.loads(found)
    except (ValueError, RecursionError):
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
