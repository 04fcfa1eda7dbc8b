"""Where the plugin policy is written: `plugins.toml` of the user and of the project, and the environment."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from geppetto.errors import ConfigError, nearest
from geppetto.plugins.kinds import Kind
from geppetto.plugins.policy import PluginPolicy, Trust, check_selector
from geppetto.project import project_file

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

__all__ = ["FILE", "read_policy"]

FILE = "plugins.toml"
_KEYS = ("deny", "only", "override", "trust")
_NO = {"", "0", "false", "no", "off"}


@dataclass(slots=True)
class _Layer:
    """What one file or the environment says, and where."""

    deny: dict[str, str] = field(default_factory=dict)
    only: list[str] | None = None
    override: dict[str, str] = field(default_factory=dict)
    trust: Trust | None = None
    source: dict[str, str] = field(default_factory=dict)


def read_policy(
    user_file: Path, project_dir: Path | None, env: Mapping[str, str], *, no_plugins: bool = False
) -> PluginPolicy:
    """Merge the layers: denials add up, `only` of the highest layer counts, overrides are the user's."""
    user = _read(user_file)
    found = project_file(project_dir, FILE) if project_dir is not None else None
    if found is not None and found.absolute() == user_file.absolute():
        found = None
    project = _read(found) if found is not None else _Layer()
    outside = _environment(env)
    top = outside if outside.only is not None else user
    deny = {**user.deny, **project.deny, **outside.deny}
    return PluginPolicy(
        deny=frozenset(deny),
        only=None if top.only is None else frozenset(top.only),
        override=user.override,
        no_plugins=no_plugins or _is_on(env, "GEPPETTO_NO_PLUGINS"),
        strict=_is_on(env, "GEPPETTO_STRICT_PLUGINS"),
        trust=outside.trust or user.trust or Trust.INSTALLED,
        lock_file=user_file.with_suffix(".lock"),  # plugins.lock, beside plugins.toml
        source={**user.source, **outside.source, **deny},
        warnings=_ignored(project),
    )


def _is_on(env: Mapping[str, str], name: str) -> bool:
    return env.get(name, "").strip().lower() not in _NO


def _environment(env: Mapping[str, str]) -> _Layer:
    layer = _Layer()
    for selector in _listed(env, "GEPPETTO_PLUGINS_DENY") or ():
        layer.deny[selector] = "GEPPETTO_PLUGINS_DENY"
    layer.only = _listed(env, "GEPPETTO_PLUGINS_ONLY")
    layer.trust = _trust("GEPPETTO_PLUGINS_TRUST", env.get("GEPPETTO_PLUGINS_TRUST", "").strip() or None)
    said = {"only": layer.only, "trust": layer.trust}
    layer.source = {
        key: f"GEPPETTO_PLUGINS_{key.upper()}" for key, value in said.items() if value is not None
    }
    return layer


def _listed(env: Mapping[str, str], name: str) -> list[str] | None:
    """Return a comma list of selectors; an unset or empty variable says nothing."""
    found = [each.strip() for each in env.get(name, "").split(",") if each.strip()]
    for selector in found:
        try:
            check_selector(selector)
        except ConfigError as error:
            raise _error(name, error.message, error.next_step) from None
    return found or None


def _ignored(project: _Layer) -> tuple[str, ...]:
    """Name what an untrusted project may not say."""
    settings = ["only"] if project.only is not None else []
    settings += ["override"] if project.override else []
    settings += ["trust"] if project.trust is not None else []
    return tuple(
        f"{project.source[key]}: `{key}` is ignored: the file of a project may only deny;"
        " set it in your own plugins.toml"
        for key in settings
    )


def _read(file: Path) -> _Layer:
    text = ""
    try:
        text = file.read_text(encoding="utf-8")
        data = tomllib.loads(text)
    except FileNotFoundError:
        return _Layer()
    except tomllib.TOMLDecodeError as error:
        where = re.search(r"at line (\d+)", str(error))
        line = where[1] if where else len(text.splitlines())  # else it is "at end of document"
        raise _error(f"{file}:{line}", f"no valid TOML: {error}") from error
    except (OSError, UnicodeDecodeError) as error:
        raise _error(f"{file}", f"cannot be read: {error}") from error
    return _layer(_File(str(file), text), data)


@dataclass(slots=True, frozen=True)
class _File:
    name: str
    text: str

    def at(self, word: str) -> str:
        """Return `file:line` of the first line that begins with the word, else of the first that holds it."""
        lines = [line.partition("#")[0].strip().lstrip("[\"'") for line in self.text.splitlines()]
        begins = [number for number, line in enumerate(lines, 1) if line.startswith(word)]
        holds = [number for number, line in enumerate(lines, 1) if word in line]
        return f"{self.name}:{(begins or holds or [1])[0]}"


def _layer(file: _File, data: Mapping[str, Any]) -> _Layer:
    for key in data:
        if key not in _KEYS:
            hint = (
                f"did you mean {nearest(key, _KEYS)}?"
                if nearest(key, _KEYS)
                else f"known: {', '.join(_KEYS)}"
            )
            raise _error(file.at(key), f"there is no setting '{key}'", hint)
    deny = _selectors(file, data, "deny") or []
    layer = _Layer({each: file.at(each) for each in deny}, _selectors(file, data, "only"))
    layer.override = _overrides(file, data.get("override", {}))
    layer.trust = _trust(file.at("trust"), data.get("trust"))
    layer.source = {key: file.at(key) for key in ("only", "override", "trust")}
    return layer


def _selectors(file: _File, data: Mapping[str, Any], key: str) -> list[str] | None:
    value = data.get(key)
    if value is None:
        return None
    if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
        raise _error(
            file.at(key), f"'{key}' is no list of strings", f'write {key} = ["name-of-a-distribution"]'
        )
    for each in value:
        try:
            check_selector(each)
        except ConfigError as error:
            raise _error(file.at(each), error.message, error.next_step) from None
    return value


def _trust(where: str, value: Any) -> Trust | None:
    """Return the mode that is meant; a word that is none must not be taken for "everything may be used"."""
    if value is None or (isinstance(value, str) and value in list(Trust)):
        return None if value is None else Trust(value)
    guess = nearest(str(value), list(Trust))
    hint = f"did you mean {guess}?" if guess else f"write {' or '.join(Trust)}"
    raise _error(where, f"there is no trust '{value}'", hint)


def _overrides(file: _File, value: Any) -> dict[str, str]:
    example = 'write [override] and below it "tool/lookup" = "name-of-a-distribution"'
    if not isinstance(value, dict):
        raise _error(file.at("override"), "'override' is no table", example)
    for lookup, distribution in value.items():
        kind, slash, name = lookup.replace(":", "/", 1).partition("/")
        if kind not in list(Kind) or not slash or not name or not isinstance(distribution, str):
            raise _error(file.at(lookup), f"override '{lookup}' is no kind/name = distribution", example)
    return value


def _error(where: str, problem: str, next_step: str = "") -> ConfigError:
    return ConfigError(
        f"{where}: {problem}",
        code="PLUGIN_POLICY",
        phase="plugins",
        subject=where,
        next_step=next_step or f"correct {where}",
    )
