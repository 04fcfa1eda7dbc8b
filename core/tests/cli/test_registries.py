"""Commands that only read: a database whose name is mistyped is an error, and no new empty one."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

Geppetto = Callable[..., subprocess.CompletedProcess[str]]

_READING = [
    ("profiles", "list"),
    ("profiles", "show", "a"),
    ("profiles", "resolve", "a"),
    ("profiles", "edit", "a"),
    ("profiles", "update", "p.yaml", "--registry", "team"),
    ("profiles", "delete", "a", "--registry", "team"),
    ("profiles", "set-default", "a", "--registry", "team"),
    ("plan", "diff", "a", "b"),
    ("plan", "--profile", "a"),
    ("run", "-e", "echo", "hello"),
    ("chat", "-e", "echo"),
]


@pytest.mark.parametrize(
    ("command", "place"),
    [
        *((command, "typo.db") for command in _READING),
        (_READING[0], "sqlite:typo"),
        (_READING[0], "sqlite-dsn:file:typo.db"),
    ],
)
def test_a_mistyped_database_is_an_error_where_nothing_new_is_written(
    geppetto: Geppetto, tmp_path: Path, command: tuple[str, ...], place: str
) -> None:
    """It does not become an empty one; the error says how a new one is made."""
    (tmp_path / "work" / "p.yaml").write_text("slug: a\n")

    done = geppetto(*command, "--profile-registries", place)

    assert done.returncode == 2
    assert "REGISTRY_FILE_NOT_FOUND" in done.stderr
    assert "geppetto profiles create" in done.stderr
    assert not list((tmp_path / "work").glob("typo*"))


def test_a_mistyped_database_of_the_environment_is_told_too(geppetto: Geppetto, tmp_path: Path) -> None:
    """By `doctor`, and by what is run with a profile; what needs no profile goes on."""
    env = {"GEPPETTO_PROFILE_REGISTRIES": "typo.db"}

    doctor = geppetto("doctor", "--json", **env)
    run = geppetto("run", "-e", "echo", "--profile", "a", "hello", **env)
    without = geppetto("run", "-e", "echo", "hello", **env)

    assert [each["code"] for each in json.loads(doctor.stdout)["problems"]] == ["REGISTRY_FILE_NOT_FOUND"]
    assert "REGISTRY_FILE_NOT_FOUND" in run.stderr
    assert without.returncode == 0
    assert not (tmp_path / "work" / "typo.db").exists()


def test_the_next_step_makes_the_database(geppetto: Geppetto, tmp_path: Path) -> None:
    """As it stands in the error, with a name and a file put in; then the command that was refused works."""
    (tmp_path / "work" / "PROFILE.yaml").write_text("slug: a\n")
    command = ("profiles", "list", "--profile-registries", "new.db", "--json")
    said = json.loads(geppetto(*command).stdout)["error"]["next_step"]

    made = geppetto(*said.partition("geppetto ")[2].split())

    assert made.returncode == 0, made.stderr
    assert [row["registry"] for row in json.loads(geppetto(*command).stdout)] == ["team"]


def test_a_database_in_memory_is_no_mistake(geppetto: Geppetto) -> None:
    """Nothing is made for it, so nothing is refused."""
    done = geppetto("profiles", "list", "--profile-registries", "sqlite::memory:", "--json")

    assert (done.returncode, json.loads(done.stdout)) == (0, [])
