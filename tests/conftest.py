"""Wheels of the workspace and clean environments to install them into, shared by the tests that need them."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import wheelhouse

ROOT = Path(__file__).parent.parent
UV = (sys.executable, "-m", "uv")

Run = Callable[..., str]


@pytest.fixture(scope="session")
def run_alone() -> Run:
    """A function that runs a command in an environment that lends it nothing, and returns what it wrote."""
    lent = {"PYTHONPATH", "VIRTUAL_ENV", "OPENAI_API_KEY", "GEPPETTO_HOME"}

    def run(*command: str | Path, cwd: Path = ROOT, **env: str) -> str:
        own = {**{k: v for k, v in os.environ.items() if k not in lent}, **env}
        words = [str(part) for part in command]
        done = subprocess.run(words, capture_output=True, text=True, env=own, check=False, cwd=cwd)
        assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
        return done.stdout

    return run


@pytest.fixture(scope="session")
def wheels(tmp_path_factory: pytest.TempPathFactory, run_alone: Run) -> Path:
    """A folder with the wheels of all packages of the workspace, built from the sources."""
    folder = tmp_path_factory.mktemp("wheels")
    for source in wheelhouse.distributions():
        run_alone(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", folder, cwd=source)
    return folder


@pytest.fixture(scope="session")
def install(wheels: Path, run_alone: Run) -> Callable[..., Path]:
    """A function that installs packages into a new environment, without an index, and returns its Python."""
    third_party = ROOT / ".wheelhouse"
    wheelhouse.fill(third_party)

    def put(folder: Path, *names: str) -> Path:
        run_alone(*UV, "venv", "--quiet", "--python", sys.executable, folder)
        python = folder / "bin" / "python"
        links: list[str | Path] = ["--find-links", wheels, "--find-links", third_party]
        offline = ["--quiet", "--no-index", "--offline"]
        run_alone(*UV, "pip", "install", *offline, *links, "--python", python, *names)
        return python

    return put
