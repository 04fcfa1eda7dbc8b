"""The command line as a user runs it: a process of its own, with plugins that exist for one test."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.fixture
def install(tmp_path: Path) -> Callable[..., None]:
    """Give a function that installs a distribution where `geppetto` will find it."""
    site = tmp_path / "site"
    site.mkdir()

    def put(name: str, entry_points: str, **modules: str) -> None:
        info = site / f"{name.replace('-', '_')}-1.0.dist-info"
        info.mkdir()
        info.joinpath("METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        info.joinpath("entry_points.txt").write_text(entry_points)
        for module, code in modules.items():
            site.joinpath(f"{module}.py").write_text(code)

    return put


@pytest.fixture
def geppetto(tmp_path: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Give a function that runs `geppetto` in an empty folder with an empty configuration."""
    work = tmp_path / "work"
    work.mkdir()
    base = {key: value for key, value in os.environ.items() if not key.startswith("GEPPETTO_")}

    def run(*arguments: str, **env: str) -> subprocess.CompletedProcess[str]:
        own = {"PYTHONPATH": str(tmp_path / "site"), "GEPPETTO_HOME": str(tmp_path / "home")}
        return subprocess.run(
            [sys.executable, "-P", "-m", "geppetto", *arguments],
            capture_output=True,
            text=True,
            check=False,
            cwd=work,
            timeout=60,
            env={**base, **own, **env},
        )

    return run
