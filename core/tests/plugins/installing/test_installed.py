"""What is installed, by the names that its owners gave it, and what a change brought."""

from __future__ import annotations

import os
from pathlib import Path

import plugin_wheels
import pytest
from geppetto.errors import PluginError
from geppetto.plugins import PluginRegistry
from geppetto.plugins.installing.installed import arrived, distributions, plugin_names

BOTH = """
from geppetto.plugins import hookimpl
from geppetto.engine import EngineFactory

@hookimpl
def geppetto_engine_factories():
    return [EngineFactory("acme", lambda settings, deps: None)]
"""


def _site(folder: Path, name: str, code: str) -> Path:
    module = name.replace("-", "_")
    wheel = plugin_wheels.build(folder, name, {"acme": module}, {f"{module}.py": code})
    plugin_wheels.install(folder / "site", wheel)
    return folder / "site"


def test_a_change_is_seen_by_new_processes(tmp_path: Path) -> None:
    """Rows that were not there before, or are named, are tried, also of a distribution that is named as what it gives."""
    site = _site(tmp_path, "acme", BOTH)
    env = {**os.environ, "PYTHONPATH": str(site), "GEPPETTO_HOME": str(tmp_path)}
    before = PluginRegistry().rows()

    fresh = arrived(before, set(), env)
    again = arrived(fresh, set(), env)
    named = arrived([*before, *fresh], {"acme"}, env)

    assert [(row.name, row.distribution, str(row.status)) for row in fresh] == [("acme", "acme", "loaded")]
    assert [row for row in again if row.distribution == "acme"] == []
    assert [row.title for row in named] == ["engine 'acme' of acme 1.0"]


def test_a_listing_that_fails_is_an_error(tmp_path: Path) -> None:
    """Where geppetto itself no longer starts, the error says that the change was made."""
    (tmp_path / "click.py").write_text("1 / 0")
    env = {**os.environ, "PYTHONPATH": str(tmp_path)}

    with pytest.raises(PluginError, match="cannot list them") as failed:
        arrived([], set(), env)

    assert failed.value.code == "PLUGIN_LIST_FAILED"


def test_distributions_are_known_with_their_versions(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Names are as names are compared; metadata that nobody can read are left out."""
    monkeypatch.syspath_prepend(str(_site(tmp_path, "acme-tools", "")))
    (tmp_path / "site" / "broken-1.0.dist-info").mkdir()

    assert distributions()["acme-tools"] == "1.0"


def test_plugins_are_meant_by_any_spelling(tmp_path: Path) -> None:
    """The core and what is no plugin are refused, with the nearest name."""
    rows = PluginRegistry(path=[str(_site(tmp_path, "acme-tools", ""))]).rows()

    assert plugin_names(rows, ["Acme_Tools"]) == ["acme-tools"]
    with pytest.raises(PluginError, match="did you mean acme-tools"):
        plugin_names(rows, ["acme-tool"])
    with pytest.raises(PluginError, match="no plugin"):
        plugin_names(rows, ["GEPPETTO"])
