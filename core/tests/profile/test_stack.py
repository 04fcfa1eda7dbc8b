"""Stacks: order, fan-in, cycles, depth; and one profile out of many."""

from __future__ import annotations

from typing import Any

import pytest
from geppetto.errors import ProfileInvalid
from geppetto.profile import Registry, read_registry
from geppetto.profile.merge import canonical, merge
from geppetto.profile.stack import check_topology, expand
from hypothesis import given
from hypothesis import strategies as st


def _registries(**profiles: dict[str, Any]) -> dict[str, Registry]:
    return {"r": read_registry({"slug": "r", "profiles": profiles})}


def _on(*names: str, **fields: Any) -> dict[str, Any]:
    return {"stack": [{"profile_slug": name} for name in names], **fields}


def _layers(profile: str, **profiles: dict[str, Any]) -> list[Any]:
    return expand(_registries(**profiles), "r", profile)


def test_bases_come_first_and_each_once() -> None:
    """In the order in which they are declared; what two of them share stands where it came first."""
    found = _layers(
        "top", top=_on("left", "right"), left=_on("base"), right=_on("base", "extra"), base={}, extra={}
    )

    assert [layer.name for layer in found] == ["r/base", "r/left", "r/extra", "r/right", "r/top"]


def test_registries_may_refer_to_each_other() -> None:
    """By their slugs; within one no registry needs to be named."""
    other = read_registry({"slug": "other", "profiles": {"x": _on("y"), "y": {}}})
    mine = read_registry(
        {"slug": "r", "profiles": {"a": {"stack": [{"registry_slug": "other", "profile_slug": "x"}]}}}
    )

    assert [layer.name for layer in expand({"r": mine, "other": other}, "r", "a")] == [
        "other/y",
        "other/x",
        "r/a",
    ]


@pytest.mark.parametrize(
    ("profiles", "reason"),
    [
        ({"a": _on("b"), "b": _on("c"), "c": _on("a")}, "stack cycle detected: r/a -> r/b -> r/c -> r/a"),
        ({"a": _on("a")}, "stack cycle detected: r/a -> r/a"),
        ({"a": _on("nope")}, 'referenced profile "nope" not found in registry "r"'),
        (
            {"a": {"stack": [{"registry_slug": "x", "profile_slug": "y"}]}},
            'referenced registry "x" not found',
        ),
    ],
)
def test_what_is_no_stack(profiles: dict[str, Any], reason: str) -> None:
    """The error names the reference."""
    with pytest.raises(ProfileInvalid) as caught:
        expand(_registries(**profiles), "r", "a")

    assert caught.value.reason == reason
    assert caught.value.field.endswith(".stack[0]")


def test_depth_is_bounded() -> None:
    """32 profiles on each other are fine, 33 are not."""
    chain: dict[str, Any] = {f"p{n}": _on(f"p{n + 1}") for n in range(40)} | {"p40": {}}

    assert len(_layers("p9", **chain)) == 32
    with pytest.raises(ProfileInvalid, match="max_depth=32"):
        _layers("p8", **chain)
    with pytest.raises(ProfileInvalid, match="max_depth=32"):
        check_topology(_registries(**chain))


def test_what_each_layer_adds() -> None:
    """Settings by field, the last prompt that says something, the last list of tools, extensions object by object."""
    base = {
        "runtime": {
            "step_settings_patch": {"ai-chat": {"ai-engine": "a", "x": {"deep": 1}}, "api": {"k": 1}},
            "system_prompt": "Base.",
            "tools": ["one"],
        },
        "extensions": {"acme.n@v1": {"a": {"b": 1, "c": [1]}}},
    }
    top = _on(
        "base",
        runtime={"step_settings_patch": {"ai-chat": {"x": {"other": 2}}}, "system_prompt": " ", "tools": []},
        extensions={"acme.n@v1": {"a": {"c": [2]}}},
    )

    merged = merge(_layers("top", top=top, base=base))

    assert merged.runtime.settings == {"ai-chat": {"ai-engine": "a", "x": {"other": 2}}, "api": {"k": 1}}
    assert merged.runtime.system_prompt == "Base."
    assert merged.runtime.tools == ()
    assert merged.extensions == {"acme.n@v1": {"a": {"b": 1, "c": [2]}}}


