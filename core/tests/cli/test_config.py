"""`geppetto config` and `geppetto trust`: which value came from where, and what a project may say."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Geppetto = Callable[..., subprocess.CompletedProcess[str]]

PROFILES = """slug: team
profiles:
  base:
    runtime:
      step_settings_patch:
        engine: {name: echo}
        inference:
          temperature: 0.2
  default:
    stack: [{profile_slug: base}]
    runtime:
      step_settings_patch:
        inference:
          temperature: 0.3
"""
USER = """defaults:
  inference:
    temperature: 0.1
overrides:
  inference:
    temperature: 0.4
"""
PROJECT = """overrides:
  inference:
    temperature: 0.5
"""


@pytest.fixture
def layered(geppetto: Geppetto, tmp_path: Path) -> Callable[..., Any]:
    """Give a function that runs a command where every layer says a temperature."""
    config = tmp_path / "home" / "config"
    (config / "profiles").mkdir(parents=True)
    (config / "profiles" / "team.yaml").write_text(PROFILES)
    (config / "geppetto.yaml").write_text(USER)
    (tmp_path / "work" / "geppetto.yaml").write_text(PROJECT)

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        return geppetto(
            *arguments, "-p", "default", "--set", "temperature=0.7",
            GEPPETTO__INFERENCE__TEMPERATURE="0.6",
        )  # fmt: skip

    return run


def test_every_layer_is_explained(layered: Callable[..., Any], tmp_path: Path) -> None:
    """Lowest first, each with its file and line; the winner is marked."""
    home, work = tmp_path / "home" / "config", tmp_path / "work"
    machine = layered("config", "explain", "/temperature", "--json")
    plain = layered("config", "explain", "inference/temperature")

    steps = json.loads(machine.stdout)["paths"]["/inference/temperature"]
    assert [(step["layer"], step["value"], step["place"]) for step in steps] == [
        ("schema-defaults", 0.1, f"defaults of geppetto.yaml ({home}/geppetto.yaml:3)"),
        ("profile", 0.2, f"profile team/base ({home}/profiles/team.yaml:8)"),
        ("profile", 0.3, f"profile team/default ({home}/profiles/team.yaml:14)"),
        ("config-file", 0.4, f"overrides of geppetto.yaml ({home}/geppetto.yaml:6)"),
        ("config-file", 0.5, f"overrides of geppetto.yaml ({work}/geppetto.yaml:3)"),
        ("environment", 0.6, "environment (GEPPETTO__INFERENCE__TEMPERATURE)"),
        ("flags", 0.7, "--set"),
    ]
    lines = plain.stdout.splitlines()
    assert lines[0] == "/inference/temperature"
    assert [line.startswith(">") for line in lines[2:]] == [False] * 6 + [True]
    assert (machine.returncode, machine.stderr) == (0, "")


def test_everything_that_somebody_set_is_shown(layered: Callable[..., Any]) -> None:
    """Without a path; what nobody touched is left out."""
    found = json.loads(layered("config", "explain", "--json").stdout)

    assert found["engine"] == "echo"
    assert set(found["paths"]) == {"/engine", "/inference/temperature"}


def test_a_path_that_nobody_sets(layered: Callable[..., Any]) -> None:
    """The nearest is offered."""
    done = layered("config", "explain", "/temprature")

    assert done.returncode == 2
    assert "nobody sets /temprature" in done.stderr
    assert "did you mean /inference/temperature?" in done.stderr


@pytest.mark.parametrize(
    ("path", "meant"),
    [("/tempature", "/temperature"), ("sytem_prompt", "/system_prompt"), ("/repply", "/reply")],
)
def test_a_path_that_could_be_set_is_offered_too(path: str, meant: str, geppetto: Geppetto) -> None:
    """An option, a root or a setting of the engine, whether anybody has set it or not."""
    done = geppetto("config", "explain", "-e", "echo", path)

    assert f"next:  did you mean {meant}?" in done.stderr


def test_a_good_path_that_nobody_sets_is_not_corrected(geppetto: Geppetto) -> None:
    """There is nothing to mean instead."""
    done = geppetto("config", "explain", "/temperature")

    assert "did you mean" not in done.stderr


@pytest.mark.parametrize(
    ("word", "hint"),
    [
        ("temperatur", "did you mean temperature?"),
        ("tols.names", "did you mean tools?"),
        ("repply", "did you mean reply?"),
        ("zzz", "known: engine, extensions, extra, inference, "),
    ],
)
def test_a_word_that_set_does_not_know_is_compared_with_all_it_may_begin_with(
    word: str, hint: str, geppetto: Geppetto
) -> None:
    """Settings of the engine, options of the run, and the roots."""
    done = geppetto("run", "-e", "echo", "--set", f"{word}=1", "hi")

    assert done.returncode == 2
    assert f"next:  {hint}" in done.stderr
    assert f"set by --set; {hint}" in done.stderr


def test_what_was_left_out_of_a_file_is_told_when_the_run_fails_for_it(
    geppetto: Geppetto, tmp_path: Path
) -> None:
    """The project names an engine, which is left out, and a setting of it, which no other engine has."""
    file = tmp_path / "work" / "geppetto.yaml"
    file.write_text("defaults:\n  engine: ollama\n  settings: {model: m}\n")

    plain, machine = geppetto("run", "hi"), geppetto("run", "--json", "hi")

    warning = f"{file} is not trusted; left out:\n  {file}:2: /engine\n  next: geppetto trust {file.parent}"
    assert f"warning: {warning}\nerror: engine demo has no key 'model'" in plain.stderr
    assert json.loads(machine.stdout)["error"]["details"]["warnings"] == [warning]


def test_an_unknown_variable_is_an_error(geppetto: Geppetto) -> None:
    """In every command that reads the environment; it names the nearest."""
    for command in (("config", "explain"), ("plan",), ("run", "hi")):
        done = geppetto(*command, GEPPETTO__INFERENCES__TEMPERATURE="0.5")
        assert done.returncode == 2
        assert "GEPPETTO__INFERENCES__TEMPERATURE" in done.stderr
        assert "did you mean inference?" in done.stderr
    inner = geppetto("plan", GEPPETTO__INFERENCE__TEMPERATUR="0.5")
    assert "did you mean temperature?" in inner.stderr
    assert "GEPPETTO__INFERENCE__TEMPERATUR" in inner.stderr


UNTRUSTED = """defaults:
  engine: echo
  settings:
    reply: from the project
