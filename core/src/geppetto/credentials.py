"""Where a key comes from, and where it may go; never what it is."""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from geppetto.errors import CredentialError
from geppetto.keyfile import KeyEntry, KeyFile
from geppetto.secret import Secret

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from geppetto.engine.contract import CredentialSpec
    from geppetto.engine.deps import Paths

__all__ = ["CredentialStore", "KeyEntry", "KeyFile"]

_PORTS = {"http": 80, "https": 443}


@dataclass(slots=True, frozen=True)
class _Found:
    """A key that was found, the place, and the hosts it may go to; only `read` asks a keyring."""

    read: Callable[[], Secret]
    source: str
    hosts: tuple[str, ...]


class CredentialStore:
    """Find keys: an explicit one, then the key file and the keyring that it points to, then the environment."""

    def __init__(self, paths: Paths, environ: Mapping[str, str] = os.environ) -> None:
        self.key_file = KeyFile(paths.config / "keys.json")
        self._environ = environ
        self._from_keyring: dict[str, tuple[tuple[int, int], Secret]] = {}

    def resolve(self, spec: CredentialSpec, *, base_url: str, explicit: Secret | None = None) -> Secret:
        """Return the key for `base_url`; raise CredentialError when there is none that may go there.

        An explicit key goes wherever the user said. A stored key goes to the hosts it was stored for, else to the
        vendor's own, and so does a key of the environment.
        """
        if explicit:
            return explicit
        found = list(self._found(spec))
        key = _fitting(found, base_url)
        if key is None:
            raise _not_for_host(spec, found, base_url) if found else _missing(spec, self.key_file.path)
        return key

    def optional(
        self, spec: CredentialSpec, *, base_url: str, explicit: Secret | None = None
    ) -> Secret | None:
        """Return what `resolve` returns, None where no key may go to `base_url`."""
        return explicit or _fitting(self._found(spec), base_url)

    def sources(self, specs: Iterable[CredentialSpec]) -> list[dict[str, Any]]:
        """Return name, source and presence of each key, without values; raise CredentialError for a keyring without it."""
        firsts = ((spec, next(self._found(spec), None)) for spec in specs)
        return [
            {
                "name": spec.name,
                "source": first.source if first else None,
                "present": bool(first and first.read()),
            }
            for spec, first in firsts
        ]

    def _found(self, spec: CredentialSpec) -> Iterator[_Found]:
        if entry := self.key_file.get(spec.name):
            place = "keyring" if entry.in_keyring else f"key file {self.key_file.path}"
            yield _Found(partial(self._stored, spec.name, entry), place, entry.hosts or spec.hosts)
        for name in spec.env:
            if value := self._environ.get(name, "").strip():
                yield _Found(partial(Secret, value), f"environment variable {name}", spec.hosts)

    def _stored(self, name: str, entry: KeyEntry) -> Secret:
        """Return a stored key; one of the keyring is asked for once for each state of the key file."""
        if not entry.in_keyring:
            return entry.key
        state = self.key_file.state()
        known = self._from_keyring.get(name)
        if known is None or known[0] != state:
            from geppetto.system_keyring import read_key  # who has no key there does not pay for it

            known = self._from_keyring[name] = (state, read_key(name))
        return known[1]


def _fitting(found: Iterable[_Found], base_url: str) -> Secret | None:
    place = _place(base_url)
    if place is None:
        return None
    return next((one.read() for one in found if any(_covers(host, place) for host in one.hosts)), None)


def _covers(host: str, place: tuple[str, str, int]) -> bool:
    """Say whether a key for `host` may go to a place; `*.example.com` means every host below example.com."""
    if host.startswith("*."):
        scheme, name, port = place
        return name.endswith(host[1:]) and (scheme, port) == ("https", 443)
    return _place(host) == place


def _place(host: str) -> tuple[str, str, int] | None:
    """Return scheme, host and port, None when there is no host; one without a scheme means https."""
    try:
        parts = urlsplit(host if "://" in host else f"https://{host}")
        port = parts.port or _PORTS.get(parts.scheme, 0)
    except ValueError:
        return None
    return (parts.scheme, parts.hostname.rstrip("."), port) if parts.hostname else None


def _missing(spec: CredentialSpec, path: Path) -> CredentialError:
    env = f" or set {spec.env[0]}" if spec.env else ""
    return CredentialError(
        f"no key for {spec.name}: none is given, {path} has none, nor has the environment",
        subject=spec.name,
        next_step=f"geppetto keys set {spec.name}{env}",
        details={"env": list(spec.env)},
    )


def _not_for_host(spec: CredentialSpec, found: Sequence[_Found], base_url: str) -> CredentialError:
    scheme, host, port = _place(base_url) or ("https", "?", 0)
    origin = f"{scheme}://{f'[{host}]' if ':' in host else host}"
    origin += "" if port == _PORTS.get(scheme) else f":{port}"
    places = ", ".join(one.source for one in found)
    return CredentialError(
        f"the key for {spec.name} ({places}) is not for {origin}",
        code="KEY_NOT_FOR_HOST",
        subject=origin,
        next_step=f"geppetto keys set {spec.name} --host {origin}, or set api_key explicitly",
        details={"name": spec.name, "sources": [one.source for one in found]},
    )
