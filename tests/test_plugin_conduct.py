"""The plugins of this workspace keep the rules that they set others."""

import tomllib
from pathlib import Path

import pytest
import wheelhouse
from geppetto.conduct.check import check_plugin
from geppetto.conduct.finding import Fault
from geppetto.plugins import PluginRegistry


def _name(folder: Path) -> str:
    name: str = tomllib.loads((folder / "pyproject.toml").read_text("utf-8"))["project"]["name"]
    return name


@pytest.mark.parametrize("name", [_name(folder) for folder in wheelhouse.distributions()])
def test_a_package_of_ours_breaks_no_rule(name: str) -> None:
    """Nothing is found of it; how long its import takes is the benchmarks' affair, since it depends on the machine."""
    verdict = check_plugin(PluginRegistry(), name)

    assert [each for each in verdict.findings if each.fault is not Fault.SLOW] == []
    assert verdict.load_ms
