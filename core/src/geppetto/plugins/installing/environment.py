"""Which environment this interpreter is, told from facts: whoever manages it must install, or what is installed is lost."""

from __future__ import annotations

import os
import re
import shutil
import sys
import sysconfig
from dataclasses import dataclass
from enum import StrEnum
from importlib.machinery import PathFinder
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Facts", "Manager", "manager_of", "read_facts"]

#: where uv keeps the environments that it may throw away: below its cache, in buckets with a version
_THROWN_AWAY = re.compile(r"(archive|environments|builds)-v\d+")


class Manager(StrEnum):
    """Who manages an environment."""

    UV_TOOL = "uv tool"
    UVX = "uvx"
    PIPX = "pipx"
    VENV = "virtual environment"
    EXTERNAL = "externally managed Python"
    CONDA = "conda"
    SYSTEM = "system Python"


@dataclass(slots=True, frozen=True)
class Facts:
    """What is known about an environment.

    `uv` and `pipx` are how these are called, empty where they are not there. `receipt` and `pipx_metadata` are the texts
    of the files that uv and pipx leave in environments of theirs; `external` is the file by which a Python says that
    others install into it (PEP 668). `project` says that uv.lock stands beside the environment; `variables` are the names
    of what the process's environment says to uv and pipx.
    """

    prefix: Path
    base_prefix: Path
    executable: str
    pip: bool = False
    uv: tuple[str, ...] = ()
    pipx: tuple[str, ...] = ()
    receipt: str | None = None
    pipx_metadata: str | None = None
    external: Path | None = None
    conda: bool = False
    project: bool = False
    variables: frozenset[str] = frozenset()


def manager_of(facts: Facts) -> Manager:
    """Return who manages the environment; files of uv and pipx say more than the folders do."""
    if facts.receipt is not None:
        return Manager.UV_TOOL
    if facts.pipx_metadata is not None:
        return Manager.PIPX
    if any(_THROWN_AWAY.fullmatch(part) for part in facts.prefix.parts):
        return Manager.UVX
    if facts.prefix != facts.base_prefix:
        return Manager.VENV
    if facts.external is not None:
        return Manager.EXTERNAL
    return Manager.CONDA if facts.conda else Manager.SYSTEM


def read_facts(
    env: Mapping[str, str],
    *,
    prefix: Path | None = None,
    base_prefix: Path | None = None,
    stdlib: Path | None = None,
) -> Facts:
    """Read the facts about this interpreter, or about one with these folders."""
    prefix = prefix or Path(sys.prefix)
    external = (stdlib or Path(sysconfig.get_path("stdlib"))) / "EXTERNALLY-MANAGED"
    return Facts(
        prefix=prefix,
        base_prefix=base_prefix or Path(sys.base_prefix),
        executable=sys.executable,
        pip=_importable("pip"),
        uv=_called("uv", env),
        pipx=_called("pipx", env),
        receipt=_text(prefix / "uv-receipt.toml"),
        pipx_metadata=_text(prefix / "pipx_metadata.json"),
        external=external if external.is_file() else None,
        conda=(prefix / "conda-meta").is_dir(),
        project=(prefix.parent / "uv.lock").is_file() and (prefix.parent / "pyproject.toml").is_file(),
        variables=frozenset(name for name in env if name.startswith(("UV_", "PIPX_"))),
    )


def _called(program: str, env: Mapping[str, str]) -> tuple[str, ...]:
    """Return how a program is called: by its name where the shell finds it, else as a module of this environment."""
    if shutil.which(program, path=env.get("PATH", os.defpath)):
        return (program,)
    return (sys.executable, "-P", "-m", program) if _importable(program) else ()


def _importable(name: str) -> bool:
    """Say whether a module is installed; one that lies in the working folder is none that is meant."""
    here = Path.cwd()
    return PathFinder.find_spec(name, [each for each in sys.path if each and Path(each) != here]) is not None


def _text(file: Path) -> str | None:
    try:
        return file.read_text(encoding="utf-8", errors="replace")
    except (FileNotFoundError, NotADirectoryError):
        return None
