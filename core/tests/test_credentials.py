from __future__ import annotations

import json
import multiprocessing
import os
import stat
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from geppetto.credentials import CredentialStore, KeyFile
from geppetto.engine.contract import CredentialSpec
from geppetto.engine.deps import Credentials, Paths
from geppetto.errors import CredentialError
from geppetto.secret import Secret

SPEC = CredentialSpec("openai", env=("OPENAI_API_KEY", "OPENAI_KEY"), hosts=("api.openai.com",))
VENDOR = "https://api.openai.com/v1"
PROXY = "https://proxy.example:8443/openai"

Store = Callable[..., CredentialStore]


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """Give a function that makes a store with a key file and an environment."""

    def make(keys: Any = None, **environ: str) -> CredentialStore:
        made = CredentialStore(Paths(config=tmp_path, data=tmp_path), environ)
        if keys is not None:
            path = made.key_file.path
            path.write_text(keys if isinstance(keys, str) else json.dumps(keys))
            path.chmod(0o600)
        return made

    return make


def refused(store: Credentials, base_url: str, spec: CredentialSpec = SPEC) -> CredentialError:
    """Return the error of a search that must fail."""
    with pytest.raises(CredentialError) as caught:
        store.resolve(spec, base_url=base_url)
    return caught.value


@pytest.mark.parametrize(
    ("keys", "environ", "base_url", "expected"),
    [
        ({"openai": "file"}, {"OPENAI_API_KEY": "env"}, VENDOR, "file"),
        ({}, {"OPENAI_KEY": "second", "OPENAI_API_KEY": "first"}, VENDOR, "first"),
        ({"openai": " file\n"}, {}, VENDOR, "file"),
        ({"openai": {"key": "file"}}, {}, VENDOR, "file"),
        ({"openai": ""}, {"OPENAI_API_KEY": "env"}, VENDOR, "env"),
        ({}, {"OPENAI_API_KEY": " ", "OPENAI_KEY": "second"}, VENDOR, "second"),
        (None, {"OPENAI_API_KEY": "env"}, "https://API.openai.com:443/v1/", "env"),
        ({"openai": {"key": "file", "hosts": ["https://proxy.example:8443"]}}, {}, PROXY, "file"),
        ({"openai": {"key": "f", "hosts": ["proxy.example:8443"]}}, {"OPENAI_API_KEY": "env"}, VENDOR, "env"),
        ({"openai": {"key": "f", "hosts": ["http://localhost:8080"]}}, {}, "http://localhost:8080/v1", "f"),
    ],
)
def test_where_a_key_is_found(
    store: Store, keys: Any, environ: dict[str, str], base_url: str, expected: str
) -> None:
    """The first key that may go to the host is taken; empty ones count as missing."""
    credentials: Credentials = store(keys, **environ)

    key = credentials.resolve(SPEC, base_url=base_url)

    assert key.reveal() == expected


@pytest.mark.parametrize(
    "base_url",
    [
        *[
            "https://proxy.example/v1",
            "http://api.openai.com/v1",
            "https://api.openai.com:8443",
            "http://localhost:1",
        ],
        *[
            "https://api.openai.com.evil.test",
            "https://evil.test/api.openai.com",
            "https://api.openai.com@evil.test",
        ],
        *["https://evil.test?https://api.openai.com", "https://[", ""],
    ],
)
@pytest.mark.parametrize("keys", [{"openai": "canary-key"}, None])
def test_keys_stay_with_their_hosts(store: Store, base_url: str, keys: Any) -> None:
    """A key of the file or the environment goes to no other host, scheme or port; the error names no key."""
    credentials = store(keys, **({} if keys else {"OPENAI_API_KEY": "canary-key"}))

    error = refused(credentials, base_url)

    assert error.code == "KEY_NOT_FOR_HOST"
    assert "canary" not in str(error.to_json())
    assert credentials.optional(SPEC, base_url=base_url) is None


def test_the_refusal_says_how_to_store_a_key_for_the_host(store: Store) -> None:
    """Who uses a proxy is told the command."""
    credentials = store({"openai": "k"})

    error = refused(credentials, PROXY)

    assert error.subject == "https://proxy.example:8443"
    assert "geppetto keys set openai --host https://proxy.example:8443" in error.next_step


def test_an_explicit_key_goes_anywhere(store: Store) -> None:
    """What the user wrote next to the base URL is theirs to send there; an empty one is none."""
    credentials = store({"openai": "file"})

    key = credentials.resolve(SPEC, base_url="http://localhost:1234", explicit=Secret("x"))

    assert key.reveal() == "x"
    assert credentials.optional(SPEC, base_url="http://localhost:1234", explicit=Secret("")) is None


