"""Where a key comes from, and where it may go; never what it is."""

from __future__ import annotations

import json
import os
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from geppetto.atomic import write_atomically
from geppetto.errors import CredentialError
from geppetto.secret import Secret

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from geppetto.engine.contract import CredentialSpec
    from geppetto.engine.deps import Paths

__all__ = ["CredentialStore", "KeyEntry", "KeyFile"]

_PORTS = {"http": 80, "https": 443}
_OTHERS_MAY_READ = 0o077


@dataclass(slots=True, frozen=True)
class KeyEntry:
    """A stored key, and the hosts it was stored for; without any it is for the vendor's own."""

    key: Secret
    hosts: tuple[str, ...] = ()


@dataclass(slots=True, frozen=True)
class _Found:
    """A key that was found, the place, and the hosts it may go to."""

    key: Secret
    source: str
    hosts: tuple[str, ...]


class KeyFile:
    """The file of stored keys: `{"name": "key"}` or `{"name": {"key": "...", "hosts": ["https://..."]}}`, mode 0600."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def get(self, name: str) -> KeyEntry | None:
        """Return the entry of `name`, None when there is none or its key is empty."""
        value = self._read().get(name)
        entry = {"key": value} if isinstance(value, str) else value
        if entry is None:
            return None
        key, hosts = (entry.get("key"), entry.get("hosts", [])) if isinstance(entry, dict) else (None, None)
        if (
            not isinstance(key, str)
            or not isinstance(hosts, list)
            or not all(isinstance(h, str) for h in hosts)
        ):
            raise self._error(f"the entry {name!r} is neither a key nor an object with key and hosts")
        return KeyEntry(Secret(key.strip()), tuple(hosts)) if key.strip() else None

    def set(self, name: str, key: Secret, hosts: Sequence[str] = ()) -> None:
        """Store a key under `name`, replacing what is there; with `hosts` it goes to these only."""
        with self._changed() as entries:
            entries[name] = {"key": key.reveal(), "hosts": list(hosts)} if hosts else key.reveal()

    def remove(self, name: str) -> bool:
        """Forget the key of `name`; say whether there was one."""
        with self._changed() as entries:
            return entries.pop(name, None) is not None

    def names(self) -> list[str]:
        """Return the names that have an entry, sorted."""
        return sorted(self._read())

    @contextmanager
    def _changed(self) -> Iterator[dict[str, Any]]:
        from filelock import FileLock  # imports asyncio: only who writes pays for it

        self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with FileLock(f"{self.path}.lock"):
            entries = self._read()
            yield entries
            write_atomically(
                self.path, json.dumps(entries, indent=2, ensure_ascii=False, sort_keys=True) + "\n"
            )

    def _read(self) -> dict[str, Any]:
        try:
            with self.path.open("rb") as file:
                self._check_mode(os.fstat(file.fileno()).st_mode)
                text = file.read()
        except FileNotFoundError:
            return {}
        except OSError as error:
            raise self._error(f"it cannot be read: {error.strerror}") from error
        return self._parsed(text)

    def _parsed(self, text: bytes) -> dict[str, Any]:
        # raised outside the handlers: a JSONDecodeError holds the whole text, keys and all
        try:
            value, problem = json.loads(text), ""
        except json.JSONDecodeError as error:
            value, problem = None, f"line {error.lineno}: {error.msg}"
        except (UnicodeDecodeError, RecursionError):
            value, problem = None, "it is no JSON text"
        if problem or not isinstance(value, dict):
            raise self._error(problem or "line 1: it is no JSON object")
        return value

    def _check_mode(self, mode: int) -> None:
        if os.name == "posix" and mode & _OTHERS_MAY_READ:
            raise CredentialError(
                f"the key file {self.path} can be read by others (mode {mode & 0o777:04o})",
                code="KEY_FILE_MODE",
                subject=str(self.path),
                next_step=f"chmod 600 {self.path}",
            )

    def _error(self, problem: str) -> CredentialError:
        return CredentialError(
            f"the key file {self.path} is not usable, {problem}",
            code="KEY_FILE_INVALID",
            subject=str(self.path),
            next_step="correct the file, or remove it and store the keys again: geppetto keys set NAME",
        )


class CredentialStore:
    """Find keys: an explicit one, then the key file, then the environment."""

    def __init__(self, paths: Paths, environ: Mapping[str, str] = os.environ) -> None:
        self.key_file = KeyFile(paths.config / "keys.json")
        self._environ = environ

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
        """Return name, source and presence of each key, without values."""
        firsts = ((spec, next(self._found(spec), None)) for spec in specs)
        return [
            {"name": spec.name, "source": first.source if first else None, "present": first is not None}
            for spec, first in firsts
        ]

    def _found(self, spec: CredentialSpec) -> Iterator[_Found]:
        if entry := self.key_file.get(spec.name):
            yield _Found(entry.key, f"key file {self.key_file.path}", entry.hosts or spec.hosts)
        for name in spec.env:
            if value := self._environ.get(name, "").strip():
                yield _Found(Secret(value), f"environment variable {name}", spec.hosts)


def _fitting(found: Iterable[_Found], base_url: str) -> Secret | None:
    place = _place(base_url)
    if place is None:
        return None
    return next((one.key for one in found if any(_covers(host, place) for host in one.hosts)), None)


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