def test_middlewares_are_replaced_where_they_stand() -> None:
    """By name and id; without an id by name and place among those of that name; new ones come behind."""
    uses = [
        {"name": "a", "id": "x", "config": {"n": 1}},
        {"name": "b"},
        {"name": "b", "config": {"n": 2}},
        {"name": "c"},
    ]
    over = [{"name": "b", "config": {"n": 9}}, {"name": "d"}, {"name": "a", "id": "x", "enabled": False}]

    merged = merge(
        _layers(
            "top", base={"runtime": {"middlewares": uses}}, top=_on("base", runtime={"middlewares": over})
        )
    )

    shown = [(use.label, use.enabled, use.config) for use in merged.runtime.middlewares or ()]
    assert shown == [
        ("a#x", False, None),
        ("b", None, {"n": 9}),
        ("b", None, {"n": 2}),
        ("c", None, None),
        ("d", None, None),
    ]


@pytest.mark.parametrize(
    ("below", "above", "allow", "allowed", "denied"),
    [
        ({}, {"allow_overrides": True}, True, None, ()),
        ({"allow_overrides": False}, {"allow_overrides": True}, False, None, ()),
        ({}, {}, False, None, ()),
        (
            {"allow_overrides": True, "allowed_override_keys": ["tools", "systemPrompt"]},
            {"allowed_override_keys": ["system-prompt"], "denied_override_keys": ["Tools"]},
            True,
            ("system_prompt",),
            ("tools",),
        ),
        (
            {"allow_overrides": True, "allowed_override_keys": ["a"]},
            {"allowed_override_keys": ["b"]},
            True,
            (),
            (),
        ),
    ],
)
def test_the_most_restrictive_policy_holds(
    below: dict[str, Any], above: dict[str, Any], allow: bool, allowed: Any, denied: tuple[str, ...]
) -> None:
    """A layer without a policy does not close what others open; lists that share nothing allow nothing."""
    policy = merge(_layers("top", base={"policy": below}, top=_on("base", policy=above))).policy

    assert (policy.allow_overrides, policy.allowed_keys, policy.denied_keys) == (allow, allowed, denied)


def test_the_trace_names_every_layer_of_every_value() -> None:
    """Paths are JSON pointers; of policies the value is what came of them."""
    base = {
        "runtime": {"step_settings_patch": {"a/b": {"x": 1, "y": {"z": 2}}}},
        "policy": {"allow_overrides": True},
    }
    top = _on(
        "base", runtime={"step_settings_patch": {"a/b": {"x": 3}}}, metadata={"version": 7, "source": "s"}
    )

    trace = merge(_layers("top", base=base, top=top)).trace.to_json()["paths"]

    by_path = {each["path"]: each for each in trace}
    assert list(by_path) == sorted(by_path)
    x = by_path["/runtime/step_settings_patch/a~1b/x"]
    assert x["value"] == 3
    assert [(step["profile_slug"], step["layer_index"], step["value"]) for step in x["steps"]] == [
        ("base", 0, 1),
        ("top", 1, 3),
    ]
    assert x["steps"][1]["profile_version"] == 7
    assert by_path["/runtime/step_settings_patch/a~1b/y/z"]["value"] == 2
    assert by_path["/policy/allow_overrides"]["value"] is True


@given(
    st.lists(
        st.dictionaries(
            st.sampled_from("ab"),
            st.dictionaries(st.sampled_from("xy"), st.integers(0, 3), max_size=2),
            max_size=2,
        ),
        min_size=1,
        max_size=5,
    )
)
def test_the_last_layer_that_sets_a_field_wins(layers: list[dict[str, dict[str, int]]]) -> None:
    """Against the plainest way to merge, and the trace agrees."""
    profiles = {f"p{n}": {"runtime": {"step_settings_patch": patch}} for n, patch in enumerate(layers)}
    profiles["top"] = _on(*profiles)
    plain: dict[tuple[str, str], int] = {}
    for patch in layers:
        plain |= {
            (section, field): value for section, fields in patch.items() for field, value in fields.items()
        }

    merged = merge(_layers("top", **profiles))

    found = {(s, f): v for s, fields in merged.runtime.settings.items() for f, v in fields.items()}
    traced = {
        tuple(path.split("/")[3:]): steps[-1].value
        for path, steps in merged.trace.steps.items()
        if path.startswith("/runtime")
    }
    assert found == traced == plain


@pytest.mark.parametrize(
    "key", ["system_prompt", "systemPrompt", "system-prompt", " SystemPrompt ", "System-Prompt"]
)
def test_an_override_key_has_one_spelling(key: str) -> None:
    """However it is written."""
    assert canonical(key) in {"system_prompt", "system__prompt"}
