"""The key file's own shapes; what it does with keys stands in test_credentials.py and test_system_keyring.py."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from geppetto.errors import CredentialError
from geppetto.keyfile import KeyFile
from geppetto.secret import Secret


def _written(tmp_path: Path, entry: Any) -> KeyFile:
    path = tmp_path / "keys.json"
    path.write_text(json.dumps({"openai": entry}))
    path.chmod(0o600)
    return KeyFile(path)


def test_a_pointer_to_the_keyring_is_read_without_asking_it(tmp_path: Path) -> None:
    """It has hosts as any entry."""
    entry = _written(tmp_path, {"keyring": True, "hosts": ["https://a.example"]}).get("openai")

    assert entry is not None
    assert (entry.in_keyring, entry.hosts, bool(entry.key)) == (True, ("https://a.example",), False)


@pytest.mark.parametrize(
    "entry",
    [
        {"keyring": True, "key": "canary"},
        {"keyring": False},
        {"keyring": "yes", "hosts": []},
        {"keyring": True, "hosts": "https://a.example"},
    ],
    ids=str,
)
def test_what_is_neither_a_key_nor_a_pointer_is_refused(tmp_path: Path, entry: Any) -> None:
    """The file and the name are told, and no value."""
    with pytest.raises(CredentialError) as caught:
        _written(tmp_path, entry).get("openai")

    assert caught.value.code == "KEY_FILE_INVALID"
    assert "'openai'" in caught.value.message
    assert "canary" not in caught.value.message


def test_each_change_makes_another_state(tmp_path: Path) -> None:
    """Also one that writes the same again: the keyring may have another key then."""
    file = KeyFile(tmp_path / "keys.json")
    states = set()
    for _ in range(3):
        file.set("openai", Secret("k"))
        states.add(file.state())

    assert len(states) == 3