overrides:
  inference: {seed: 5}
  extensions: {acme.x@v1: {api_key: k}}
"""


def test_an_untrusted_project_changes_nothing_that_matters(geppetto: Geppetto, tmp_path: Path) -> None:
    """Each refused line is named, before and until `geppetto trust .`; a change of the file ends the trust."""
    file = tmp_path / "work" / "geppetto.yaml"
    file.write_text(UNTRUSTED.replace("  settings:\n    reply: from the project\n", ""))

    before = geppetto("config", "explain", "--json")
    ran = geppetto("run", "hello")
    trusted = geppetto("trust", ".")
    after = geppetto("config", "explain", "--json")
    file.write_text(file.read_text() + "# changed\n")
    changed = geppetto("config", "explain", "--json")

    assert json.loads(before.stdout)["engine"] == "demo"
    assert json.loads(before.stdout)["paths"]["/inference/seed"][-1]["value"] == 5
    for done in (before, ran, changed):
        assert done.returncode == 0
        assert f"{file}:2: /engine" in done.stderr
        assert f"{file}:5: /extensions/acme.x@v1/api_key" in done.stderr
        assert f"next: geppetto trust {file.parent}" in done.stderr
    assert trusted.stdout == f"{file} is trusted as it is now\n"
    assert (json.loads(after.stdout)["engine"], after.stderr) == ("echo", "")
    assert json.loads(changed.stdout)["engine"] == "demo"


def test_a_trusted_project_says_everything(geppetto: Geppetto, tmp_path: Path) -> None:
    """Also found from a folder below, up to the root of the repository."""
    file = tmp_path / "work" / "geppetto.yaml"
    file.write_text(UNTRUSTED)

    geppetto("trust", str(file))
    done = geppetto("run", "hello")

    assert (done.stdout, done.stderr) == ("from the project\n", "")


def test_nothing_to_trust(geppetto: Geppetto) -> None:
    """A folder without the file is an error."""
    done = geppetto("trust", ".")

    assert done.returncode == 2
    assert "geppetto.yaml" in done.stderr


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("engine: echo\n", "geppetto.yaml:1: 'engine' stands outside of defaults and overrides"),
        ("defaults:\n  enigne: echo\n", "did you mean engine?"),
        ("defaults: [a]\n", "geppetto.yaml:1: expected an object"),
        ("a: [\n", "geppetto.yaml"),
        ("overrides:\n  inference:\n    temprature: 1\n", "geppetto.yaml:3"),
    ],
)
def test_a_file_that_cannot_be_used(geppetto: Geppetto, tmp_path: Path, text: str, words: str) -> None:
    """With path, line and what would be right."""
    folder = tmp_path / "home" / "config"
    folder.mkdir(parents=True)
    (folder / "geppetto.yaml").write_text(text)

    done = geppetto("plan")

    assert done.returncode == 2
    assert words in done.stderr


def test_a_secret_is_explained_without_being_shown(geppetto: Geppetto, tmp_path: Path) -> None:
    """By its schema or by its name, in every layer and in what a text was before it was read."""
    folder = tmp_path / "home" / "config"
    folder.mkdir(parents=True)
    (folder / "geppetto.yaml").write_text("defaults: {extensions: {acme.x@v1: {password: canary-1, n: 1}}}\n")
    variables = {"GEPPETTO__EXTENSIONS__ACME.X@V1__PASSWORD": "canary-2"}

    done = [geppetto("config", "explain", *more, **variables) for more in ((), ("--json",), ("/extensions",))]
    done += [geppetto("plan", *more, **variables) for more in ((), ("--json",))]

    for one in done:
        assert one.returncode == 0, one.stderr
        assert "canary" not in one.stdout + one.stderr
        assert "password" in one.stdout


def test_the_schema_of_the_file_is_printed(geppetto: Geppetto) -> None:
    """For editors."""
    found = json.loads(geppetto("config", "schema", "--engine", "echo").stdout)

    assert found["title"] == "geppetto.yaml"
    assert found["$defs"]["document"]["properties"]["engine"]["enum"] == ["echo"]
