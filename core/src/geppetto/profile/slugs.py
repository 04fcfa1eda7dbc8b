"""Slugs and extension keys: the names of profiles and registries, and of what plugins add to them."""

from __future__ import annotations

import re

from geppetto.errors import ProfileInvalid

__all__ = ["extension_key", "slug"]

_SLUG = re.compile(r"[a-z0-9](?:[a-z0-9._-]{0,126}[a-z0-9])?")
_PART = r"[a-z0-9](?:[a-z0-9_-]{0,62}[a-z0-9])?"
_KEY = re.compile(rf"{_PART}\.{_PART}@v[1-9][0-9]{{0,4}}")


def slug(value: object, field: str, label: str = "profile slug") -> str:
    """Return a slug, trimmed and in lower case; raise ProfileInvalid for a text that is none.

    1 to 128 letters, digits, `.`, `_`, `-`, with a letter or digit at both ends.
    """
    text = str(value).strip().lower() if isinstance(value, str) else ""
    if not text:
        raise ProfileInvalid(field, f"{label} cannot be empty")
    if not _SLUG.fullmatch(text):
        raise ProfileInvalid(
            field,
            f'{label} "{value}" is invalid',
            next_step="letters, digits, '.', '_' and '-', such as my-profile",
        )
    return text


def extension_key(value: object, field: str) -> str:
    """Return a key of the form `namespace.feature@vN`; raise ProfileInvalid for a text that is none."""
    text = str(value).strip().lower()
    if not text:
        raise ProfileInvalid(field, "extension key cannot be empty")
    if not _KEY.fullmatch(text):
        raise ProfileInvalid(field, f'extension key "{value}" is invalid (expected namespace.feature@vN)')
    return text
