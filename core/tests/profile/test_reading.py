"""Profiles and registries from objects: what is good comes back, what is not is named by its path."""

from __future__ import annotations

from typing import Any

import pytest
from geppetto.errors import ProfileInvalid
from geppetto.profile import profile_to_json, read_profile, read_registry, registry_to_json
from geppetto.profile.overrides import refusal
from geppetto.profile.slugs import extension_key, slug
from hypothesis import given
from hypothesis import strategies as st

WHOLE: dict[str, Any] = {
    "slug": "assistant",
    "display_name": "Assistant",
    "description": "Helps",
    "stack": [{"profile_slug": "base"}, {"registry_slug": "team", "profile_slug": "style"}],
    "runtime": {
        "step_settings_patch": {"ai-chat": {"ai-engine": "gpt-4o", "ai-temperature": 0.5}},
        "system_prompt": "Be brief.",
        "middlewares": [
            {"name": "logging", "id": "a", "enabled": False, "config": {"level": "debug"}},
            {"name": "x"},
        ],
        "tools": ["calculator"],
    },
    "policy": {"allow_overrides": True, "denied_override_keys": ["tools"], "read_only": True},
    "metadata": {"source": "s", "version": 3, "created_at_ms": 1, "updated_by": "me", "tags": ["t"]},
    "extensions": {"acme.note@v1": {"a": [1, None]}},
}


def test_a_profile_comes_back_as_it_was() -> None:
    """Every field; and an empty list of tools is something else than none."""
    assert profile_to_json(read_profile(WHOLE)) == WHOLE
    assert profile_to_json(read_profile({"slug": "a", "runtime": {"tools": [], "middlewares": []}})) == {
        "slug": "a",
        "runtime": {"tools": [], "middlewares": []},
    }


@pytest.mark.parametrize("policy", [{}, {"allowed_override_keys": []}, {"allowed_override_keys": ["tools"]}])
def test_an_empty_list_of_allowed_keys_is_kept(policy: dict[str, Any]) -> None:
    """It allows none, where a missing one allows all."""
    given = {"allow_overrides": True, **policy}

    found = read_profile({"slug": "a", "policy": given})

    assert profile_to_json(found)["policy"] == given
    assert bool(refusal(found.policy, "system_prompt")) == ("allowed_override_keys" in policy)


def test_a_registry_comes_back_as_it_was() -> None:
    """Profiles take the name that they stand under, and slugs are written in lower case."""
    found = read_registry(
        {"slug": " Team ", "profiles": {"Default": {}, "b": {"slug": "B"}}, "default_profile_slug": "b"}
    )

    assert registry_to_json(found) == {
        "slug": "team",
        "default_profile_slug": "b",
        "profiles": {"b": {"slug": "b"}, "default": {"slug": "default"}},
    }


@pytest.mark.parametrize(
    ("change", "field", "reason"),
    [
        ({"slug": ""}, "profile.slug", "cannot be empty"),
        ({"slug": "-a"}, "profile.slug", "is invalid"),
        ({"stack": {}}, "profile.stack", "a list"),
        ({"stack": [{"profile_slug": " "}]}, "profile.stack[0].profile_slug", "cannot be empty"),
        (
            {"stack": [{"profile_slug": "a", "registry_slug": "?"}]},
            "profile.stack[0].registry_slug",
            "is invalid",
        ),
        ({"runtime": []}, "runtime", "an object"),
        ({"runtime": {"promt": "x"}}, "runtime.promt", "no such field"),
        ({"runtime": {"system_prompt": 1}}, "runtime.system_prompt", "a text"),
        ({"runtime": {"step_settings_patch": {"": {}}}}, "runtime.step_settings_patch", "must not be empty"),
        ({"runtime": {"step_settings_patch": {"a": 1}}}, "runtime.step_settings_patch.a", "an object"),
        (
            {"runtime": {"step_settings_patch": {"a": {" ": 1}}}},
            "runtime.step_settings_patch.a",
            "must not be empty",
        ),
        ({"runtime": {"middlewares": [{"name": " "}]}}, "runtime.middlewares[0].name", "must not be empty"),
        ({"runtime": {"middlewares": [{"name": "a", "id": " "}]}}, "runtime.middlewares[0].id", "not blank"),
        (
            {"runtime": {"middlewares": [{"name": "a", "enabled": 1}]}},
            "runtime.middlewares[0].enabled",
            "true or false",
        ),
        (
            {"runtime": {"middlewares": [{"name": "a", "config": []}]}},
            "runtime.middlewares[0].config",
            "an object",
        ),
        (
            {"runtime": {"middlewares": [{"name": "a", "id": "x"}, {"name": "b"}, {"name": "c", "id": "x"}]}},
            "runtime.middlewares[2].id",
            'duplicate middleware instance id "x" (first seen at runtime.middlewares[0].id)',
        ),
        ({"runtime": {"tools": ["a", ""]}}, "runtime.tools[1]", "must not be empty"),
        ({"policy": {"allow_overrides": "yes"}}, "policy.allow_overrides", "true or false"),
        ({"policy": {"allowed_override_keys": [""]}}, "policy.allowed_override_keys[0]", "must not be empty"),
        (
            {"policy": {"allowed_override_keys": ["a"], "denied_override_keys": ["a"]}},
            "policy.override_keys",
            "both allowed and denied",
        ),
        ({"metadata": {"version": -1}}, "profile.metadata.version", "at least 0"),
        ({"extensions": {"x": 1}}, "profile.extensions[x]", "expected namespace.feature@vN"),
        ({"colour": "red"}, "profile.colour", "no such field"),
    ],
)
def test_what_is_wrong_is_named_by_its_path(change: dict[str, Any], field: str, reason: str) -> None:
    """The paths are those of the Go library, which scripts match."""
    with pytest.raises(ProfileInvalid) as caught:
        read_profile({**WHOLE, **change})

    assert caught.value.field == field
    assert reason in caught.value.reason
    assert str(caught.value) == f"validation error ({field}): {caught.value.reason}"


def test_a_key_and_its_slug_must_agree() -> None:
    """A profile is found under one name."""
    with pytest.raises(ProfileInvalid, match=r"registry\.profiles\[a\]\.slug"):
        read_registry({"slug": "r", "profiles": {"a": {"slug": "b"}}})


@given(st.text(max_size=140))
def test_slugs(text: str) -> None:
    """What is taken is in lower case, 1 to 128 characters, and is taken again unchanged."""
    try:
        found = slug(text, "x")
    except ProfileInvalid:
        return

    assert 1 <= len(found) <= 128
    assert found == found.strip().lower() == slug(found, "x")
    assert found[0].isalnum()
    assert found[-1].isalnum()


@pytest.mark.parametrize(
    ("key", "fine"),
    [
        ("a.b@v1", True),
        (" A.B-c@V99999 ", True),
        ("a.b@v0", False),
        ("a.b@v01", False),
        ("a@v1", False),
        ("a.b", False),
        ("a.b.c@v1", False),
    ],
)
def test_extension_keys(key: str, fine: bool) -> None:
    """namespace.feature@vN, without leading zeros."""
    if fine:
        assert extension_key(key, "x") == key.strip().lower()
    else:
        with pytest.raises(ProfileInvalid):
            extension_key(key, "x")
