"""`geppetto.yaml`: the user's, and one of the project, which is not trusted before somebody says so.

A file says which of two layers it means: `defaults:` stands just above the schema's own, so that a profile goes before it,
`overrides:` above the profile.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from geppetto.atomic import write_atomically
from geppetto.config.document import Document, check_roots
from geppetto.config.pointer import join
from geppetto.config.source import Layer
from geppetto.errors import ConfigError, DecodeError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

__all__ = ["FILE", "ConfigFile", "TrustStore", "read_file"]

FILE = "geppetto.yaml"
_LAYERS = {"defaults": Layer.SCHEMA_DEFAULTS, "overrides": Layer.CONFIG_FILE}
#: what a project that is not trusted may not say, at any depth: where requests go, with which key, what runs
_REFUSED = frozenset({
    "engine", "baseurl", "apikey", "keyheader", "extraheaders", "extrabody", "organization", "project", "allowlocal",
    "allowhttp", "plugins", "file", "path", "tools", "servertools", "mcpservers", "credential", "credentials",
})  # fmt: skip


@dataclass(slots=True, frozen=True)
class ConfigFile:
    """One file as it was read; `refused` says what of an untrusted one was left out, with the line."""

    path: Path
    documents: tuple[Document, ...] = ()
    refused: tuple[str, ...] = ()


def read_file(path: Path, *, trusted: bool = True) -> ConfigFile:
    """Read a file; raise ConfigError with path and line for one that cannot be used, an empty one is fine."""
    from geppetto.turns import yaml_text

    try:
        content = path.read_bytes()
        found, lines = yaml_text.load(content, str(path)), yaml_text.lines(content)
    except (OSError, DecodeError) as error:
        raise ConfigError(
            str(error),
            code="CONFIG_FILE_INVALID",
            subject=str(path),
            next_step=f"correct {path}, or take it away",
        ) from error
    if found is None:
        return ConfigFile(path)
    _check(found, path, lines)
    refused: list[str] = []
    documents = []
    for section, layer in _LAYERS.items():
        values = found.get(section) or {}
        inner = {
            p.removeprefix(f"/{section}"): line for p, line in lines.items() if p.startswith(f"/{section}/")
        }
        if not trusted:
            left_out: list[str] = []
            values = _harmless(values, left_out)
            refused += [f"{path}:{inner.get(pointer, 0)}: {pointer}" for pointer in left_out]
        if values:
            documents.append(Document(f"{section} of {path.name}", layer, values, str(path), inner))
    return ConfigFile(path, tuple(documents), tuple(refused))


def _check(found: Any, path: Path, lines: Mapping[str, int]) -> None:
    if not isinstance(found, dict):
        raise ConfigError(f"{path}: expected an object", code="CONFIG_FILE_INVALID", subject=str(path))
    for name, values in found.items():
        place = f"{path}:{lines.get(join('', name), 1)}"
        if name not in _LAYERS:
            raise ConfigError(
                f"{place}: {name!r} stands outside of defaults and overrides",
                code="CONFIG_FILE_INVALID",
                subject=str(name),
                next_step="write it under `defaults:` (a profile goes before it) or `overrides:` (it goes before a profile)",
            )
        if values is not None and not isinstance(values, dict):
            raise ConfigError(f"{place}: expected an object", code="CONFIG_FILE_INVALID", subject=str(name))
        check_roots(values or {}, place, "CONFIG_FILE_INVALID")


def _harmless(value: Any, left_out: list[str], pointer: str = "") -> Any:
    """Return a value without what an untrusted file may not say; the paths of that are added to `left_out`."""
    if isinstance(value, list):
        return [_harmless(item, left_out, join(pointer, str(index))) for index, item in enumerate(value)]
    if not isinstance(value, dict):
        return value
    # a plugin may spell its names otherwise: baseUrl, base-url
    refused = [name for name in value if name.lower().replace("-", "").replace("_", "") in _REFUSED]
    left_out += [join(pointer, name) for name in refused]
    return {
        name: _harmless(item, left_out, join(pointer, name))
        for name, item in value.items()
        if name not in refused
    }


@dataclass(slots=True)
class TrustStore:
    """Which project files the user has looked at: by path and content, so that a changed file is a new one."""

    path: Path

    def trusts(self, file: Path) -> bool:
        """Say whether this very content was trusted."""
        return self._read().get(str(file.resolve())) == _digest(file)

    def trust(self, file: Path) -> None:
        """Trust a file as it is now; raises ConfigError for one that cannot be read."""
        known = {**self._read(), str(file.resolve()): _digest(file)}
        self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        write_atomically(self.path, json.dumps(known, indent=2, sort_keys=True))

    def _read(self) -> dict[str, str]:
        try:
            found = json.loads(self.path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return {str(k): str(v) for k, v in found.items()} if isinstance(found, dict) else {}


def _digest(file: Path) -> str:
    try:
        return hashlib.sha256(file.read_bytes()).hexdigest()
    except OSError as error:
        raise ConfigError(str(error), code="CONFIG_FILE_INVALID", subject=str(file)) from error
