"""`geppetto keys`: keys are stored and named, and never shown."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    Geppetto = Callable[..., subprocess.CompletedProcess[str]]

KEY = "sk-very-secret-key-0123456789"


def _set(tmp_path: Path, *arguments: str, key: str = KEY) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "geppetto", "keys", "set", *arguments],
        input=f"{key}\n", capture_output=True, text=True, check=False,
        env={**os.environ, "GEPPETTO_HOME": str(tmp_path / "home")}, cwd=tmp_path,
    )  # fmt: skip


def test_a_key_is_stored_for_its_owner_alone_and_never_shown(geppetto: Geppetto, tmp_path: Path) -> None:
    """The file has mode 0600; listing names the key and its hosts, not its value."""
    done = _set(tmp_path, "openai", "--host", "https://proxy.example")

    listed = geppetto("keys", "list", "--json")
    path = Path(geppetto("keys", "path").stdout.strip())
    assert done.returncode == 0, done.stderr
    assert json.loads(listed.stdout) == [
        {"name": "openai", "hosts": ["https://proxy.example"], "kept_in": "key file"}
    ]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert KEY not in done.stdout + done.stderr + listed.stdout + geppetto("doctor").stdout


def test_a_removed_key_is_gone(geppetto: Geppetto, tmp_path: Path) -> None:
    """`remove` forgets a key; removing what is not there exits with 3."""
    _set(tmp_path, "openai")

    first, second = geppetto("keys", "remove", "openai"), geppetto("keys", "remove", "openai")

    assert (first.returncode, second.returncode) == (0, 3)
    assert geppetto("keys", "list", "--json").stdout.strip() == "[]"


def test_an_empty_key_is_refused(tmp_path: Path) -> None:
    """Nothing is stored for blank input."""
    done = _set(tmp_path, "openai", key=" ")

    assert done.returncode == 2
    assert "the key is empty" in done.stderr


def test_a_key_that_nobody_asks_for_is_stored_with_a_warning(geppetto: Geppetto, tmp_path: Path) -> None:
    """It may be misspelt, or for a plugin to come."""
    misspelt, known = _set(tmp_path, "opnai"), _set(tmp_path, "openai")

    assert (misspelt.returncode, known.stderr) == (0, "stored openai\n")
    assert "warning: no installed plugin asks for a key opnai; did you mean openai?" in misspelt.stderr
    assert "opnai" in geppetto("keys", "list").stdout
