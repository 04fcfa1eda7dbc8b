"""Plans are compared by what they mean, not by who said it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from geppetto import Host, MiddlewareDefinition
from geppetto.factory import difference

Hosted = Callable[..., Host]
Make = Callable[..., MiddlewareDefinition]


def _plan(**changes: Any) -> dict[str, Any]:
    plan: dict[str, Any] = {
        "runtime_fingerprint": "sha256:1",
        "values": [{"path": "/engine", "value": "echo", "steps": []}],
        "chain": [{"label": "a", "enabled": True}, {"label": "b", "enabled": True}],
        "plugins": {"engine echo": "geppetto 1"},
        "refusals": [],
    }
    return {**plan, **changes}


def test_the_same_is_no_difference() -> None:
    """Whatever the fingerprint, the sources and the order of the rows."""
    other = _plan(
        runtime_fingerprint="sha256:2",
        values=[{"path": "/engine", "value": "echo", "steps": [{"source": "flags"}]}],
    )

    assert difference(_plan(), other) == []


def test_values_are_added_removed_and_changed() -> None:
    """By path, with what was there before and after; null is a value."""
    one = _plan(values=[{"path": "/a", "value": 1}, {"path": "/b", "value": None}])
    other = _plan(values=[{"path": "/a", "value": 2}, {"path": "/c", "value": None}])

    assert difference(one, other) == [
        {"path": "/a", "change": "changed", "before": 1, "after": 2},
        {"path": "/b", "change": "removed", "before": None},
        {"path": "/c", "change": "added", "after": None},
    ]


def test_the_chain_is_compared_in_its_order() -> None:
    """Another order is a difference, a use that is switched off is none."""
    swapped = _plan(chain=[{"label": "b", "enabled": True}, {"label": "a", "enabled": True}])
    more = _plan(chain=[*_plan()["chain"], {"label": "c", "enabled": False}])

    assert difference(_plan(), swapped) == [
        {"path": "/chain", "change": "changed", "before": ["a", "b"], "after": ["b", "a"]}
    ]
    assert difference(_plan(), more) == []
    assert difference(_plan(chain=[]), _plan())[0]["change"] == "added"


def test_suppliers_and_refusals_count() -> None:
    """Another version of a plugin is another run; so is what the policy would not let through."""
    other = _plan(plugins={"engine echo": "geppetto 2"}, refusals=[{"key": "tools", "reason": "no"}])

    assert [(row["path"], row["change"]) for row in difference(_plan(), other)] == [
        ("/plugins/engine echo", "changed"),
        ("/refusals/tools", "added"),
    ]


def test_two_ways_to_say_the_same_are_the_same(hosted: Hosted) -> None:
    """A profile in our own words, and one in those of the Go library over a stack."""
    text = """slug: r
profiles:
  default: {runtime: {step_settings_patch: {engine: {name: wire}, settings: {temperature: 0.2, model: m}}}}
  base: {runtime: {step_settings_patch: {ai-chat: {ai-api-type: wire, ai-temperature: 0.9}}}}
  other:
    stack: [{profile_slug: base}]
    runtime: {step_settings_patch: {ai-chat: {ai-temperature: 0.2, ai-engine: m}}}
"""
    factory = hosted(text).create_engine_factory()

    one, other = factory.plan(), factory.plan(profile="other")

    assert difference(one.to_json(), other.to_json()) == []
    assert one.runtime_fingerprint != other.runtime_fingerprint


def test_a_deadline_is_a_difference(hosted: Hosted) -> None:
    """How long a run may take is a part of the run."""
    text = """slug: r
profiles:
  default: {runtime: {step_settings_patch: {ai-client: {timeout: 3}}}}
  other: {runtime: {step_settings_patch: {ai-client: {timeout: 4}}}}
"""
    factory = hosted(text).create_engine_factory()

    found = difference(factory.plan().to_json(), factory.plan(profile="other").to_json())

    assert found == [{"path": "/timeout", "change": "changed", "before": 3.0, "after": 4.0}]
