"""`geppetto doctor`, `middlewares schema` and `tools call`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable
    from pathlib import Path

    Geppetto = Callable[..., subprocess.CompletedProcess[str]]

PROVIDER = """
from geppetto import EngineFactory
from geppetto.engine import CredentialSpec
from geppetto.plugins import hookimpl

@hookimpl
def geppetto_engine_factories():
    return [EngineFactory("acme", build=lambda s, d: None, credentials=(CredentialSpec("acme", env=("ACME_KEY",)),))]
"""


def test_doctor_names_keys_and_never_shows_them(geppetto: Geppetto, install: Callable[..., None]) -> None:
    """A key's source and presence are told; its value stands nowhere in the output."""
    install("acme", "[geppetto.engines]\nacme = acme_plugin\n", acme_plugin=PROVIDER)

    done = geppetto("doctor", "--json", ACME_KEY="sk-very-secret-value")

    found = json.loads(done.stdout)
    [key] = [row for row in found["credentials"] if row["name"] == "acme"]
    assert key["present"] is True
    assert "ACME_KEY" in key["source"]
    assert "sk-very-secret-value" not in done.stdout + done.stderr


def test_doctor_has_the_documented_keys_and_works_with_broken_plugins(
    geppetto: Geppetto, install: Callable[..., None]
) -> None:
    """Every plugin may be broken: the doctor still says what there is."""
    install("bad", "[geppetto.engines]\nbad = bad_plugin\n", bad_plugin="raise SystemExit(1)")

    done = geppetto("doctor", "--json")

    assert done.returncode == 0
    assert set(json.loads(done.stdout)) == {
        "checks",
        "python",
        "platform",
        "geppetto",
        "parts",
        "plugins",
        "trust",
        "missing_plugins",
        "home",
        "config_files",
        "credentials",
        "problems",
        "warnings",
    }


def test_doctor_reads_well(geppetto: Geppetto) -> None:
    """Without --json it is a page for people."""
    done = geppetto("doctor")

    assert "usable contributions" in done.stdout
    assert "parts: http by httptools, json by msgspec, schemas by jsonschema-rs" in done.stdout


def test_a_middlewares_schema_is_printed(geppetto: Geppetto) -> None:
    """`middlewares schema NAME` prints the JSON Schema itself."""
    done = geppetto("middlewares", "schema", "logging")

    assert json.loads(done.stdout)["properties"]["level"]["enum"] == ["debug", "info", "warning"]


def test_a_tool_is_called_with_json(geppetto: Geppetto) -> None:
    """`tools call` runs a tool as the loop would and prints its result."""
    plain = geppetto("tools", "call", "calculator", '{"expression": "2 ** 10"}')
    as_json = geppetto("tools", "call", "calculator", '{"expression": "2 ** 10"}', "--json")

    assert plain.stdout == "1024\n"
    assert json.loads(as_json.stdout) == {"tool": "calculator", "status": "ok", "result": 1024, "error": None}


def test_bad_arguments_of_a_tool_are_told(geppetto: Geppetto) -> None:
    """Arguments that do not fit the schema, or are no JSON, fail readably."""
    misfit = geppetto("tools", "call", "calculator", "{}")
    broken = geppetto("tools", "call", "calculator", "{")

    assert (misfit.returncode, broken.returncode) == (1, 2)
    assert "'expression' is a required property" in misfit.stderr
    assert "not JSON" in broken.stderr


CHECKS = """
from geppetto.checks import Check
from geppetto.plugins import hookimpl

def _broken():
    raise RuntimeError("the engine is gone")

@hookimpl
def geppetto_checks():
    return [Check("fine", lambda: {"engine": "v8"}), Check("gone", _broken)]
"""


def test_doctor_runs_the_checks_of_plugins(geppetto: Geppetto, install: Callable[..., None]) -> None:
    """Facts of those that work, and what is wrong with the others."""
    install("acme", "[geppetto.checks]\nfine = acme_checks\ngone = acme_checks\n", acme_checks=CHECKS)

    found = json.loads(geppetto("doctor", "--json").stdout)["checks"]
    plain = geppetto("doctor").stdout

    assert {"name": "fine", "ok": True, "facts": {"engine": "v8"}} in found
    assert {"name": "gone", "ok": False, "error": "the engine is gone", "code": ""} in found
    assert "fine: engine v8" in plain
    assert "gone: the engine is gone" in plain


def _put(file: Path, content: str | None) -> None:
    """Write a file; None puts a folder in its place, which cannot be read as one."""
    file.parent.mkdir(parents=True, exist_ok=True)
    if content is None:
        file.mkdir()
    else:
        file.write_text(content)


@pytest.mark.parametrize(
    ("place", "content", "code"),
    [
        ("home/config/geppetto.yaml", None, "CONFIG_FILE_INVALID"),
        ("home/config/profiles.yaml", None, "FILE_NOT_USABLE"),
        ("home/config/profiles.yaml", "slug: [", "DECODE_ERROR"),
        ("home/config/plugins.toml", "deny = [", "PLUGIN_POLICY"),
        ("home/config/keys.json", "{}", "KEY_FILE_MODE"),
        ("work/geppetto.yaml", "defaults: [", "CONFIG_FILE_INVALID"),
        ("work/geppetto.yaml", "engine: echo", "CONFIG_FILE_INVALID"),
        ("work/geppetto.yaml", "defaults: {settings: {modle: m}}", "UNKNOWN_KEY"),
    ],
)
def test_what_is_broken_is_a_row_among_all_others(
    place: str, content: str | None, code: str, geppetto: Geppetto, tmp_path: Path
) -> None:
    """With its next step, and the exit code says that there is something to mend."""
    _put(tmp_path / place, content)

    machine, plain = geppetto("doctor", "--json"), geppetto("doctor")

    found = json.loads(machine.stdout)
    [problem] = found["problems"]
    assert (machine.returncode, plain.returncode) == (1, 1)
    assert problem["code"] == code
    assert problem["next_step"]
    assert f"next:  {problem['next_step']}" in plain.stdout
    assert {row["name"] for row in found["credentials"]} >= {"openai", "gemini"}


def test_several_broken_things_are_all_told(geppetto: Geppetto, tmp_path: Path) -> None:
    """The first does not hide the second; what is left out of a project that is not trusted is no fault."""
    _put(tmp_path / "home" / "config" / "keys.json", "{}")
    _put(tmp_path / "home" / "config" / "profiles.yaml", None)
    _put(tmp_path / "work" / "geppetto.yaml", "defaults: {engine: ollama}")

    found = json.loads(geppetto("doctor", "--json").stdout)
    (tmp_path / "home" / "config" / "keys.json").unlink()
    (tmp_path / "home" / "config" / "profiles.yaml").rmdir()
    mended = geppetto("doctor")

    assert [row["code"] for row in found["problems"]] == ["FILE_NOT_USABLE", "KEY_FILE_MODE"]
    assert mended.returncode == 0
    assert "is not trusted; left out" in mended.stdout
