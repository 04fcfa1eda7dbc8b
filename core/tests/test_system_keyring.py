"""Keys in the system's keyring, with the real library over a keyring in a file, each time in a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

KEY, OTHER = "sk-sentinel-one-0123456789", "sk-sentinel-two-0123456789"
FILE_BACKEND = "keyrings.alt.file.PlaintextKeyring"

#: a keyring that nobody can open, and that says too much
LOCKED = """
from keyring.backend import KeyringBackend
from keyring.errors import KeyringError, KeyringLocked

class Keyring(KeyringBackend):
    priority = 1

    def get_password(self, service, username):
        raise KeyringLocked("the collection is locked")

    def set_password(self, service, username, password):
        raise KeyringError(f"cannot keep {password}")

    def delete_password(self, service, username):
        raise KeyringLocked("the collection is locked")
"""
RESOLVE = """
import os, sys
from geppetto.credentials import CredentialStore
from geppetto.engine import CredentialSpec
from geppetto.errors import CredentialError
from geppetto.plugins.paths import paths

store = CredentialStore(paths(os.environ), os.environ)
spec = CredentialSpec("openai", env=("OPENAI_API_KEY",), hosts=("api.openai.com",))
for base_url in sys.argv[1:]:
    try:
        print(store.resolve(spec, base_url=base_url).reveal())
    except CredentialError as error:
        print(error.code, error.next_step)
print("keyring" in sys.modules)
"""
VENDOR = "https://api.openai.com/v1"

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Give a function that runs Python with an empty home; the keyring is a file unless another is named."""
    (tmp_path / "locked_keyring.py").write_text(LOCKED)
    home = {
        "GEPPETTO_HOME": str(tmp_path / "home"),
        "XDG_DATA_HOME": str(tmp_path / "data"),
        "HOME": str(tmp_path),
    }
    own = {**home, "PYTHONPATH": str(tmp_path)}
    lent = {name: value for name, value in os.environ.items() if name != "OPENAI_API_KEY"}

    def start(
        *words: str, backend: str = FILE_BACKEND, stdin: str = "", **env: str
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, *words], capture_output=True, text=True, check=False, timeout=60, cwd=tmp_path,
            input=stdin, env={**lent, **own, "PYTHON_KEYRING_BACKEND": backend, **env},
        )  # fmt: skip

    return start


@pytest.fixture
def keys(run: Run) -> Run:
    """Give a function that runs `geppetto keys`."""

    def start(*words: str, **options: Any) -> subprocess.CompletedProcess[str]:
        return run("-m", "geppetto", "keys", *words, **options)

    return start


def _resolved(run: Run, *base_urls: str, **options: Any) -> list[str]:
    done = run("-c", RESOLVE, *(base_urls or (VENDOR,)), **options)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def _in_keyring(run: Run) -> str:
    code = "import keyring; print(keyring.get_password('geppetto', 'openai'))"
    return run("-c", code).stdout.strip()


def _file(tmp_path: Path) -> Any:
    return json.loads((tmp_path / "home" / "config" / "keys.json").read_text())


def test_a_key_in_the_keyring_is_found_and_the_file_only_points_to_it(
    run: Run, keys: Run, tmp_path: Path
) -> None:
    """No output shows it, and no file of ours has it."""
    done = keys("set", "openai", "--keyring", stdin=f"{KEY}\n")

    assert (done.returncode, done.stderr) == (0, "stored openai in the keyring\n")
    assert _file(tmp_path) == {"openai": {"keyring": True, "hosts": []}}
    assert _in_keyring(run) == KEY
    assert _resolved(run) == [KEY, "True"]
    shown = [keys("list"), keys("list", "--json"), run("-m", "geppetto", "doctor"), done]
    assert KEY not in "".join(each.stdout + each.stderr for each in shown)
    assert json.loads(shown[1].stdout) == [{"name": "openai", "hosts": [], "kept_in": "keyring"}]
    assert "keyring" in shown[0].stdout


def test_a_key_in_the_keyring_goes_to_its_hosts_only(run: Run, keys: Run) -> None:
    """For another host the keyring is not even asked: the environment's key is taken, where it may go."""
    keys("set", "openai", "--keyring", "--host", "https://proxy.example", stdin=f"{KEY}\n")

    assert _resolved(run, "https://proxy.example/v1") == [KEY, "True"]
    assert _resolved(run, VENDOR, OPENAI_API_KEY=OTHER) == [OTHER, "False"]
    [refused, asked] = _resolved(run, VENDOR)
    assert refused.startswith("KEY_NOT_FOR_HOST")
    assert asked == "False"


def test_who_has_no_key_there_does_not_load_the_library(run: Run, keys: Run) -> None:
    """It costs a tenth of a second."""
    keys("set", "openai", stdin=f"{KEY}\n")

    assert _resolved(run) == [KEY, "False"]


def test_a_removed_key_is_gone_from_both(run: Run, keys: Run, tmp_path: Path) -> None:
    """A second time there is nothing to remove."""
    keys("set", "openai", "--keyring", stdin=f"{KEY}\n")

    ends = [keys("remove", "openai").returncode, keys("remove", "openai").returncode]

    assert ends == [0, 3]
    assert _in_keyring(run) == "None"
    assert _file(tmp_path) == {}


