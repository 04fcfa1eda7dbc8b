"""Profiles written on the command line, as far as `test_profiles.py` does not say it."""

import json
import shlex
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

Geppetto = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def registry(tmp_path: Path) -> Path:
    """Give the user's own registry file, with one profile."""
    path = tmp_path / "home" / "config" / "profiles.yaml"
    path.parent.mkdir(parents=True)
    path.write_text("slug: team\nprofiles:\n  brief: {runtime: {system_prompt: Be brief.}}\n")
    return path


def _editor(tmp_path: Path, code: str) -> str:
    """Return an EDITOR that runs Python on the file it is given."""
    script = tmp_path / "editor.py"
    script.write_text(
        f"import sys, pathlib\nfile = pathlib.Path(sys.argv[1])\ntext = file.read_text()\n{code}\n"
    )
    return f"{shlex.quote(sys.executable)} {shlex.quote(str(script))}"


def test_a_profile_is_changed_in_the_editor(geppetto: Geppetto, tmp_path: Path, registry: Path) -> None:
    """What the store writes itself is not shown; an editor that saves nothing changes nothing."""
    change = _editor(
        tmp_path, "assert 'metadata' not in text\nfile.write_text(text.replace('brief.', 'kind.'))"
    )

    done = geppetto("profiles", "edit", "brief", "--json", EDITOR=change, VISUAL="")
    kept = registry.read_text()
    nothing = geppetto("profiles", "edit", "brief", EDITOR=_editor(tmp_path, ""), VISUAL="")

    assert json.loads(done.stdout)["runtime"]["system_prompt"] == "Be kind."
    assert (nothing.returncode, nothing.stderr) == (0, "nothing changed\n")
    assert registry.read_text() == kept


def test_what_was_written_in_the_editor_is_kept_when_it_is_refused(
    geppetto: Geppetto, tmp_path: Path, registry: Path
) -> None:
    """The message says in which file."""
    before = registry.read_text()
    change = _editor(tmp_path, "file.write_text(text.replace('runtime', 'runtine'))")

    done = geppetto("profiles", "edit", "brief", EDITOR=change, VISUAL="", TMPDIR=str(tmp_path))

    (kept,) = tmp_path.glob("brief-*.yaml")
    assert (done.returncode, "did you mean runtime?" in done.stderr, str(kept) in done.stderr) == (
        2,
        True,
        True,
    )
    assert "runtine" in kept.read_text()
    assert registry.read_text() == before


def test_a_profile_with_a_middleware_that_nobody_has_is_not_written(
    geppetto: Geppetto, tmp_path: Path, registry: Path
) -> None:
    """Nor one whose config does not fit; `validate` says the same of a file that was written by hand."""
    before = registry.read_text()
    (tmp_path / "p.json").write_text('{"slug": "p", "runtime": {"middlewares": [{"name": "nope"}]}}')
    (tmp_path / "q.json").write_text(
        '{"slug": "q", "runtime": {"middlewares": [{"name": "logging", "config": {"levle": 1}}]}}'
    )
    (tmp_path / "hand.yaml").write_text(
        "slug: hand\nprofiles: {a: {runtime: {middlewares: [{name: nope}]}}}\n"
    )

    place = ("--registry", "team", "--json")
    unknown = geppetto("profiles", "create", str(tmp_path / "p.json"), *place)
    misfit = geppetto("profiles", "create", str(tmp_path / "q.json"), *place)
    checked = geppetto("profiles", "validate", str(tmp_path / "hand.yaml"), "--json")

    errors = [json.loads(done.stdout or done.stderr)["error"] for done in (unknown, misfit, checked)]
    assert [error["code"] for error in errors] == [
        "MIDDLEWARE_NOT_FOUND",
        "SCHEMA_VALIDATION_FAILED",
        "MIDDLEWARE_NOT_FOUND",
    ]
    assert "hand.yaml: registry.profiles[a].runtime.middlewares[0].name" in errors[2]["subject"]
    assert registry.read_text() == before


def test_a_registry_that_is_read_only_opens_no_editor(geppetto: Geppetto, tmp_path: Path) -> None:
    """Files that are named on the command line are read only."""
    (tmp_path / "named.yaml").write_text("slug: named\nprofiles: {brief: {}}\n")

    done = geppetto(
        "profiles",
        "edit",
        "brief",
        "--profile-registries",
        str(tmp_path / "named.yaml"),
        EDITOR="false",
        VISUAL="",
    )

    assert (done.returncode, "read-only" in done.stderr) == (2, True)


def test_a_new_registry_may_be_named_in_any_case(geppetto: Geppetto, tmp_path: Path) -> None:
    """It is made, and written, under the name that registries have."""
    profile = tmp_path / "p.yaml"
    profile.write_text("slug: brief\nruntime: {system_prompt: Be brief.}\n")
    place = ("--registry", "TEAM", "--profile-registries", str(tmp_path / "new.db"), "--json")

    made = geppetto("profiles", "create", str(profile), *place)
    listed = geppetto("profiles", "list", "--profile-registries", str(tmp_path / "new.db"), "--json")

    assert made.returncode == 0, made.stderr
    assert [row["registry"] for row in json.loads(listed.stdout)] == ["team"]
