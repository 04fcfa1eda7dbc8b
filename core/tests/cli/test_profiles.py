"""`geppetto profiles`, and runs with a profile."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

Geppetto = Callable[..., subprocess.CompletedProcess[str]]

BASE = """
slug: base
profiles:
  default:
    display_name: The base
    runtime:
      step_settings_patch:
        ai-chat: {ai-api-type: echo}
        api: {api_keys: {openai-api-key: canary-in-a-file}}
    policy: {allow_overrides: true, denied_override_keys: [tools]}
"""
MINE = """
slug: mine
profiles:
  default: {description: Mine}
  brief:
    stack: [{registry_slug: base, profile_slug: default}]
    runtime:
      system_prompt: Be brief.
      middlewares: [{name: logging, id: a}, {name: nobody-has-this, enabled: false}]
"""


@pytest.fixture
def places(tmp_path: Path) -> str:
    """Two registry files, the second on top."""
    for name, text in (("a", BASE), ("b", MINE)):
        (tmp_path / f"{name}.yaml").write_text(text)
    return f"{tmp_path}/a.yaml,{tmp_path}/b.yaml"


def test_profiles_are_listed_top_first(geppetto: Geppetto, places: str) -> None:
    """With the default of each registry and the file; by an option or the environment."""
    machine = geppetto("profiles", "list", "--profile-registries", places, "--json")
    plain = geppetto("profiles", "list", GEPPETTO_PROFILE_REGISTRIES=places)

    rows = json.loads(machine.stdout)
    assert [(row["registry"], row["profile"], row["default"]) for row in rows] == [
        ("mine", "brief", False), ("mine", "default", True), ("base", "default", True),
    ]  # fmt: skip
    assert rows[2]["source"].endswith("a.yaml")
    assert plain.stdout.splitlines()[0].split() == ["REGISTRY", "PROFILE", "DEFAULT", "DESCRIPTION", "SOURCE"]


def test_a_profile_is_resolved_with_its_provenance(geppetto: Geppetto, places: str) -> None:
    """Lineage, trace, fingerprint; overrides under the policy; no key of any file is shown."""
    done = geppetto("profiles", "resolve", "brief", "--profile-registries", places, "--json")
    changed = geppetto(
        "profiles",
        "resolve",
        "brief",
        "--profile-registries",
        places,
        "--json",
        "--set",
        "system_prompt=Be long.",
    )
    refused = geppetto("profiles", "resolve", "brief", "--profile-registries", places, "--set", "tools=[]")
    shown = geppetto("profiles", "show", "default", "--registry", "base", "--profile-registries", places)

    found = json.loads(done.stdout)
    assert [each["profile_slug"] for each in found["metadata"]["profile.stack.lineage"]] == [
        "default",
        "brief",
    ]
    assert found["effective_runtime"]["system_prompt"] == "Be brief."
    assert found["runtime_fingerprint"].startswith("sha256:")
    assert json.loads(changed.stdout)["effective_runtime"]["system_prompt"] == "Be long."
    assert json.loads(changed.stdout)["runtime_fingerprint"] != found["runtime_fingerprint"]
    assert refused.returncode == 2
    assert "override key" in refused.stderr
    assert "ai-api-type: echo" in shown.stdout
    assert "canary-in-a-file" not in done.stdout + shown.stdout + done.stderr


def test_a_run_is_what_its_profile_says(geppetto: Geppetto, places: str) -> None:
    """Engine, prompt and middlewares are really used, those that are disabled are not; an option stands above."""
    by_option = geppetto("run", "--profile", "brief", "--profile-registries", places, "--json", "hi")
    by_variable = geppetto(
        "run",
        "--json",
        "hi",
        GEPPETTO_PROFILE="brief",
        PINOCCHIO_PROFILE="no-such",
        GEPPETTO_PROFILE_REGISTRIES=places,
    )
    above = geppetto(
        "run", "-p", "brief", "--profile-registries", places, "--system", "Be long.", "--json", "hi"
    )
    other = geppetto("run", "-p", "brief", "--profile-registries", places, "-e", "demo", "hi")

    for done in (by_option, by_variable):
        document = json.loads(done.stdout)
        assert [block["kind"] for block in document["turn"]["blocks"]] == ["system", "user", "llm_text"], (
            done.stderr
        )
        assert document["turn"]["blocks"][0]["payload"]["text"] == "Be brief."
        assert document["result"]["provider"] == "echo"
    assert json.loads(above.stdout)["turn"]["blocks"][0]["payload"]["text"] == "Be long."
    assert other.returncode == 2
    assert "MERGE_CONFLICT" in other.stderr


def test_what_is_wrong_is_told(geppetto: Geppetto, places: str, tmp_path: Path) -> None:
    """Names, files, stacks: with a code and a next step."""
    (tmp_path / "bad.yaml").write_text("slug: bad\nprofiles: {a: {stack: [{profile_slug: nope}]}}\n")

    name = geppetto("run", "-p", "breif", "--profile-registries", places, "hi")
    missing = geppetto("run", "-p", "x", "--profile-registries", "none.yaml", "hi")
    bad = geppetto("profiles", "validate", str(tmp_path / "bad.yaml"), "--json")
    good = geppetto("profiles", "validate", *places.split(","), "--json")
    nobody = geppetto("run", "-p", "x", "hi")

    assert (name.returncode, missing.returncode, bad.returncode, nobody.returncode) == (2, 2, 2, 2)
    assert "did you mean brief?" in name.stderr
    assert "none.yaml" in missing.stderr
    assert json.loads(bad.stdout)["error"]["subject"] == "registry.profiles[a].stack[0]"
    assert json.loads(good.stdout) == [
        {"registry": "base", "profiles": 1},
        {"registry": "mine", "profiles": 2},
    ]
    assert "profile" in nobody.stderr


def test_files_of_the_folder_are_found(geppetto: Geppetto, tmp_path: Path) -> None:
    """`profiles/` in the configuration, and the user's own file on top."""
    folder = tmp_path / "home" / "config" / "profiles"
    folder.mkdir(parents=True)
    (folder / "team.yaml").write_text(BASE)
    (folder.parent / "profiles.yaml").write_text("slug: own\nprofiles: {default: {}}\n")

    done = geppetto("profiles", "list", "--json")

    assert [row["registry"] for row in json.loads(done.stdout)] == ["own", "base"]


