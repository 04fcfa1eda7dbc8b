"""The lock file: read with every value judged, written in one step, made of what is installed."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from geppetto.atomic import write_atomically
from geppetto.errors import ConfigError, PluginError
from geppetto.plugins.kinds import CORE, distribution_key
from geppetto.plugins.locked import FORMAT, Lock, LockedPlugin

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from geppetto.plugins.row import Row

__all__ = [
    "FILE",
    "FORMAT",
    "Lock",
    "LockedPlugin",
    "lock_of_installed",
    "locked_plugin",
    "read_lock",
    "write_lock",
]

FILE = "plugins.lock"
#: as packages are named and numbered; these words reach an installer's command line (packaging.python.org, PEP 440 and 508)
_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?")
_VERSION = re.compile(r"(?:[A-Za-z0-9][A-Za-z0-9.!+_-]*)?")
_TEXTS = ("name", "version", "record", "origin")


def read_lock(path: Path) -> Lock | None:
    """Read a lock; None where there is no file. Raises ConfigError with file and line for what is no lock."""
    try:
        text = path.read_text(encoding="utf-8")
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise _error(str(path), f"cannot be read: {error}") from error
    return _Text(path, text).lock()


def write_lock(path: Path, lock: Lock) -> None:
    """Write a lock in one step; raise OSError with the name of a file that cannot be written."""
    write_atomically(path, json.dumps(lock.to_json(), indent=2, sort_keys=True) + "\n")


def lock_of_installed(path: Path, *, search: Sequence[str] | None = None) -> Lock:
    """Return a lock, to be written to `path`, of every distribution but the core that offers something to Geppetto.

    Metadata are read and nothing is imported; `search` are the folders to look in, `sys.path` by default.
    Raises PluginError (`PLUGIN_RECORD_INVALID`) for a distribution whose RECORD nobody can read.
    """
    from geppetto.plugins.discovery import by_distribution, discover

    found = by_distribution(discover(search).rows)
    core = found.pop(CORE, [])
    plugins = {key: locked_plugin(rows, search) for key, rows in sorted(found.items())}
    return Lock(path, plugins, core[0].version if core else "")


def locked_plugin(rows: Sequence[Row], search: Sequence[str] | None = None) -> LockedPlugin:
    """Return the entry that a lock would have for the one distribution that all the rows are of.

    Raises PluginError (`PLUGIN_RECORD_INVALID`) where nobody can read its RECORD.
    """
    from geppetto.plugins.discovery import distribution_of
    from geppetto.plugins.record import RecordUnreadable, record_digest

    name, distribution = rows[0].distribution, distribution_of(rows[0].distribution, search)
    try:
        digest = record_digest(distribution)
    except RecordUnreadable as error:
        raise PluginError(
            f"RECORD of {name} {error}",
            code="PLUGIN_RECORD_INVALID",
            subject=name,
            next_step=f"reinstall {name}",
        ) from error
    origin, editable = _origin(distribution)
    offers = tuple(sorted(f"{row.kind}:{row.name}" for row in rows))
    return LockedPlugin(name, rows[0].version, digest, origin, editable, offers)


def _origin(distribution: Any) -> tuple[str, bool]:
    """Return the address that a distribution came from, where it was no index, and whether its code stands there."""
    try:
        found = json.loads(distribution.read_text("direct_url.json") or "{}")
        return str(found.get("url", "")), bool(found.get("dir_info", {}).get("editable"))
    except (OSError, ValueError, AttributeError):
        return "", False  # damaged: it is taken for a release, whose RECORD counts


@dataclass(slots=True, frozen=True)
class _Text:
    """A lock file while it is read; it knows the lines of what is wrong."""

    path: Path
    text: str

    def lock(self) -> Lock:
        """Judge every value: what reads a lock decides by it what may be imported."""
        try:
            data = json.loads(self.text)
        except (json.JSONDecodeError, RecursionError) as error:
            raise _error(f"{self.path}:{getattr(error, 'lineno', 1)}", f"no valid JSON: {error}") from error
        if not isinstance(data, dict) or type(data.get("version")) is not int:
            raise self._wrong("version", "it is no lock: it has no `version`")
        if data["version"] > FORMAT:
            raise _too_new(self.path, data["version"])
        plugins = data.get("plugins")
        if data["version"] < 1 or not isinstance(plugins, dict) or not isinstance(data.get(CORE, ""), str):
            raise self._wrong("plugins", "it is no lock: `plugins` is no table of distributions")
        return Lock(self.path, self._plugins(plugins), data.get(CORE, ""))

    def _plugins(self, found: Mapping[str, Any]) -> dict[str, LockedPlugin]:
        plugins = {key: self._plugin(key, value) for key, value in found.items()}
        for key, plugin in plugins.items():
            if key != distribution_key(plugin.name):
                raise self._wrong(key, f"'{key}' is not the canonical name of {plugin.name}")
        return plugins

    def _plugin(self, key: str, value: Any) -> LockedPlugin:
        if not isinstance(value, dict):
            raise self._wrong(key, f"'{key}' is no table")
        for name in _TEXTS:
            if not isinstance(value.get(name), str):
                raise self._wrong(key, f"'{key}' has no text `{name}`")
        if not _NAME.fullmatch(value["name"]) or not _VERSION.fullmatch(value["version"]):
            raise self._wrong(key, f"'{key}' has a name or version that no distribution can have")
        offers: Any = value.get("offers")
        if not isinstance(offers, list) or not all(isinstance(each, str) for each in offers):
            raise self._wrong(key, f"'{key}' has no list of texts `offers`")
        if not isinstance(value.get("editable"), bool):
            raise self._wrong(key, f"'{key}' does not say whether it is `editable`")
        return LockedPlugin(
            **{name: value[name] for name in _TEXTS}, editable=value["editable"], offers=tuple(offers)
        )

    def _wrong(self, word: str, problem: str) -> ConfigError:
        lines = self.text.splitlines()
        at = next((number for number, line in enumerate(lines, 1) if json.dumps(word) in line), 1)
        return _error(f"{self.path}:{at}", problem)


def _too_new(path: Path, version: int) -> ConfigError:
    return _error(
        str(path),
        f"its format is {version}, of a newer Geppetto; this one reads {FORMAT}",
        code="PLUGIN_LOCK_TOO_NEW",
        next_step="update geppetto, or write the lock anew: geppetto plugins freeze",
    )


def _error(
    where: str, problem: str, *, code: str = "PLUGIN_LOCK_INVALID", next_step: str = ""
) -> ConfigError:
    return ConfigError(
        f"{where}: {problem}",
        code=code,
        phase="plugins",
        subject=where,
        next_step=next_step or f"correct {where}, or write it anew: geppetto plugins freeze",
    )
