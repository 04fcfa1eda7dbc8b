"""What the sections of a profile mean to an engine."""

from __future__ import annotations

from typing import Any

import pytest
from geppetto.profile.redact import redacted
from geppetto.profile.settings import run_document

GO: dict[str, dict[str, Any]] = {
    "ai-chat": {"ai-engine": "m1", "ai-api-type": "openai", "ai-temperature": 0.2, "ai-max-response-tokens": 9, "ai-stop": ["x"], "ai-cache-type": "none"},
    "openai-chat": {"openai-api-key": "sk-1", "openai-presence-penalty": 0.5, "openai-n": 1},
    "claude-chat": {"claude-api-key": "sk-ant", "claude-base-url": "https://c.example"},
    "ai-client": {"timeout": 30, "user-agent": "x"},
    "inference": {"reasoning-effort": "low", "seed": 4},
    "ai-inference": {"inference-thinking-budget": 2000},
    "surprise": {"a": 1},
}  # fmt: skip


def test_a_go_profile_in_our_words() -> None:
    """Model, key, limits, what is asked of the model; what means nothing is named and does no harm."""
    found = run_document(GO)

    assert found.engine == "openai"
    assert found.settings == {
        "model": "m1", "temperature": 0.2, "max_output_tokens": 9, "stop": ["x"], "reasoning_effort": "low", "reasoning_budget": 2000,
        "api_key": "sk-1", "presence_penalty": 0.5,
    }  # fmt: skip
    assert found.inference == {"seed": 4}
    assert found.timeout == 30
    assert found.ignored == ["ai-chat.ai-cache-type", "ai-client.user-agent", "surprise"]


@pytest.mark.parametrize(
    ("kind", "engine", "settings"),
    [
        ("claude", "claude", {"api_key": "sk-ant", "base_url": "https://c.example"}),
        ("anthropic", "anthropic", {"api_key": "sk-ant", "base_url": "https://c.example"}),
        ("openai-responses", "openai-responses", {"api_key": "sk-1", "presence_penalty": 0.5}),
        ("groq", "groq", {}),
        ("", "", {}),
    ],
)
def test_a_key_belongs_to_its_vendor(kind: str, engine: str, settings: dict[str, str]) -> None:
    """No key and no address of another vendor reaches an engine."""
    sections = {
        "ai-chat": {"ai-api-type": kind},
        "openai-chat": GO["openai-chat"],
        "claude-chat": GO["claude-chat"],
    }

    found = run_document(sections)

    assert (found.engine, found.settings) == (engine, settings)


def test_keys_may_stand_in_a_section_of_their_own() -> None:
    """As Go profiles have them; the vendor's own section goes before."""
    api = {
        "api_keys": {"openai-api-key": "sk-a", "claude-api-key": "sk-b"},
        "base_urls": {"openai-base-url": "https://o.example/v1"},
    }

    found = run_document({"ai-chat": {"ai-api-type": "openai"}, "api": api})
    both = run_document(
        {"ai-chat": {"ai-api-type": "openai"}, "api": api, "openai-chat": {"openai-api-key": "sk-own"}}
    )

    assert found.settings == {"api_key": "sk-a", "base_url": "https://o.example/v1"}
    assert both.settings["api_key"] == "sk-own"


def test_our_own_sections_are_taken_as_they_are() -> None:
    """And stand above those of the Go library."""
    sections: dict[str, dict[str, Any]] = {
        "engine": {"name": "gemini"},
        "settings": {"model": "g", "top_k": 3},
        "inference": {"top_p": 0.5},
        "ai-chat": {"ai-engine": "old"},
    }

    found = run_document(sections)

    assert (found.engine, found.settings, found.inference, found.ignored) == (
        "gemini",
        {"model": "g", "top_k": 3},
        {"top_p": 0.5},
        [],
    )


def test_nothing_secret_is_shown() -> None:
    """By its name, by its shape, and in a trace by its path; harmless names stay."""
    canary = "canary-canary"
    shown = redacted(
        {
            "openai-api-key": canary,
            "api_keys": {"x": canary, "y": [canary]},
            "nested": [{"password": canary, "access_token": canary, "n": 1}],
            "text": "use sk-abcdefghijkl here",
            "paths": [
                {
                    "path": "/runtime/a/openai-api-key",
                    "value": canary,
                    "steps": [{"value": canary, "layer_index": 0}],
                }
            ],
            "runtime_key": "fast",
            "allowed_override_keys": ["tools"],
            "max_tokens": 5,
        }
    )

    assert canary not in repr(shown)
    assert "sk-abcdefghijkl" not in shown["text"]
    assert (shown["runtime_key"], shown["allowed_override_keys"], shown["max_tokens"]) == (
        "fast",
        ["tools"],
        5,
    )
    assert shown["paths"][0]["steps"] == [{"value": "***", "layer_index": 0}]
