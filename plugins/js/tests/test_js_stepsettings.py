"""The settings of a profile in the names that scripts of the Go library read."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from geppetto import Host
from geppetto_js.api.stepsettings import step_settings
from geppetto_js.script import ScriptHost

_NOTHING: dict[str, Any] = {
    "API": {"APIKeys": {}, "BaseUrls": {}},
    **{group: {} for group in ("Chat", "Client", "Inference", "OpenAI", "Claude", "Gemini")},
}
_GO = {
    "ai-chat": {"ai-api-type": "openai-responses", "ai-engine": "gpt-5-mini", "ai-temperature": 0.2, "ai-stop": ["END"]},
    "ai-inference": {"inference-reasoning-effort": "low", "seed": 7},
    "ai-client": {"timeout": 30, "organization": "org"},
    "openai-chat": {"openai-api-key": "k", "openai-base-url": "http://127.0.0.1/v1", "openai-parallel-tool-calls": True},
    "claude-chat": {"claude-api-key": "other", "claude-top-k": 3},
}  # fmt: skip
_OWN = {
    "engine": {"name": "claude"},
    "settings": {"model": "claude-haiku-4-5", "api_key": "k", "top_k": 3, "presence_penalty": 1},
    "inference": {"temperature": 0.5},
}


@pytest.mark.parametrize(
    ("sections", "expected"),
    [
        (
            _GO,
            {
                "Chat": {"ApiType": "openai-responses", "Engine": "gpt-5-mini", "Temperature": 0.2, "Stop": ["END"]},
                "Client": {"TimeoutSeconds": 30.0, "Organization": "org"},
                "Inference": {"ReasoningEffort": "low", "Seed": 7},
                "API": {"APIKeys": {"openai-api-key": "k"}, "BaseUrls": {"openai-base-url": "http://127.0.0.1/v1"}},
                "OpenAI": {"ParallelToolCalls": True},
            },
        ),
        (
            _OWN,
            {
                "Chat": {"ApiType": "claude", "Engine": "claude-haiku-4-5"},
                "Inference": {"Temperature": 0.5},
                "API": {"APIKeys": {"claude-api-key": "k"}, "BaseUrls": {}},
                "Claude": {"TopK": 3},
            },
        ),
        ({}, {}),
    ],
)  # fmt: skip
def test_sections_of_both_kinds_become_groups(sections: dict[str, Any], expected: dict[str, Any]) -> None:
    """Only what counts for the engine of the profile is said: another vendor's key is not; no group is missing."""
    assert step_settings(sections) == {**_NOTHING, **expected}


def test_a_script_reads_them_without_secrets(tmp_path: Path) -> None:
    """As `profiles.resolve().effectiveStepSettings`, the key blanked."""
    path = tmp_path / "profiles.yaml"
    path.write_text("""slug: own
profiles:
  default:
    runtime:
      step_settings_patch:
        ai-chat: {ai-api-type: gemini, ai-engine: gemini-2.5-flash-lite}
        gemini-chat: {gemini-api-key: canary}
""")
    with Host(profile_registry=str(path)) as host, ScriptHost(host) as scripts:
        found = scripts.runtime.evaluate("require('geppetto').profiles.resolve().effectiveStepSettings")

    assert found == {
        **_NOTHING,
        "Chat": {"ApiType": "gemini", "Engine": "gemini-2.5-flash-lite"},
        "API": {"APIKeys": {"gemini-api-key": "***"}, "BaseUrls": {}},
    }
