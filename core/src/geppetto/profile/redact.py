"""Profiles as they may be shown: files hold keys in plain text, and no listing, trace or plan shows them."""

from __future__ import annotations

import re
from typing import Any

from geppetto.errors import ProfileInvalid
from geppetto.transport.redact import redact_text

__all__ = ["redacted", "restored", "without_secrets"]

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


def without_secrets(value: Any) -> Any:
    """Return JSON without what stands under the name of a secret: it may be kept, and read again."""
    if isinstance(value, dict):
        return {key: without_secrets(item) for key, item in value.items() if not _SECRET.search(str(key))}
    return [without_secrets(item) for item in value] if isinstance(value, list) else value


def restored(given: Any, old: Any) -> Any:
    """Return JSON with the old secrets where it has what `redacted` shows of them; raise ProfileInvalid for other blanks."""
    return _restored(given, redacted(old), old, "")


def _restored(given: Any, shown: Any, old: Any, path: str) -> Any:
    if isinstance(given, dict):
        return {
            key: _restored(item, _part(shown, key), _part(old, key), f"{path}.{key}" if path else str(key))
            for key, item in given.items()
        }
    if isinstance(given, list):
        parts = enumerate(given)
        return [_restored(item, _part(shown, at), _part(old, at), f"{path}[{at}]") for at, item in parts]
    if isinstance(given, str) and given == shown:
        return old
    if given == _SHOWN:
        raise ProfileInvalid(
            path,
            "'***' stands for a secret that is not shown, and there is none here",
            next_step="write the secret itself, or leave the field out",
        )
    return given


def _part(value: Any, key: Any) -> Any:
    if isinstance(value, dict):
        return value.get(key)
    return value[key] if isinstance(value, list) and isinstance(key, int) and key < len(value) else None
