"""Which registries and which profile are meant: options, then the environment, then the configuration folder."""

from __future__ import annotations

from typing import TYPE_CHECKING

from geppetto.profile.sources import SourceSpec, parse_sources
from geppetto.profile.stores import YamlStore

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from geppetto.profile.chain import ProfileChain

__all__ = ["chosen_profile", "chosen_sources", "named_sources", "own_store"]

_PROFILE = ("GEPPETTO_PROFILE", "PINOCCHIO_PROFILE")
_REGISTRIES = ("GEPPETTO_PROFILE_REGISTRIES", "PINOCCHIO_PROFILE_REGISTRIES")
_FOLDER = "profiles"
_OWN = "profiles.yaml"


def chosen_profile(option: str | None, env: Mapping[str, str]) -> str:
    """Return the profile that is named: by the option, else by the environment; empty where none is."""
    return option or next((env[name] for name in _PROFILE if env.get(name)), "")


def named_sources(option: str | None, env: Mapping[str, str]) -> str:
    """Return the places that the option names, else the environment; empty where nobody names any."""
    return option or next((env[name] for name in _REGISTRIES if env.get(name)), "")


def chosen_sources(
    option: str | Iterable[str] | None, env: Mapping[str, str], config: Path
) -> list[SourceSpec]:
    """Return where the registries are: by the option, the environment, else the files of the configuration folder.

    Those are `profiles.yaml`, which is written, and the files and databases in `profiles/`, in order of their names.
    """
    if option is not None and not isinstance(option, str):
        return parse_sources(option)  # an empty list says: none
    named = named_sources(option, env)
    if named:
        return parse_sources(named)
    folder = config / _FOLDER
    files = sorted(folder.iterdir()) if folder.is_dir() else []
    return [
        spec
        for file in files
        if file.is_file() and file.suffix != ".lock"
        for spec in parse_sources(str(file))
    ]


def own_store(chain: ProfileChain, config: Path) -> None:
    """Connect the user's own file on top: the store that new profiles go to."""
    chain.connect(YamlStore(config / _OWN))
