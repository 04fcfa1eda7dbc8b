"""What OpenAI's errors mean: its words, and those of hosts that speak its API."""

from __future__ import annotations

from geppetto.provider import ErrorTable, Meanings

__all__ = ["ERRORS"]

#: the vendor's `code`, or else its `type` -> meaning
_WORDS = {
    "invalid_api_key": Meanings.KEY,
    "authentication_error": Meanings.KEY,
    "insufficient_quota": Meanings.QUOTA,
    "billing_hard_limit_reached": Meanings.QUOTA,
    "billing_not_active": Meanings.QUOTA,
    "rate_limit_exceeded": Meanings.RATE,
    "rate_limit_error": Meanings.RATE,
    "requests": Meanings.RATE,
    "tokens": Meanings.RATE,
    "model_not_found": Meanings.MODEL,
    "DeploymentNotFound": Meanings.MODEL,
    "context_length_exceeded": Meanings.LONG,
    "string_above_max_length": Meanings.LONG,
    "unsupported_parameter": Meanings.SETTING,
    "unsupported_value": Meanings.SETTING,
    "content_filter": Meanings.FILTERED,
    "content_policy_violation": Meanings.FILTERED,
    "permission_error": Meanings.DENIED,
    "server_error": Meanings.SERVER,
    "overloaded_error": Meanings.OVERLOADED,
    "api_error": Meanings.SERVER,
}
#: what hosts without codes write when the key is wrong, although the status is 400
_PHRASES = {"incorrect api key": Meanings.KEY, "invalid api key": Meanings.KEY}

#: the errors of OpenAI and compatible hosts
ERRORS = ErrorTable(_WORDS, phrases=_PHRASES)
