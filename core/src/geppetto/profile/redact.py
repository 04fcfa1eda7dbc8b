"""Profiles as they may be shown: files hold keys in plain text, and no listing, trace or plan shows them."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, Any

from geppetto.errors import ProfileInvalid
from geppetto.profile.model import MiddlewareRef
from geppetto.transport.redact import redact_text

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

__all__ = ["redacted", "restored", "without_secrets"]

_SHOWN = "***"
_MIDDLEWARES = "runtime.middlewares"
_NOBODY = (None, None)
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
        hidden = {"value": _SHOWN, "steps": [_hidden(step) for step in found.get("steps") or ()]}
        found |= {key: item for key, item in hidden.items() if key in found}
    return found


def _hidden(step: dict[str, Any]) -> dict[str, Any]:
    return {name: _SHOWN if name in {"value", "raw"} else item for name, item in step.items()}


def without_secrets(value: Any) -> Any:
    """Return JSON without what stands under the name of a secret: it may be kept, and read again."""
    if isinstance(value, dict):
        return {key: without_secrets(item) for key, item in value.items() if not _SECRET.search(str(key))}
    return [without_secrets(item) for item in value] if isinstance(value, list) else value


def restored(given: Any, old: Any) -> Any:
    """Return JSON with the old secrets where it has what `redacted` shows of them; raise ProfileInvalid for other blanks.

    Fields are found by their names, middlewares by `name#id`, and entries of other lists by all that is shown of them:
    in a list that was changed, a place says nothing about whose secret is meant.
    """
    shown = redacted(old)
    return _restored(given, shown, old, "", {_SHOWN, *_blanks(shown, old)})


def _blanks(shown: Any, old: Any) -> Iterator[str]:
    """Give the texts in which something is blanked."""
    if isinstance(shown, dict):
        for key, item in shown.items():
            yield from _blanks(item, _part(old, key))
    elif isinstance(shown, list):
        for item, was in zip(shown, old, strict=True):
            yield from _blanks(item, was)
    elif shown != old and _SHOWN in shown:
        yield shown


def _restored(given: Any, shown: Any, old: Any, path: str, blanks: Collection[str]) -> Any:
    if isinstance(given, dict):
        places = ((key, item, f"{path}.{key}" if path else str(key)) for key, item in given.items())
        return {
            key: _restored(item, _part(shown, key), _part(old, key), at, blanks) for key, item, at in places
        }
    if isinstance(given, list):
        pairs = _paired(given, shown, old, middlewares=path == _MIDDLEWARES)
        parts = zip(given, pairs, strict=True)
        return [_restored(item, *pair, f"{path}[{at}]", blanks) for at, (item, pair) in enumerate(parts)]
    if isinstance(given, str) and given == shown:
        return old
    if isinstance(given, str) and given in blanks:
        raise ProfileInvalid(
            path,
            "'***' stands for a secret that is not shown, and whose that is here cannot be told",
            next_step="write the secret itself, or leave the field out",
        )
    return given


def _part(value: Any, key: str) -> Any:
    return value.get(key) if isinstance(value, dict) else None


def _paired(given: list[Any], shown: Any, old: Any, *, middlewares: bool) -> list[tuple[Any, Any]]:
    """Return for each entry the one it was, as it is shown and as it is; None twice where that is not sure."""
    if not isinstance(shown, list) or not isinstance(old, list):
        return [_NOBODY] * len(given)
    pairs = list(zip(shown, old, strict=True))
    if given == shown:
        return pairs
    hiding = [pair for pair in pairs if pair[0] != pair[1] or _SHOWN in str(pair[0])]
    named = _once(given) & _once(shown) if middlewares else set()

    def key(entry: Any) -> Any:
        return _label(entry) if _label(entry) in named else entry

    return [_one([pair for pair in hiding if key(pair[0]) == key(item)]) for item in given]


def _once(uses: list[Any]) -> set[str]:
    return {label for label, count in Counter(map(_label, uses)).items() if count == 1}


def _label(use: Any) -> str:
    name, own = (str(_part(use, key) or "").strip() for key in ("name", "id"))
    return MiddlewareRef(name, own).label


def _one(pairs: list[tuple[Any, Any]]) -> tuple[Any, Any]:
    return pairs[0] if pairs and all(pair == pairs[0] for pair in pairs) else _NOBODY
