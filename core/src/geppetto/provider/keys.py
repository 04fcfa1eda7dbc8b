"""The key of a request: the vendor's, or none where a local server asks for none."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from geppetto.errors import CredentialError

if TYPE_CHECKING:
    from geppetto.engine.contract import CredentialSpec
    from geppetto.engine.deps import Deps
    from geppetto.secret import Secret

__all__ = ["key_for"]

_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
_NO_KEY = frozenset({"CREDENTIALS_MISSING", "KEY_NOT_FOR_HOST"})


def key_for(
    deps: Deps, spec: CredentialSpec, *, base_url: str, explicit: Secret | None = None
) -> Secret | None:
    """Return the key that may go to `base_url`; None for a local server without one. Raises CredentialError."""
    try:
        return deps.credentials.resolve(spec, base_url=base_url, explicit=explicit)
    except CredentialError as error:
        if error.code in _NO_KEY and urlsplit(base_url).hostname in _LOOPBACK:
            return None
        raise
