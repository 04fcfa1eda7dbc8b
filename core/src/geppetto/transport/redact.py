"""Take secrets out of what may be seen: headers and URLs for the debug tap, texts for errors."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from geppetto.secret import Secret

__all__ = ["redact_headers", "redact_text", "redact_url", "scrub"]

_SHOWN = "***"
_SECRET_NAME = re.compile(
    r"authorization|cookie|token|secret|key|password|credential|signature", re.IGNORECASE
)
#: counts such as `x-ratelimit-remaining-tokens` have a telling name and a harmless value
_HARMLESS_NAME = re.compile(r"ratelimit|max-tokens", re.IGNORECASE)
_PARAMETER = re.compile(r"(?i)([?&;](?:[\w.-]*(?:key|token|secret|signature|password|auth))=)[^&#;\s\"']+")
_USERINFO = re.compile(r"(?<=://)[^/?#@\s]+@")
_KEY_SHAPES = re.compile(
    r"(?i:\b(?:bearer|basic)\s+)[\w.~+/=-]{6,}"
    r"|\b(?:sk|pk|rk|gsk|xai|hf|ghp|gho|glpat)[-_][\w-]{6,}"
    r"|\bAIza[\w-]{10,}"
    r"|\bya29\.[\w.-]{10,}"
    r"|\beyJ[\w-]{10,}\.[\w.-]{10,}"
)
#: shorter texts are no secrets, and blanking them would eat the message around them
_SHORTEST_SECRET = 6


def redact_headers(headers: Mapping[str, str | Secret]) -> dict[str, str]:
    """Return the headers with the values of all that may hold a credential blanked."""
    return {name: _header(name, value) for name, value in headers.items()}


def _header(name: str, value: str | Secret) -> str:
    secret = _SECRET_NAME.search(name) and not _HARMLESS_NAME.search(name)
    return _SHOWN if secret or not isinstance(value, str) else redact_text(value)


def redact_url(url: str) -> str:
    """Return the URL without its userinfo and with the values of key-like parameters blanked."""
    return _PARAMETER.sub(rf"\g<1>{_SHOWN}", _USERINFO.sub("", url))


def redact_text(text: str) -> str:
    """Return the text with everything blanked that has the shape of a key."""
    return _KEY_SHAPES.sub(_SHOWN, redact_url(text))


def scrub(body: bytes, secrets: Iterable[str]) -> bytes:
    """Return the body without these very secrets: vendors quote the key they refuse, in any shape."""
    for secret in secrets:
        for part in {secret, secret.rpartition(" ")[2]}:
            if len(part) >= _SHORTEST_SECRET:
                body = body.replace(part.encode(), _SHOWN.encode())
    return body
