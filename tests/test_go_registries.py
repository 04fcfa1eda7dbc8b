"""Three registries as the Go library's examples have them: provider, team, user; resolved as its documentation says."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

PROVIDER = """\
slug: provider-openai
display_name: OpenAI
profiles:
  default:
    slug: default
    runtime:
      step_settings_patch:
        ai-chat:
          ai-api-type: openai
          ai-engine: gpt-4o-mini
          ai-stream: true
        openai-chat:
          openai-api-key: canary-key
          openai-base-url: https://llm.example.com/v1
"""
TEAM = """\
slug: team-agent
profiles:
  agent:
    stack:
      - registry_slug: provider-openai
        profile_slug: default
    runtime:
      system_prompt: You are the team's agent.
      middlewares:
        - {name: systemPrompt, id: team, config: {prompt: Ask when unsure.}}
        - {name: reorderToolResults}
      tools: [calculator, clock]
    extensions:
      team.starter@v1: {suggestions: [one, two], style: {tone: plain}}
"""
USER = """\
slug: user-overrides
profiles:
  assistant:
    stack:
      - registry_slug: team-agent
        profile_slug: agent
      - registry_slug: provider-openai
        profile_slug: default
    runtime:
      step_settings_patch:
        ai-chat: {ai-temperature: 0.2}
      middlewares:
        - {name: systemPrompt, id: team, config: {prompt: Never ask.}}
    policy:
      allow_overrides: true
      denied_override_keys: [tools]
    extensions:
      team.starter@v1: {style: {tone: warm}}
"""


@pytest.fixture
def places(tmp_path: Path) -> str:
    """Give the three files, the user's on top."""
    for name, text in (("a", PROVIDER), ("b", TEAM), ("c", USER)):
        (tmp_path / f"{name}.yaml").write_text(text)
    return ",".join(str(tmp_path / f"{name}.yaml") for name in "abc")


def _geppetto(tmp_path: Path, *arguments: str, **env: str) -> subprocess.CompletedProcess[str]:
    base = {"PATH": "/usr/bin:/bin", "GEPPETTO_HOME": str(tmp_path / "home"), **env}
    return subprocess.run(
        [sys.executable, "-m", "geppetto", *arguments],
        capture_output=True, text=True, check=False, cwd=tmp_path, env=base, timeout=60,
    )  # fmt: skip


def _resolved(tmp_path: Path, places: str, *more: str) -> dict[str, Any]:
    done = _geppetto(
        tmp_path, "profiles", "resolve", "assistant", "--profile-registries", places, "--json", *more
    )
    assert done.returncode == 0, done.stderr
    assert "canary" not in done.stdout + done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_the_stack_of_three_registries_gives_the_documented_result(tmp_path: Path, places: str) -> None:
    """Fields merge by section, middlewares by `name#id`, extensions by key; the key of the provider is not shown."""
    found = _resolved(tmp_path, places)

    assert (found["registry_slug"], found["profile_slug"], found["runtime_key"]) == (
        "user-overrides", "assistant", "assistant",
    )  # fmt: skip
    assert found["effective_runtime"] == {
        "step_settings_patch": {
            "ai-chat": {
                "ai-api-type": "openai", "ai-engine": "gpt-4o-mini", "ai-stream": True, "ai-temperature": 0.2,
            },
            "openai-chat": {"openai-api-key": "***", "openai-base-url": "https://llm.example.com/v1"},
        },
        "system_prompt": "You are the team's agent.",
        "middlewares": [
            {"name": "systemPrompt", "id": "team", "config": {"prompt": "Never ask."}},
            {"name": "reorderToolResults"},
        ],
        "tools": ["calculator", "clock"],
    }  # fmt: skip
    assert found["extensions"] == {
        "team.starter@v1": {"suggestions": ["one", "two"], "style": {"tone": "warm"}}
    }
    assert found["effective_policy"]["allow_overrides"] is True
    assert found["effective_policy"]["denied_override_keys"] == ["tools"]


def test_the_lineage_and_the_trace_say_which_layer_said_what(tmp_path: Path, places: str) -> None:
    """Base first, each profile once."""
    metadata = _resolved(tmp_path, places)["metadata"]

    assert [f"{row['registry_slug']}/{row['profile_slug']}" for row in metadata["profile.stack.lineage"]] == [
        "provider-openai/default",
        "team-agent/agent",
        "user-overrides/assistant",
    ]
    paths = {row["path"]: row for row in metadata["profile.stack.trace"]["paths"]}
    tone = paths["/extensions/team.starter@v1/style/tone"]
    assert (tone["value"], [step["profile_slug"] for step in tone["steps"]]) == (
        "warm",
        ["agent", "assistant"],
    )


def test_the_policy_lets_through_what_it_allows(tmp_path: Path, places: str) -> None:
    """Denied keys stay denied; an override changes the fingerprint, and the same one gives the same fingerprint."""
    plain = _resolved(tmp_path, places)
    changed = _resolved(tmp_path, places, "--set", "system_prompt=In French.")
    again = _resolved(tmp_path, places, "--set", "system_prompt=In French.")
    denied = _geppetto(
        tmp_path,
        "profiles",
        "resolve",
        "assistant",
        "--profile-registries",
        places,
        "--set",
        "tools=[]",
        "--json",
    )

    assert changed["effective_runtime"]["system_prompt"] == "In French."
    assert changed["runtime_fingerprint"] == again["runtime_fingerprint"] != plain["runtime_fingerprint"]
    error = json.loads(denied.stdout or denied.stderr)["error"]
    assert (error["code"], 'override key "tools" is denied' in error["message"]) == (
        "OVERRIDE_NOT_ALLOWED",
        True,
    )


def test_the_last_source_is_on_top_and_names_are_unique(tmp_path: Path, places: str) -> None:
    """A profile without a registry is looked for from the top down; the environment names both as well."""
    (tmp_path / "d.yaml").write_text("slug: top\nprofiles: {agent: {runtime: {system_prompt: On top.}}}\n")
    (tmp_path / "e.yaml").write_text("slug: team-agent\nprofiles: {}\n")

    top = _geppetto(
        tmp_path, "profiles", "resolve", "--json",
        PINOCCHIO_PROFILE="agent", GEPPETTO_PROFILE_REGISTRIES=f"{places},{tmp_path / 'd.yaml'}",
    )  # fmt: skip
    twice = _geppetto(tmp_path, "profiles", "list", "--profile-registries", f"{places},{tmp_path / 'e.yaml'}")

    assert json.loads(top.stdout)["registry_slug"] == "top"
    assert (twice.returncode, 'duplicate registry slug "team-agent"' in twice.stderr) == (2, True)
