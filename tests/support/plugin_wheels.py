"""Plugins as wheels that an installer puts into a folder, for tests that look at what installers write."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

__all__ = ["build", "install"]

_PROJECT = """
[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"

[project]
name = "{name}"
version = "{version}"
requires-python = ">=3.11"

[project.entry-points."{group}"]
{offers}

[tool.hatch.build]
dev-mode-dirs = ["."]

[tool.hatch.build.targets.wheel]
include = ["*.py", "*.pth"]
"""


def build(
    folder: Path,
    name: str,
    offers: dict[str, str],
    files: dict[str, str],
    *,
    version: str = "1.0",
    group: str = "geppetto.engines",
) -> Path:
    """Build a wheel from files, with entry points of one group, and return it."""
    source = folder / f"{name}-{version}-source"
    source.mkdir(parents=True)
    points = "\n".join(f'"{key}" = "{value}"' for key, value in offers.items())
    source.joinpath("pyproject.toml").write_text(
        _PROJECT.format(name=name, version=version, group=group, offers=points)
    )
    for file, text in files.items():
        source.joinpath(file).write_text(text)
    _run("hatchling", "build", "-t", "wheel", "-d", str(folder / "wheels"), folder=source)
    return folder / "wheels" / f"{name.replace('-', '_')}-{version}-py3-none-any.whl"


def install(site: Path, *wheels: Path, from_index: bool = False, editable: bool = False) -> None:
    """Install wheels into a folder, with uv; `from_index` as releases by name, `editable` the sources of one."""
    options = ["--quiet", "--no-deps", "--offline", "--no-build-isolation", "--python", sys.executable]
    given = list(map(str, wheels))
    if from_index:
        options += ["--no-index", "--find-links", str(wheels[0].parent)]
        given = ["==".join(wheel.name.split("-")[:2]) for wheel in wheels]
    if editable:
        given = [word for wheel in wheels for word in ("--editable", str(_source(wheel)))]
    _run("uv", "pip", "install", *options, "--target", str(site), *given, folder=wheels[0].parent)


def _source(wheel: Path) -> Path:
    name, version = wheel.name.split("-")[:2]
    return wheel.parents[1] / f"{name.replace('_', '-')}-{version}-source"


def _run(*words: str, folder: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", *words], cwd=folder, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
