import json
from typing import Any

import pytest
from geppetto.errors import AuthenticationFailed, ProviderError, RateLimited
from geppetto_provider_gemini.errors import ERRORS


def _body(message: str = "oops", status: str = "", details: Any = None, **more: Any) -> bytes:
    error = {"message": message, "status": status, "details": details or [], **more}
    return json.dumps({"error": error}).encode()


def _info(reason: str) -> dict[str, Any]:
    return {"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": reason, "domain": "googleapis.com"}


def _quota(quota_id: str) -> dict[str, Any]:
    return {"@type": "type.googleapis.com/google.rpc.QuotaFailure", "violations": [{"quotaId": quota_id}]}


def _retry(delay: str) -> dict[str, Any]:
    return {"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": delay}


DAY, MINUTE = (
    "GenerateRequestsPerDayPerProjectPerModel-FreeTier",
    "GenerateRequestsPerMinutePerProjectPerModel",
)


@pytest.mark.parametrize(
    ("status", "body", "kind", "code", "retryable"),
    [
        (400, _body("API key not valid.", "INVALID_ARGUMENT"), AuthenticationFailed, "AUTHENTICATION_FAILED", False),
        (400, _body("?", "INVALID_ARGUMENT", [_info("API_KEY_INVALID")]), AuthenticationFailed,
         "AUTHENTICATION_FAILED", False),
        (401, _body("?", "UNAUTHENTICATED"), AuthenticationFailed, "AUTHENTICATION_FAILED", False),
        (403, _body("?", "PERMISSION_DENIED", [_info("SERVICE_DISABLED")]), AuthenticationFailed,
         "PERMISSION_DENIED", False),
        (400, _body("User location is not supported for the API use.", "FAILED_PRECONDITION"), AuthenticationFailed,
         "PERMISSION_DENIED", False),
        (400, _body('Unknown name "x": Cannot find field.', "INVALID_ARGUMENT"), ProviderError, "INVALID_REQUEST",
         False),
        (400, _body("The input token count (9) exceeds the maximum number of tokens allowed (5).", "INVALID_ARGUMENT"),
         ProviderError, "CONTEXT_TOO_LONG", False),
        (404, _body("models/x is not found for API version v1beta", "NOT_FOUND"), ProviderError, "MODEL_NOT_FOUND",
         False),
        (404, _body("CachedContent not found", "NOT_FOUND"), ProviderError, "NOT_FOUND", False),
        (429, _body("?", "RESOURCE_EXHAUSTED"), RateLimited, "RATE_LIMITED", True),
        (429, _body("?", "RESOURCE_EXHAUSTED", [_quota(MINUTE)]), RateLimited, "RATE_LIMITED", True),
        (429, _body("?", "RESOURCE_EXHAUSTED", [_quota(DAY)]), RateLimited, "QUOTA_EXCEEDED", False),
        (499, _body("?", "CANCELLED"), ProviderError, "PROVIDER_UNAVAILABLE", True),
        (499, b"", ProviderError, "PROVIDER_UNAVAILABLE", True),
        (500, _body("?", "INTERNAL"), ProviderError, "PROVIDER_UNAVAILABLE", True),
        (503, _body("The model is overloaded.", "UNAVAILABLE"), ProviderError, "PROVIDER_OVERLOADED", True),
        (503, b"[" + _body("The model is overloaded.", "UNAVAILABLE") + b"]", ProviderError, "PROVIDER_OVERLOADED",
         True),
        (503, json.dumps(_body("overloaded", "UNAVAILABLE").decode()).encode(), ProviderError, "PROVIDER_OVERLOADED",
         True),
        (504, _body("?", "DEADLINE_EXCEEDED"), ProviderError, "PROVIDER_TIMEOUT", True),
        (404, b"<!DOCTYPE html><title>Error 404</title>", ProviderError, "NOT_FOUND", False),
    ],
)  # fmt: skip
def test_classes(status: int, body: bytes, kind: type[ProviderError], code: str, retryable: bool) -> None:
    """Each kind of refusal has its class, its code and its answer to "try again?"."""
    error = ERRORS.classify(status, {}, body)

    assert (type(error), error.code, error.status, error.retryable) == (kind, code, status, retryable)


@pytest.mark.parametrize(("delay", "seconds"), [("36s", 36.0), ("36.4s", 36.4), ("soon", None), (None, None)])
def test_the_vendor_says_how_long_to_wait(delay: Any, seconds: float | None) -> None:
    """The wait stands in the error's details; there is no header for it."""
    error = ERRORS.classify(429, {}, _body("?", "RESOURCE_EXHAUSTED", [_quota(MINUTE), _retry(delay)]))

    assert (error.retry_after, error.retryable) == (seconds, True)


def test_waiting_does_not_refill_a_day() -> None:
    """A used-up day is not tried again, whatever delay stands beside it."""
    error = ERRORS.classify(
        429, {}, _body("?", "RESOURCE_EXHAUSTED", [_retry("36s"), _quota(MINUTE), _quota(DAY)])
    )

    assert (error.code, error.retryable, error.retry_after) == ("QUOTA_EXCEEDED", False, None)


def test_a_lost_signature_is_explained() -> None:
    """The advice says what happened to the conversation."""
    text = "Function call is missing a thought_signature in functionCall parts."

    error = ERRORS.classify(400, {}, _body(text, "INVALID_ARGUMENT"))

    assert error.code == "INVALID_REQUEST"
    assert "signature" in error.next_step


@pytest.mark.parametrize(
    "details", ["text", [1, None], [{"violations": "many"}], [{"violations": [3]}], {"a": 1}]
)
def test_odd_details_break_nothing(details: Any) -> None:
    """Details of another shape are passed over."""
    error = ERRORS.classify(400, {}, _body("?", "INVALID_ARGUMENT", details))

    assert error.code == "INVALID_REQUEST"


def test_no_key_in_a_message() -> None:
    """A key that the vendor quotes back is blanked."""
    error = ERRORS.classify(400, {}, _body("Invalid API key: AIzaSyA1234567890abcdefghijklmnopqrstuv"))

    assert "abcdefghijklmnop" not in error.message + str(error.details)