def test_a_key_that_is_stored_in_the_file_instead_leaves_the_keyring(
    run: Run, keys: Run, tmp_path: Path
) -> None:
    """And the other way round, the file has it no more."""
    keys("set", "openai", "--keyring", stdin=f"{KEY}\n")
    assert keys("set", "openai", stdin=f"{OTHER}\n").returncode == 0
    assert (_in_keyring(run), _file(tmp_path)) == ("None", {"openai": OTHER})

    keys("set", "openai", "--keyring", stdin=f"{KEY}\n")
    assert KEY not in str(_file(tmp_path))
    assert OTHER not in str(_file(tmp_path))


def test_a_key_that_is_replaced_in_the_keyring_is_seen_by_who_runs(run: Run, keys: Run) -> None:
    """A host remembers what the keyring said until the key file changes."""
    keys("set", "openai", "--keyring", stdin=f"{KEY}\n")
    code = RESOLVE.replace("print(store.resolve", "print('ready', flush=True); input(); print(store.resolve")
    first = "store.resolve(spec, base_url=sys.argv[1])\nfor base_url"
    command = code.replace("for base_url", first, 1)
    env = {name: value for name, value in os.environ.items() if name != "OPENAI_API_KEY"}
    told = run("-c", "import json, os; print(json.dumps(dict(os.environ)))").stdout
    with subprocess.Popen(
        [sys.executable, "-c", command, VENDOR], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        env={**env, **json.loads(told)},
    ) as running:  # fmt: skip
        assert running.stdout is not None
        assert running.stdout.readline() == "ready\n"
        keys("set", "openai", "--keyring", stdin=f"{OTHER}\n")
        out, _ = running.communicate("\n", timeout=30)

    assert out.splitlines() == [OTHER, "True"]


def test_a_keyring_that_has_not_the_key_is_told(run: Run, keys: Run) -> None:
    """Somebody removed it there; the next step stores it again."""
    keys("set", "openai", "--keyring", stdin=f"{KEY}\n")
    run("-c", "import keyring; keyring.delete_password('geppetto', 'openai')")

    assert _resolved(run) == [
        "KEY_NOT_IN_KEYRING geppetto keys set openai --keyring, or geppetto keys remove openai",
        "True",
    ]
    doctor = run("-m", "geppetto", "doctor", "--json")
    assert [problem["code"] for problem in json.loads(doctor.stdout)["problems"]] == ["KEY_NOT_IN_KEYRING"]
    assert keys("remove", "openai").returncode == 0


def test_the_doctor_says_that_a_key_is_in_the_keyring(run: Run, keys: Run) -> None:
    """As it says which file or variable has others."""
    keys("set", "openai", "--keyring", stdin=f"{KEY}\n")

    found = json.loads(run("-m", "geppetto", "doctor", "--json").stdout)

    [row] = [row for row in found["credentials"] if row["name"] == "openai"]
    assert row == {"name": "openai", "source": "keyring", "present": True}
    assert found["problems"] == []


@pytest.mark.parametrize(
    ("backend", "code", "step"),
    [
        ("keyring.backends.fail.Keyring", "KEYRING_MISSING", "geppetto keys set openai; or name a backend"),
        ("keyring.backends.null.Keyring", "KEYRING_FAILED", "unlock the keyring"),
        ("locked_keyring.Keyring", "KEYRING_FAILED", "unlock the keyring"),
        ("no_such_module.Keyring", "KEYRING_FAILED", "unlock the keyring"),
    ],
)
def test_a_keyring_that_cannot_keep_a_key_is_told(
    backend: str, code: str, step: str, keys: Run, tmp_path: Path
) -> None:
    """Nothing is stored, in the file neither; what a backend says is shown without the key."""
    done = keys("set", "openai", "--keyring", stdin=f"{KEY}\n", backend=backend)

    assert done.returncode == 4
    assert f"code:  {code}" in done.stderr
    assert step in done.stderr
    assert "Traceback" not in done.stderr
    assert KEY not in done.stdout + done.stderr
    assert not (tmp_path / "home" / "config" / "keys.json").exists()


@pytest.mark.parametrize(
    ("backend", "code"),
    [("keyring.backends.fail.Keyring", "KEYRING_MISSING"), ("locked_keyring.Keyring", "KEYRING_FAILED")],
)
def test_a_keyring_that_cannot_be_asked_any_more_is_told(
    backend: str, code: str, run: Run, keys: Run, tmp_path: Path
) -> None:
    """A run names the next step; a key in the file takes its place, and the old one is said to be left behind."""
    keys("set", "openai", "--keyring", stdin=f"{KEY}\n")

    [error, _] = _resolved(run, OPENAI_API_KEY=OTHER, backend=backend)
    done = keys("set", "openai", stdin=f"{OTHER}\n", backend=backend)

    assert error.startswith(code)
    assert done.returncode == 4
    assert "code:  KEY_LEFT_IN_KEYRING" in done.stderr
    assert "the key file has the new key" in done.stderr
    assert _resolved(run, backend=backend) == [OTHER, "False"]
