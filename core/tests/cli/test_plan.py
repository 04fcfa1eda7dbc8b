"""`geppetto plan` and `geppetto plan diff`."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

Geppetto = Callable[..., subprocess.CompletedProcess[str]]

TEAM = """slug: team
profiles:
  default:
    runtime:
      step_settings_patch: {engine: {name: echo}, settings: {reply: hi}, inference: {seed: 1}}
      system_prompt: Be brief.
      middlewares: [{name: logging, id: a}]
      tools: [clock]
  same:
    stack: [{profile_slug: default}]
  other:
    stack: [{profile_slug: default}]
    runtime: {system_prompt: Be long.}
"""


@pytest.fixture
def team(tmp_path: Path) -> str:
    """Give a registry file."""
    (tmp_path / "team.yaml").write_text(TEAM)
    return str(tmp_path / "team.yaml")


@pytest.mark.parity(312)
def test_a_plan_for_people_and_for_machines(geppetto: Geppetto, team: str) -> None:
    """What runs, the values that somebody set with their places, the chain; nothing runs."""
    options = ("plan", "-p", "default", "--profile-registries", team, "--set", "seed=2")
    plain, machine = geppetto(*options), geppetto(*options, "--json")

    lines = plain.stdout.splitlines()
    assert lines[0].startswith("engine   echo (geppetto ")
    assert lines[2:4] == ["profile  team/default", "tools    clock"]
    assert any(line.split()[:2] == ["/inference/seed", "2"] and "--set" in line for line in lines)
    assert any("/settings/reply" in line and "team.yaml:5" in line for line in lines)
    assert any(line.split()[:2] == ["1", "logging#a"] for line in lines)
    found = json.loads(machine.stdout)
    assert found["profile_slug"] == "default"
    assert found["runtime_fingerprint"] in plain.stdout
    assert (plain.returncode, plain.stderr) == (0, "")


@pytest.mark.parity(335, 350)
def test_a_patch_file_is_applied(geppetto: Geppetto, team: str, tmp_path: Path) -> None:
    """As YAML or JSON; what is wrong is told with the file, the operation and the candidates."""
    good, bad, ugly = (tmp_path / name for name in ("good.json", "bad.yaml", "ugly.yaml"))
    good.write_text('{"ops": [{"op": "disable", "target": "logging#a"}]}')
    bad.write_text("- {op: remove, target: loging}\n")
    ugly.write_text("- {op: configure, target: logging, config: {level: loud}}\n")
    options = ("plan", "-p", "default", "--profile-registries", team, "--json", "--middleware-patch")

    done, failed, misfit = (geppetto(*options, str(file)) for file in (good, bad, ugly))
    missing = geppetto(*options, str(tmp_path / "none.yaml"))

    assert [row["enabled"] for row in json.loads(done.stdout)["chain"]] == [False]
    error = json.loads(failed.stdout)["error"]
    assert (failed.returncode, error["code"]) == (2, "INVALID_PATCH")
    assert "bad.yaml: ops[0] (remove)" in error["message"]
    assert error["details"] == {"candidates": ["logging#a"]}
    error = json.loads(misfit.stdout)["error"]
    assert error["code"] == "SCHEMA_VALIDATION_FAILED"
    assert "logging#a: /level: 'loud' is not one of" in error["message"]
    assert "(from middleware patch (" in error["message"]
    assert json.loads(missing.stdout)["error"]["code"] == "INVALID_PATCH"


def test_a_plan_shows_what_flags_say(geppetto: Geppetto, team: str) -> None:
    """Middlewares, tools and an empty system prompt, which takes the profile's away."""
    done = geppetto(
        "plan", "-p", "default", "--profile-registries", team, "--system", "", "--tool", "calculator",
        "--middleware", 'logging#b:{"level": "debug"}', "--json",
    )  # fmt: skip

    found = json.loads(done.stdout)
    assert found["resolved_runtime"]["system_prompt"] == ""
    assert found["resolved_runtime"]["tools"] == ["calculator"]
    assert [(row["label"], row["config"]["level"], row["origin"]) for row in found["chain"]] == [
        ("logging#a", "info", "profile team/default"),
        ("logging#b", "debug", "--middleware"),
    ]


def test_plans_that_mean_the_same(geppetto: Geppetto, team: str) -> None:
    """End with 0 and print nothing."""
    done = geppetto("plan", "diff", "default", "team/same", "--profile-registries", team)

    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_plans_that_differ(geppetto: Geppetto, team: str) -> None:
    """End with 1; a line for each difference, or JSON."""
    plain = geppetto("plan", "diff", "default", "other", "--profile-registries", team)
    machine = geppetto("plan", "diff", f"{team}:default", f"{team}:other", "--json")

    assert (plain.returncode, machine.returncode) == (1, 1)
    assert plain.stdout == '~ /system_prompt "Be brief." -> "Be long."\n'
    assert json.loads(machine.stdout) == [
        {"path": "/system_prompt", "change": "changed", "before": "Be brief.", "after": "Be long."}
    ]


def test_registry_files_are_compared_profile_by_profile(
    geppetto: Geppetto, team: str, tmp_path: Path
) -> None:
    """What one of them does not have is named."""
    (tmp_path / "new.yaml").write_text(TEAM.replace("  same:", "  fresh:").replace("seed: 1", "seed: 2"))

    done = geppetto("plan", "diff", team, str(tmp_path / "new.yaml"))

    assert done.returncode == 1
    assert done.stdout.splitlines() == [
        "~ /profiles/default/inference/seed 1 -> 2",
        "+ /profiles/fresh",
        "~ /profiles/other/inference/seed 1 -> 2",
        "- /profiles/same",
    ]


def test_a_plan_in_a_file_is_compared_with_now(geppetto: Geppetto, team: str, tmp_path: Path) -> None:
    """The plan of yesterday; what is no plan is refused."""
    saved, broken = tmp_path / "plan.json", tmp_path / "broken.json"
    saved.write_text(geppetto("plan", "-p", "default", "--profile-registries", team, "--json").stdout)
    broken.write_text('{"values": 3}')

    same = geppetto("plan", "diff", str(saved), f"{team}:default")
    other = geppetto("plan", "diff", str(saved), f"{team}:other")
    refused = geppetto("plan", "diff", str(broken), f"{team}:default", "--json")
    nobody = geppetto("plan", "diff", f"{team}:nope", f"{team}:default")

    assert (same.returncode, same.stdout) == (0, "")
    assert other.returncode == 1
    assert (refused.returncode, json.loads(refused.stdout)["error"]["code"]) == (2, "PLAN_INVALID")
    assert nobody.returncode == 2
    assert "profile not found" in nobody.stderr


def test_what_will_not_go_is_told_before_a_run(geppetto: Geppetto, team: str) -> None:
    """A middleware that nobody has, an engine other than the profile's."""
    middleware = geppetto("plan", "--middleware", "loging")
    engine = geppetto("plan", "-p", "default", "--profile-registries", team, "-e", "demo")

    assert middleware.returncode == 3
    assert "Did you mean logging?" in middleware.stderr
    assert engine.returncode == 2
    assert "MERGE_CONFLICT" in engine.stderr
