"""What Gemini's errors mean: its status words, then the details that say more."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from geppetto.errors import AuthenticationFailed
from geppetto.provider import ErrorTable, Meaning, Meanings

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

__all__ = ["ERRORS"]

#: the error's `status`, a google.rpc.Code
_WORDS = {
    "INVALID_ARGUMENT": Meanings.BAD,
    "FAILED_PRECONDITION": Meanings.BAD,
    "OUT_OF_RANGE": Meanings.BAD,
    "UNAUTHENTICATED": Meanings.KEY,
    "PERMISSION_DENIED": Meanings.DENIED,
    "NOT_FOUND": Meanings.MISSING,
    "RESOURCE_EXHAUSTED": Meanings.RATE,
    "CANCELLED": Meanings.SERVER,
    "ABORTED": Meanings.SERVER,
    "INTERNAL": Meanings.SERVER,
    "UNKNOWN": Meanings.SERVER,
    "UNAVAILABLE": Meanings.OVERLOADED,
    "DEADLINE_EXCEEDED": Meanings.SLOW,
}
_PLACE = Meaning(
    AuthenticationFailed,
    "PERMISSION_DENIED",
    next_step="the Gemini API is not served where this request came from",
)
_SIGNATURE = Meaning(
    code="INVALID_REQUEST",
    next_step="a call of the current turn lost its thought signature: something rewrote or left out its block",
)
#: what the vendor says in prose only
_PHRASES = {
    "api key not valid": Meanings.KEY,
    "api key expired": Meanings.KEY,
    "api key was reported as leaked": Meanings.KEY,
    "location is not supported": _PLACE,
    "exceeds the maximum number of tokens": Meanings.LONG,
    "payload size exceeds the limit": Meanings.LONG,
    "is not found for api version": Meanings.MODEL,
    "missing a thought_signature": _SIGNATURE,
}
#: a detail's `reason` (google.rpc.ErrorInfo)
_REASONS = {
    "API_KEY_INVALID": Meanings.KEY,
    "API_KEY_EXPIRED": Meanings.KEY,
    "API_KEY_SERVICE_BLOCKED": Meanings.DENIED,
    "SERVICE_DISABLED": Meanings.DENIED,
    "MODEL_CAPACITY_EXHAUSTED": Meanings.OVERLOADED,
}
_PER_DAY = "PerDay"
_CANCELLED = 499
_SECONDS = re.compile(r"(\d+(?:\.\d+)?)s")


def _refine(detail: Mapping[str, Any], meaning: Meaning) -> Meaning:
    """Let the details decide: a wrong key comes as 400, a used-up day as the same 429 as a hasty minute."""
    for entry in _details(detail):
        if _is_daily(entry):
            return Meanings.QUOTA
        if str(entry.get("reason")) in _REASONS:
            return _REASONS[str(entry["reason"])]
    return meaning


def _wait(detail: Mapping[str, Any]) -> float | None:
    """Return the seconds that a RetryInfo asks for; beside a used-up day they mean nothing."""
    entries = list(_details(detail))
    if any(_is_daily(entry) for entry in entries):
        return None
    found = (_SECONDS.fullmatch(str(entry.get("retryDelay"))) for entry in entries)
    return next((float(match[1]) for match in found if match), None)


def _is_daily(entry: Mapping[str, Any]) -> bool:
    violations = entry.get("violations")
    listed = violations if isinstance(violations, list) else []
    return any(_PER_DAY in str(each.get("quotaId")) for each in listed if isinstance(each, dict))


def _details(detail: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    found = detail.get("details")
    yield from (entry for entry in found if isinstance(entry, dict)) if isinstance(found, list) else ()


#: the errors of this vendor, as HTTP answers and inside streams
ERRORS = ErrorTable(
    _WORDS,
    fields=("status",),
    phrases=_PHRASES,
    statuses={_CANCELLED: Meanings.SERVER},
    refine=_refine,
    wait=_wait,
)
