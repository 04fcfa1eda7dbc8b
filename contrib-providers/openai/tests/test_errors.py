import json
from typing import Any

import pytest
from geppetto.errors import AuthenticationFailed, ProviderError, RateLimited
from geppetto.provider import invalid_reply, truncated
from geppetto_provider_openai.errors import ERRORS


def _body(**error: Any) -> bytes:
    return json.dumps({"error": error}).encode()


@pytest.mark.parametrize(
    ("status", "body", "kind", "code", "retryable"),
    [
        (401, _body(message="bad key", code="invalid_api_key"), AuthenticationFailed, "AUTHENTICATION_FAILED", False),
        (401, _body(message="no header", code=401), AuthenticationFailed, "AUTHENTICATION_FAILED", False),
        (403, _body(message="no", code=None), AuthenticationFailed, "PERMISSION_DENIED", False),
        (404, _body(message="gone", code="model_not_found"), ProviderError, "MODEL_NOT_FOUND", False),
        (404, _body(message="what?", code=None), ProviderError, "NOT_FOUND", False),
        (429, _body(message="slow", code="rate_limit_exceeded"), RateLimited, "RATE_LIMITED", True),
        (429, _body(message="slow"), RateLimited, "RATE_LIMITED", True),
        (429, _body(message="pay", type="insufficient_quota"), RateLimited, "QUOTA_EXCEEDED", False),
        (400, _body(message="long", code="context_length_exceeded"), ProviderError, "CONTEXT_TOO_LONG", False),
        (400, _body(message="odd", code="x"), ProviderError, "INVALID_REQUEST", False),
        (400, b'{"code": "bad", "error": "Incorrect API key provided."}', AuthenticationFailed,
         "AUTHENTICATION_FAILED", False),
        (408, b"", ProviderError, "PROVIDER_TIMEOUT", True),
        (500, _body(message="oops", type="server_error"), ProviderError, "PROVIDER_UNAVAILABLE", True),
        (502, b"<html><title>Bad gateway</title></html>", ProviderError, "PROVIDER_UNAVAILABLE", True),
        (503, b'["down"]', ProviderError, "PROVIDER_UNAVAILABLE", True),
    ],
)  # fmt: skip
def test_classes(status: int, body: bytes, kind: type[ProviderError], code: str, retryable: bool) -> None:
    """Each kind of refusal has its class, its code and its answer to "try again?"."""
    error = ERRORS.classify(status, {}, body)

    assert (type(error), error.code, error.status, error.retryable) == (kind, code, status, retryable)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"[]",
        b"[[]]",
        b"17",
        b'"text"',
        b'{"error": null}',
        b'{"error": [1]}',
        b"{",
        b"\xff\xfe",
    ],
)
def test_any_body_gives_an_error(body: bytes) -> None:
    """Whatever a proxy answers, the error can be built and says something."""
    error = ERRORS.classify(500, {}, body)

    assert error.message
    assert error.retryable


def test_says_what_to_do_about_a_refused_parameter() -> None:
    """An unsupported parameter is named in the advice."""
    body = _body(message="no such", code="unsupported_parameter", param="max_tokens")

    error = ERRORS.classify(400, {}, body)

    assert (error.code, error.subject) == ("UNSUPPORTED_SETTING", "max_tokens")
    assert "max_tokens" in error.next_step


def test_headers_tell_when_to_try_again() -> None:
    """Retry-After, the vendor's own retry header and the request id are kept."""
    headers = {"Retry-After": "7", "x-should-retry": "false", "X-Request-Id": "req_1"}

    error = ERRORS.classify(500, headers, b"")

    assert (error.retry_after, error.retryable, error.details["request_id"]) == (7.0, False, "req_1")


def test_a_used_up_quota_is_never_retried() -> None:
    """Waiting does not refill a quota, whatever a header says."""
    error = ERRORS.classify(429, {"x-should-retry": "true"}, _body(message="pay", code="insufficient_quota"))

    assert not error.retryable


def test_no_key_in_a_message() -> None:
    """A key that a host quotes back is blanked."""
    error = ERRORS.classify(401, {}, _body(message="wrong key sk-abcdefgh12345678"))

    assert "abcdefgh" not in error.message


def test_errors_inside_a_stream() -> None:
    """An error after status 200 has the same classes, and its status where the code is a number."""
    limited = ERRORS.inside({"message": "slow", "code": 429})
    broken = ERRORS.inside({"message": "oops", "type": "server_error", "code": None})
    text = ERRORS.inside("it broke")

    assert (type(limited), limited.status, limited.retryable) == (RateLimited, 429, True)
    assert (broken.code, broken.retryable) == ("PROVIDER_UNAVAILABLE", True)
    assert (text.message, text.retryable) == ("it broke", False)


def test_excerpts_are_short_and_redacted() -> None:
    """An answer that is none is quoted: its beginning, without keys."""
    error = invalid_reply("Bearer abcdefghijk " + "x" * 1000)

    assert error.code == "INVALID_RESPONSE"
    assert "abcdefghijk" not in error.message
    assert len(error.message) < 400


def test_truncation_may_be_tried_again() -> None:
    """A cut stream is a transport error that a retry may cure."""
    error = truncated()

    assert (error.code, error.retryable) == ("STREAM_TRUNCATED", True)
