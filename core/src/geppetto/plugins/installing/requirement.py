"""What somebody wants installed: a name, a wheel or folder, or an address; never an option for the installer."""

from __future__ import annotations

import os
import re
import tomllib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from geppetto.errors import PluginError
from geppetto.plugins.kinds import CORE, distribution_key

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

__all__ = ["Requirement", "read_requirement"]

_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?")
_ADDRESS = re.compile(r"^(?:[^/\\]*@\s*)?[A-Za-z][A-Za-z0-9+.-]+://|^[^/\\]*@\s*file:")
_ARCHIVES = (".whl", ".tar.gz", ".zip")
_EXTRAS = re.compile(r"(?P<path>.+?)(?P<extras>\[[^\[\]]*\])?")


@dataclass(slots=True, frozen=True)
class Requirement:
    """One thing to install: the text that installers take, and the distribution's name where it is known."""

    text: str
    name: str = ""
    editable: bool = False


def read_requirement(text: str, cwd: Path, *, editable: bool = False) -> Requirement:
    """Return what a text asks for, paths from `cwd` on made absolute.

    Raises PluginError for an option, a path that is not there, and a text of several lines; whether the rest is a
    requirement is for the installer to say.
    """
    wanted = text.strip()
    if not wanted.isprintable() or not wanted:
        raise _refused(text, "it is empty" if not wanted else "it has characters that cannot be printed")
    if wanted.startswith("-"):
        raise _refused(
            wanted, "it begins like an option of the installer", "set such options in its own configuration"
        )
    found = (
        _local(wanted, cwd, editable) if editable or _is_path(wanted) else Requirement(wanted, _named(wanted))
    )
    if found.name == CORE:
        raise _refused(wanted, "geppetto itself is no plugin", "to change geppetto, use what installed it")
    return found


def _named(text: str) -> str:
    """Return the name that a requirement begins with; an address without one begins with its scheme."""
    found = _NAME.match(text)
    return distribution_key(found[0]) if found and not re.match(r"[A-Za-z0-9+.-]+:", text) else ""


def _is_path(text: str) -> bool:
    """Say what pip says: a path has a separator or begins with a dot; a bare name is never a folder."""
    if _ADDRESS.match(text):
        return False
    return text.startswith(".") or any(mark in text for mark in {"/", os.sep}) or text.endswith(_ARCHIVES)


def _local(text: str, cwd: Path, editable: bool) -> Requirement:
    parts = _EXTRAS.fullmatch(text)
    path, extras = (cwd / parts["path"], parts["extras"] or "") if parts else (cwd / text, "")
    if not path.exists():
        raise _refused(text, f"there is no {path}")
    if editable and not path.is_dir():
        raise _refused(text, "only the folder of a project can be installed editable")
    path = path.resolve()
    read: Callable[[Path], str] = _of_folder if path.is_dir() else _of_archive
    return Requirement(f"{path}{extras}", distribution_key(read(path)), editable)


def _of_archive(path: Path) -> str:
    return path.name.partition("-")[0] if path.name.endswith(_ARCHIVES) else ""


def _of_folder(path: Path) -> str:
    """Return the name that a project's folder gives, or nothing: what builds it may work its name out."""
    try:
        name = tomllib.loads((path / "pyproject.toml").read_text("utf-8"))["project"]["name"]
    except (OSError, ValueError, KeyError, TypeError):
        return ""
    return name if isinstance(name, str) else ""


def _refused(text: str, why: str, next_step: str = "") -> PluginError:
    return PluginError(
        f"{text!r} cannot be installed: {why}",
        code="PLUGIN_REQUIREMENT",
        subject=text,
        next_step=next_step or "give a name, name==version, or the path of a wheel or of a project's folder",
    )
