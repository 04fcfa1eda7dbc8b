"""Profiles as they may be shown: files hold keys in plain text, and no listing, trace or plan shows them."""

from __future__ import annotations

import re
from typing import Any

from geppetto.transport.redact import redact_text

__all__ = ["redacted"]

_SHOWN = "***"
_SECRET = re.compile(
    r"api[-_]?keys?$|extra[-_]?headers|secret|password|passwd|authorization|credential|(?:access|auth|refresh|id)[-_]?token$|cookie",
    re.IGNORECASE,
)


def redacted(value: Any, name: str = "") -> Any:
    """Return JSON in which what stands under the name of a secret, or has the shape of a key, is blanked."""
    if isinstance(value, dict):
        return _object(value, secret=bool(_SECRET.search(name)))
    if isinstance(value, list):
        return [redacted(item, name) for item in value]
    if value is not None and not isinstance(value, bool) and _SECRET.search(name):
        return _SHOWN
    return redact_text(value) if isinstance(value, str) else value


def _object(value: dict[str, Any], *, secret: bool) -> dict[str, Any]:
    found = {key: redacted(item, "api_key" if secret else str(key)) for key, item in value.items()}
    path = str(value.get("path") or "")  # a row of a trace says in `path` whose values it has
    if _SECRET.search(path):
        found["value"] = _SHOWN
        found["steps"] = [_hidden(step) for step in found.get("steps") or ()]
    return found


def _hidden(step: dict[str, Any]) -> dict[str, Any]:
    return {name: _SHOWN if name in {"value", "raw"} else item for name, item in step.items()}
