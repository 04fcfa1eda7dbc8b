"""What single models take or refuse: rules that move every month, so they are dated data and no code."""

from __future__ import annotations

import functools
import tomllib
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from importlib.resources import files
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["ModelRules"]


@dataclass(slots=True, frozen=True, eq=False)
class ModelRules:
    """The rules of one vendor, from a TOML file in its package.

    The file has `dated`, `source` and a list `rules`, each with `models` (patterns of shell style, compared with the
    name behind the last slash), `refuses` (setting -> what to do instead) and further traits of the vendor's own. A
    later rule goes before an earlier one.
    """

    dated: str
    rules: tuple[Mapping[str, Any], ...] = field(repr=False)

    @classmethod
    def load(cls, package: str, name: str = "models.toml") -> ModelRules:
        """Read the rules that a package brings, once."""
        return _load(package, name)

    def refused(self, model: str) -> dict[str, str]:
        """Return the settings that a model does not take, each with what to do instead."""
        found: dict[str, str] = {}
        for rule in self._matching(model):
            found |= rule.get("refuses", {})
            for setting in rule.get("takes", ()):
                found.pop(setting, None)
        return found

    def trait(self, model: str, name: str, default: Any = None) -> Any:
        """Return a trait of a model."""
        values = [rule[name] for rule in self._matching(model) if name in rule]
        return values[-1] if values else default

    def _matching(self, model: str) -> tuple[Mapping[str, Any], ...]:
        return _matching(self, model.rpartition("/")[2])  # routers write vendor/model


@functools.lru_cache(maxsize=256)  # every request asks, of the same few models
def _matching(rules: ModelRules, name: str) -> tuple[Mapping[str, Any], ...]:
    return tuple(
        rule for rule in rules.rules if any(fnmatchcase(name, pattern) for pattern in rule["models"])
    )


@functools.cache
def _load(package: str, name: str) -> ModelRules:
    found = tomllib.loads(files(package).joinpath(name).read_text(encoding="utf-8"))
    return ModelRules(str(found["dated"]), tuple(found["rules"]))
