"""`geppetto[keyring]` is optional: without the library everything works but the keyring, and that says what is missing."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path

Install = Callable[..., Path]


def test_without_the_library_the_next_step_is_to_install_it(install: Install, tmp_path: Path) -> None:
    """For who stores a key there and for who has one there; removing it says that it is still there."""
    python, home = install(tmp_path / "env", "geppetto"), tmp_path / "home"
    env = {
        **{k: v for k, v in os.environ.items() if k not in {"PYTHONPATH", "VIRTUAL_ENV"}},
        "GEPPETTO_HOME": str(home),
    }

    def geppetto(*words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [python, "-m", "geppetto", *words], capture_output=True, text=True, check=False,
            input="sk-x\n", env=env, cwd=tmp_path, timeout=60,
        )  # fmt: skip

    stored = geppetto("keys", "set", "openai", "--keyring")
    assert stored.returncode == 4
    assert "code:  KEYRING_NOT_INSTALLED" in stored.stderr
    assert "next:  pip install 'geppetto[keyring]'" in stored.stderr
    assert geppetto("keys", "list", "--json").stdout.strip() == "[]"

    file = home / "config" / "keys.json"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text('{"openai": {"keyring": true, "hosts": []}}')
    file.chmod(0o600)
    assert json.loads(geppetto("keys", "list", "--json").stdout)[0]["kept_in"] == "keyring"
    removed = geppetto("keys", "remove", "openai")
    assert removed.returncode == 4
    assert "code:  KEY_LEFT_IN_KEYRING" in removed.stderr
    assert "the library for it is not installed" in removed.stderr
