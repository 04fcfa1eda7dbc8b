"""What Anthropic's errors mean (docs.anthropic.com, "Errors")."""

from __future__ import annotations

from geppetto.provider import ErrorTable, Meanings

__all__ = ["ERRORS"]

_WORDS = {
    "invalid_request_error": Meanings.BAD,
    "authentication_error": Meanings.KEY,
    "billing_error": Meanings.QUOTA,
    "permission_error": Meanings.DENIED,
    "not_found_error": Meanings.MODEL,
    "request_too_large": Meanings.LONG,
    "rate_limit_error": Meanings.RATE,
    "timeout_error": Meanings.SLOW,
    "api_error": Meanings.SERVER,
    "overloaded_error": Meanings.OVERLOADED,
}
#: what only the message says
_PHRASES = {
    "prompt is too long": Meanings.LONG,
    "exceed context limit": Meanings.LONG,
    "credit balance is too low": Meanings.QUOTA,
    "extra inputs are not permitted": Meanings.SETTING,
}

#: the errors of the Messages API
ERRORS = ErrorTable(_WORDS, fields=("type",), phrases=_PHRASES)
