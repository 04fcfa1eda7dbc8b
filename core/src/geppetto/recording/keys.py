"""Keys around a recording: which ones were used, so that they can be kept out; and none at all while replaying."""

from __future__ import annotations

from typing import TYPE_CHECKING

from geppetto.secret import Secret

if TYPE_CHECKING:
    from geppetto.engine.contract import CredentialSpec
    from geppetto.engine.deps import Credentials

__all__ = ["ReplayCredentials", "SeenCredentials"]


class SeenCredentials:
    """Hand out another store's keys and remember them: `secrets` must not be in the recording."""

    def __init__(self, inner: Credentials) -> None:
        self._inner = inner
        self.secrets: set[str] = set()

    def resolve(self, spec: CredentialSpec, *, base_url: str, explicit: Secret | None = None) -> Secret:
        """Return the key for `base_url` (see `geppetto.engine.deps.Credentials.resolve`)."""
        found = self._inner.resolve(spec, base_url=base_url, explicit=explicit)
        self.secrets.add(found.reveal())
        return found


class ReplayCredentials:
    """Give a key that is none: a recording answers without one."""

    def resolve(self, spec: CredentialSpec, *, base_url: str, explicit: Secret | None = None) -> Secret:  # noqa: ARG002  # the protocol's
        """Return the key that is none."""
        return Secret("replayed-without-a-key")