def test_no_key_at_all(store: Store) -> None:
    """Where nothing is found, the command and the variable are named."""
    credentials = store()

    error = refused(credentials, VENDOR)

    assert (error.code, error.exit_code) == ("CREDENTIALS_MISSING", 4)
    assert error.next_step == "geppetto keys set openai or set OPENAI_API_KEY"
    assert credentials.optional(SPEC, base_url=VENDOR) is None


@pytest.mark.skipif(os.name != "posix", reason="file modes are POSIX's")
@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604, 0o660])
def test_a_key_file_that_others_can_read_is_refused(store: Store, mode: int) -> None:
    """A readable key file is not used before its mode is mended; the command is in the error."""
    credentials = store({"openai": "k"})
    credentials.key_file.path.chmod(mode)

    error = refused(credentials, VENDOR)

    assert error.code == "KEY_FILE_MODE"
    assert error.next_step == f"chmod 600 {credentials.key_file.path}"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('{\n  "openai": "canary",\n  oops\n}', "line 3"),
        ('["canary"]', "no JSON object"),
        ('{"openai": 5}', "'openai'"),
        ('{"openai": {"key": "canary", "hosts": "https://a"}}', "'openai'"),
        ('{"openai": {"hosts": []}}', "'openai'"),
    ],
)
def test_a_malformed_key_file(store: Store, text: str, told: str) -> None:
    """File and place are named, and nothing in the error or its causes holds the file's text."""
    credentials = store(text)

    error = refused(credentials, VENDOR)

    assert error.code == "KEY_FILE_INVALID"
    assert told in error.message
    assert str(credentials.key_file.path) in error.message
    assert "canary" not in "".join(traceback.format_exception(error))
    assert (error.__cause__, error.__context__) == (None, None)


def test_keys_are_stored(tmp_path: Path) -> None:
    """A stored key is found again, with its hosts; the file is readable by its owner only."""
    keys = KeyFile(tmp_path / "new" / "keys.json")

    keys.set("openai", Secret("a"))
    keys.set("claude", Secret("b"), hosts=["https://proxy.example"])
    entry, other = keys.get("openai"), keys.get("claude")

    assert keys.names() == ["claude", "openai"]
    assert entry is not None
    assert (entry.key.reveal(), entry.hosts) == ("a", ())
    assert other is not None
    assert other.hosts == ("https://proxy.example",)
    assert json.loads(keys.path.read_text())["openai"] == "a"
    assert stat.S_IMODE(keys.path.stat().st_mode) == 0o600


def test_keys_are_removed(tmp_path: Path) -> None:
    """Removing says whether there was something to remove, and leaves no temporary file."""
    keys = KeyFile(tmp_path / "keys.json")
    keys.set("openai", Secret("a"))

    first, second = keys.remove("openai"), keys.remove("openai")

    assert (first, second, keys.names()) == (True, False, [])
    assert keys.get("openai") is None
    assert {path.name for path in tmp_path.iterdir()} <= {"keys.json", "keys.json.lock"}


def _write(path: Path, name: str) -> None:
    for i in range(5):
        KeyFile(path).set(f"{name}{i}", Secret("k"))


def test_writers_do_not_lose_each_others_keys(tmp_path: Path) -> None:
    """Four processes that store keys at the same time lose none."""
    path = tmp_path / "keys.json"
    spawn = multiprocessing.get_context("fork")

    writers = [spawn.Process(target=_write, args=(path, name)) for name in "abcd"]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(30)

    assert len(KeyFile(path).names()) == 20


def test_sources(store: Store) -> None:
    """The doctor is told where each key would come from, and no value."""
    credentials = store({"openai": "canary"}, GEMINI_API_KEY="canary")
    specs = [SPEC, CredentialSpec("gemini", env=("GEMINI_API_KEY",)), CredentialSpec("claude", env=("X",))]

    sources = credentials.sources(specs)

    assert [(source["name"], source["present"]) for source in sources] == [
        ("openai", True),
        ("gemini", True),
        ("claude", False),
    ]
    assert sources[0]["source"] == f"key file {credentials.key_file.path}"
    assert sources[1]["source"] == "environment variable GEMINI_API_KEY"
    assert "canary" not in str(sources)
    assert "canary" not in repr(credentials.key_file.get("openai"))
