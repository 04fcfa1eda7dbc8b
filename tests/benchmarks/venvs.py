"""One environment per peer, built with uv from its pins and kept between runs."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from benchmarks.contestants import Contestant

__all__ = ["FOLDER", "InstallError", "python_of"]

_ROOT = Path(__file__).parents[2]
FOLDER = _ROOT / ".benchmarks"
_SECONDS = 600


class InstallError(Exception):
    """A peer's environment could not be built; the text is the reason, for its row of the table."""


def python_of(contestant: Contestant, below: Path = FOLDER) -> Path:
    """Return the interpreter of a contestant's environment, which is built below a folder when it is not there."""
    wanted = contestant.requires or _ours(contestant.extra)
    ours = () if contestant.requires else ((_ROOT / "core/pyproject.toml").read_text(encoding="utf-8"),)
    folder = below / "venvs" / f"{contestant.environment}-{_digest((*wanted, *ours))}"
    python, done = folder / "bin/python", folder / "complete"
    if not done.exists():
        _uv("venv", "--clear", "--python", sys.executable, str(folder))
        _uv("pip", "install", "--compile-bytecode", "--python", str(python), *wanted)
        done.touch()
    return python


def _ours(extra: str) -> tuple[str, ...]:
    core = str(_ROOT / "core") + (f"[{extra}]" if extra else "")
    return ("-e", core, "-e", str(_ROOT / "contrib-providers/openai"), "httpx==0.28.1")


def _digest(wanted: Sequence[str]) -> str:
    return hashlib.sha256("\n".join(wanted).encode()).hexdigest()[:8]


def _uv(*arguments: str) -> None:
    command = [sys.executable, "-m", "uv", *arguments, "--quiet"]
    try:
        subprocess.run(command, check=True, capture_output=True, text=True, timeout=_SECONDS)
    except (OSError, subprocess.SubprocessError) as error:
        told = str(getattr(error, "stderr", "") or error).strip().splitlines()
        raise InstallError(told[-1] if told else type(error).__name__) from error
