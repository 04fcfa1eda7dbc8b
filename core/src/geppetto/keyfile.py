"""The file of stored keys, which also says what is in the system's keyring instead."""

from __future__ import annotations

import json
import os
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from geppetto.atomic import write_atomically
from geppetto.errors import CredentialError
from geppetto.secret import Secret

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

__all__ = ["KeyEntry", "KeyFile"]

_OTHERS_MAY_READ = 0o077


@dataclass(slots=True, frozen=True)
class KeyEntry:
    """A stored key, and the hosts it was stored for; without any it is for the vendor's own.

    Of one that is in the keyring `key` is empty.
    """

    key: Secret
    hosts: tuple[str, ...] = ()
    in_keyring: bool = False


class KeyFile:
    """The file of stored keys, mode 0600.

    `{"name": "key"}`, `{"name": {"key": "...", "hosts": ["https://..."]}}`, or `{"name": {"keyring": true, "hosts": [...]}}`
    for a key that is in the system's keyring.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def get(self, name: str) -> KeyEntry | None:
        """Return the entry of `name`, None when there is none or its key is empty; the keyring is not asked."""
        value = self._read().get(name)
        if value is None:
            return None
        entry = _read_entry(value)
        if entry is None:
            raise self._error(f"the entry {name!r} is neither a key nor an object with key and hosts")
        return entry if entry.key or entry.in_keyring else None

    def set(self, name: str, key: Secret, hosts: Sequence[str] = (), *, keyring: bool = False) -> None:
        """Store a key under `name`, replacing what is there; with `hosts` it goes to these only.

        With `keyring` the key is put into the system's keyring, and the file only says so. Without, one that was there is
        taken out of it. Raises CredentialError; KEY_LEFT_IN_KEYRING when the new key is stored and the old one could not be taken out.
        """
        from geppetto.system_keyring import store_key

        with self._changed() as entries:
            before = entries.get(name)
            if keyring:
                store_key(name, key)
                entries[name] = {"keyring": True, "hosts": list(hosts)}
            else:
                entries[name] = {"key": key.reveal(), "hosts": list(hosts)} if hosts else key.reveal()
        if not keyring:
            _leave_keyring(name, before, "the key file has the new key")

    def remove(self, name: str) -> bool:
        """Forget the key of `name`, in the keyring as well; say whether there was one. Raises what `set` raises."""
        with self._changed() as entries:
            before = entries.pop(name, None)
        _leave_keyring(name, before, "the key file has forgotten the key")
        return before is not None

    def state(self) -> tuple[int, int]:
        """Return what differs after each change of the file."""
        found = self.path.stat()
        return found.st_ino, found.st_mtime_ns

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


def _read_entry(value: Any) -> KeyEntry | None:
    """Read one entry; None for what is none."""
    entry = {"key": value} if isinstance(value, str) else value
    if not isinstance(entry, dict):
        return None
    hosts, in_keyring = entry.get("hosts", []), entry.get("keyring") is True
    key = entry.get("key", "" if in_keyring else None)
    if not isinstance(key, str) or (in_keyring and key):
        return None
    if not isinstance(hosts, list) or not all(isinstance(host, str) for host in hosts):
        return None
    return KeyEntry(Secret(key.strip()), tuple(hosts), in_keyring)


def _leave_keyring(name: str, before: Any, done: str) -> None:
    """Take the key of an entry that was out of the keyring, if it is there."""
    entry = _read_entry(before)
    if entry is None or not entry.in_keyring:
        return
    from geppetto.system_keyring import forget_key

    try:
        forget_key(name)
    except CredentialError as error:
        raise CredentialError(
            f"{done}, and the keyring may still have an old one: {error.message}",
            code="KEY_LEFT_IN_KEYRING",
            subject=name,
            next_step=f"remove the entry of the service geppetto, user {name}, with the keyring's own tool",
        ) from None
