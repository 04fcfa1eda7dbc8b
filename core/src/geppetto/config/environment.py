"""The environment as a layer: `GEPPETTO__SETTINGS__TEMPERATURE=0.2` is `/settings/temperature`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from geppetto.config.document import Document, check_roots
from geppetto.config.source import Layer
from geppetto.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["PREFIX", "read_environment"]

PREFIX = "GEPPETTO__"


def read_environment(env: Mapping[str, str]) -> Document:
    """Return what the variables say; their values are YAML scalars. Raises ConfigError for a path that is none."""
    values: dict[str, Any] = {}
    variables: dict[str, str] = {}
    for name in sorted(name for name in env if name.upper().startswith(PREFIX)):
        path = name[len(PREFIX) :].lower().split("__")
        if not all(path):
            raise ConfigError(
                f"the variable {name} names no path",
                code="CONFIG_INVALID",
                subject=name,
                next_step=f"{PREFIX}SETTINGS__TEMPERATURE=0.2",
            )
        check_roots({path[0]: None}, f"the variable {name}")
        _put(values, path, env[name], name)
        variables["/" + "/".join(path)] = name
    return Document("environment", Layer.ENVIRONMENT, values, lines=variables, text=True)


def _put(values: dict[str, Any], path: list[str], value: str, name: str) -> None:
    for part in path[:-1]:
        inner = values.setdefault(part, {})
        if not isinstance(inner, dict):
            raise _clash(name)
        values = inner
    if isinstance(values.get(path[-1]), dict):
        raise _clash(name)
    values[path[-1]] = value


def _clash(name: str) -> ConfigError:
    return ConfigError(
        f"the variable {name} and another one say a value and something inside it",
        code="CONFIG_INVALID",
        subject=name,
        next_step="unset one of them",
    )
