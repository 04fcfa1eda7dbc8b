"""Where content of this vendor belongs: the API, the host, and the family of the model."""

from __future__ import annotations

import re

from geppetto.provider import Origin

__all__ = ["messages_origin"]

#: what names a snapshot of a model, which reads what its siblings wrote
_SNAPSHOT = re.compile(r"-(?:\d{8}|latest)$")


def messages_origin(base_url: str, model: str) -> Origin:
    """Return the origin of a reply; snapshots of one model are one family."""
    return Origin("anthropic", "messages", base_url, _SNAPSHOT.sub("", model))