def test_profiles_are_written(geppetto: Geppetto, tmp_path: Path) -> None:
    """Made, replaced, made the default, deleted, in the user's own file; a version that is gone is a conflict."""
    (tmp_path / "p.yaml").write_text("slug: fast\nruntime: {system_prompt: Be quick.}\n")
    (tmp_path / "q.json").write_text('{"slug": "fast", "description": "New"}')
    (tmp_path / "r.yaml").write_text("slug: slow\n")
    file = str(tmp_path / "p.yaml")

    made = geppetto("profiles", "create", file, "--json", "--actor", "me")
    twice = geppetto("profiles", "create", file, "--json")
    changed = geppetto("profiles", "update", str(tmp_path / "q.json"), "--expected-version", "1", "--json")
    late = geppetto("profiles", "update", str(tmp_path / "q.json"), "--expected-version", "1", "--json")
    geppetto("profiles", "create", str(tmp_path / "r.yaml"))
    default = geppetto("profiles", "set-default", "slow", "--json")
    gone = geppetto("profiles", "delete", "fast")
    rows = geppetto("profiles", "list", "--json")

    assert json.loads(made.stdout)["metadata"]["created_by"] == "me"
    assert json.loads(twice.stdout)["error"]["code"] == "VERSION_CONFLICT"
    assert json.loads(changed.stdout)["metadata"]["version"] == 2
    assert json.loads(late.stdout)["error"]["details"] == {"expected": 1, "actual": 2}
    assert json.loads(default.stdout) == {"registry": "mine", "default_profile_slug": "slow"}
    assert gone.stdout == "deleted mine/fast\n"
    assert [(row["registry"], row["profile"], row["default"]) for row in json.loads(rows.stdout)] == [
        ("mine", "slow", True)
    ]


def test_named_files_are_not_written(geppetto: Geppetto, places: str, tmp_path: Path) -> None:
    """They are people's own; a database that is named is."""
    (tmp_path / "p.yaml").write_text("slug: fast\n")
    database = f"{tmp_path}/x.db"

    refused = geppetto("profiles", "create", str(tmp_path / "p.yaml"), "--profile-registries", places)
    done = geppetto(
        "profiles",
        "create",
        str(tmp_path / "p.yaml"),
        "--profile-registries",
        database,
        "--registry",
        "team",
        "--json",
    )
    rows = geppetto("profiles", "list", "--profile-registries", database, "--json")

    assert refused.returncode == 2
    assert "read-only" in refused.stderr
    assert done.returncode == 0, done.stdout
    assert json.loads(rows.stdout)[0]["registry"] == "team"


def test_validate_warns_of_names_that_nobody_here_knows(geppetto: Geppetto, tmp_path: Path) -> None:
    """Another machine may have them, so the file is valid."""
    path = tmp_path / "slips.yaml"
    path.write_text("slug: s\nprofiles:\n  default:\n    runtime: {tools: [calcu]}\n")

    done = geppetto("profiles", "validate", str(path))

    assert done.returncode == 0
    assert (
        "slips.yaml: profile default: nobody here knows the tool 'calcu'; did you mean calculator?"
        in done.stderr
    )
