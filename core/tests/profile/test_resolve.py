"""A profile as a run will have it."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest
from geppetto.errors import PolicyViolation, ProfileInvalid, ProfileNotFound
from geppetto.profile import Registry, read_registry, resolve_profile

OPEN = {"allow_overrides": True}


def _registries(policy: dict[str, Any] | None = None, version: int = 0) -> dict[str, Registry]:
    base = {"runtime": {"step_settings_patch": {"ai-chat": {"ai-engine": "a", "n": 1}}, "tools": ["t"]}}
    top = {
        "stack": [{"profile_slug": "base"}],
        "runtime": {"system_prompt": "Hi.", "middlewares": [{"name": "m", "id": "1"}]},
        "policy": policy or {},
        "metadata": {"version": version},
    }
    return {
        "r": read_registry(
            {"slug": "r", "profiles": {"base": base, "default": top}, "metadata": {"source": "file"}}
        )
    }


def test_the_default_is_meant_where_none_is_named() -> None:
    """Its lineage, base first, with version and source; the runtime's key is the profile's slug or the one asked for."""
    found = resolve_profile(_registries(version=4), "r", runtime_key="Mine")

    assert (found.registry, found.profile, found.runtime_key) == ("r", "default", "mine")
    assert found.runtime.settings == {"ai-chat": {"ai-engine": "a", "n": 1}}
    assert [(each["profile_slug"], each["version"], each["source"]) for each in found.lineage] == [
        ("base", 0, "file"),
        ("default", 4, "file"),
    ]
    shown = found.to_json()
    assert shown["effective_runtime"]["system_prompt"] == "Hi."
    assert shown["metadata"]["profile.version"] == 4
    assert resolve_profile(_registries(), "r").runtime_key == "default"


def test_names_that_nobody_has() -> None:
    """The nearest one is offered."""
    with pytest.raises(ProfileNotFound, match='profile not found: "bsae"') as caught:
        resolve_profile(_registries(), "r", "bsae")
    with pytest.raises(ProfileNotFound, match='registry not found: "x"') as other:
        resolve_profile(_registries(), "x")
    with pytest.raises(ProfileInvalid, match="has no default"):
        resolve_profile({"e": Registry("e")}, "e")

    assert (caught.value.code, caught.value.next_step) == ("PROFILE_NOT_FOUND", "did you mean base?")
    assert other.value.code == "REGISTRY_NOT_FOUND"


def test_a_request_changes_what_the_policy_allows() -> None:
    """Prompt, middlewares and tools replace; settings merge; keys may be written as JavaScript does."""
    overrides = {
        "systemPrompt": "Other.",
        "tools": [],
        "middlewares": [{"name": "n"}],
        "step-settings-patch": {"ai-chat": {"n": 2}},
    }

    found = resolve_profile(_registries(OPEN), "r", overrides=overrides).runtime

    assert (found.system_prompt, found.tools) == ("Other.", ())
    assert [use.name for use in found.middlewares or ()] == ["n"]
    assert found.settings == {"ai-chat": {"ai-engine": "a", "n": 2}}


@pytest.mark.parametrize(
    ("policy", "overrides", "code", "text"),
    [
        ({}, {"tools": []}, "POLICY_VIOLATION", "request overrides are disabled for this profile"),
        (
            {**OPEN, "denied_override_keys": ["tools"]},
            {"Tools": []},
            "OVERRIDE_NOT_ALLOWED",
            'override key "tools" is denied',
        ),
        (
            {**OPEN, "allowed_override_keys": ["systemPrompt"]},
            {"tools": []},
            "OVERRIDE_NOT_ALLOWED",
            'override key "tools" is not allowed',
        ),
        ({**OPEN, "denied_override_keys": ["x"]}, {"x": 1}, "OVERRIDE_NOT_ALLOWED", "denied"),
    ],
)
def test_what_the_policy_does_not_allow(policy: Any, overrides: Any, code: str, text: str) -> None:
    """The gate stands before the values are looked at."""
    with pytest.raises(PolicyViolation, match=text) as caught:
        resolve_profile(_registries(policy), "r", overrides=overrides)

    assert caught.value.code == code
    assert str(caught.value).startswith('policy violation for profile "default": ')


@pytest.mark.parametrize(
    ("overrides", "field"),
    [
        ({"colour": 1}, "request_overrides.colour"),
        ({"tools": 1}, "request_overrides.tools"),
        ({"middlewares": [{"name": "a"}, {"id": " ", "name": "b"}]}, "request_overrides.middlewares[1].id"),
        ({"tools": [], "Tools": []}, "request_overrides.tools"),
        ({" ": 1}, "request_overrides"),
        ({"step_settings_patch": {"a": 1}}, "request_overrides.step_settings_patch.a"),
    ],
)
def test_bad_overrides_are_named_by_their_path(overrides: Any, field: str) -> None:
    """As if they stood in a profile."""
    with pytest.raises(ProfileInvalid) as caught:
        resolve_profile(_registries(OPEN), "r", overrides=overrides)

    assert caught.value.field == field


def test_nothing_is_changed_by_resolving() -> None:
    """Registries are values; resolving twice gives the same."""
    registries = _registries(OPEN)

    first = resolve_profile(registries, "r", overrides={"tools": ["x"]})

    assert resolve_profile(registries, "r").runtime.tools == ("t",)
    assert resolve_profile(registries, "r", overrides={"tools": ["x"]}) == first


def test_the_fingerprint_tells_runtimes_apart() -> None:
    """By versions of layers and by what a request changes; the same in every process."""
    code = (
        "from geppetto.profile import read_registry, resolve_profile\n"
        "r = read_registry({'slug': 'r', 'profiles': {'default': {'runtime': {'system_prompt': 'ü'}}}})\n"
        "print(resolve_profile({'r': r}, 'r').fingerprint)"
    )
    here = resolve_profile(
        {"r": read_registry({"slug": "r", "profiles": {"default": {"runtime": {"system_prompt": "ü"}}}})}, "r"
    ).fingerprint
    others = {
        subprocess.check_output([sys.executable, "-c", code], text=True, env={"PYTHONHASHSEED": seed}).strip()
        for seed in "12"
    }

    plain = resolve_profile(_registries(OPEN), "r").fingerprint
    assert others == {here}
    assert plain == resolve_profile(_registries(OPEN), "r").fingerprint
    assert plain != resolve_profile(_registries(OPEN, version=1), "r").fingerprint
    assert plain != resolve_profile(_registries(OPEN), "r", overrides={"tools": []}).fingerprint
