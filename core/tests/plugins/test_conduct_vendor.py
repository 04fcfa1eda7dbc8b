"""A plugin's import may bring Python, the core and itself, and no library of a vendor."""

from __future__ import annotations

import sys
from pathlib import Path

import plugin_wheels
import pytest
from geppetto.conduct.check import check_plugin
from geppetto.conduct.vendor import foreign, needs_of_core
from geppetto.plugins import PluginRegistry

OWNERS = {
    "acme_x": ["acme-x"],
    "openai": ["openai"],
    "google": ["google-genai", "google-auth"],
    "pydantic": ["pydantic"],
    "geppetto_js": ["geppetto-js"],
}


def test_modules_of_others_are_told_by_distribution() -> None:
    """What is the plugin's, the core's, geppetto's or Python's is not told; a namespace is told for all that share it."""
    modules = [
        "acme_x.plugin",
        "json",
        "openai.types",
        "openai",
        "google.genai",
        "pydantic.main",
        "geppetto_js",
        "stray",
    ]

    found = foreign(modules, "Acme_X", OWNERS, frozenset({"pydantic"}))

    assert found == {"openai": ["openai"], "google-auth": ["google"], "google-genai": ["google"]}


def test_what_the_core_needs_is_known_from_its_metadata() -> None:
    """Needs of needs are in it, those of extras are not."""
    needed = needs_of_core()

    assert {"geppetto", "pydantic", "pydantic-core", "pluggy", "click"} <= needed
    assert "uvloop" not in needed


def test_a_real_plugin_that_imports_its_sdk_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """At the top of the module it is a finding, inside of a function it is none."""
    code = "{top}\nfrom geppetto.plugins import hookimpl\n@hookimpl\ndef geppetto_tools():\n    from geppetto.tooling import ToolDefinition\n    def handle(given, call):\n        import acme_sdk\n    return [ToolDefinition('{name}', '', {{'type': 'object'}}, handle)]\n"
    sdk = plugin_wheels.build(
        tmp_path, "acme-sdk", {"x": "acme_sdk"}, {"acme_sdk.py": ""}, group="other.group"
    )
    wheels = [
        plugin_wheels.build(
            tmp_path, f"acme-{name}", {name: f"acme_{name}"},
            {f"acme_{name}.py": code.format(top=top, name=name)}, group="geppetto.tools",
        )
        for name, top in (("early", "import acme_sdk"), ("late", ""))
    ]  # fmt: skip
    plugin_wheels.install(tmp_path / "site", sdk, *wheels)
    monkeypatch.syspath_prepend(str(tmp_path / "site"))
    registry = PluginRegistry(path=[str(tmp_path / "site"), *sys.path])

    early, late = check_plugin(registry, "acme-early"), check_plugin(registry, "acme-late")

    assert [(str(each.fault), each.message) for each in early.findings] == [
        ("imports-vendor", "loading it imports acme_sdk of acme-sdk")
    ]
    assert late.findings == ()
