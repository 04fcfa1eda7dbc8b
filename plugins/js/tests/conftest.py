"""What all tests of the JavaScript runtime share; tests that an engine cannot pass are left out, never skipped."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from geppetto_js import Runtime, engine_report

Js = Callable[..., subprocess.CompletedProcess[str]]
_NEEDS = {
    "needs_interrupt": "interrupt_with_callbacks",
    "needs_guard": "memory_guard",
    "needs_modules": "modules",
    "needs_rejections": "rejections",
    "needs_awaited_results": "awaited_results",
}


def pytest_configure(config: pytest.Config) -> None:
    """Name the markers."""
    for marker, capability in _NEEDS.items():
        config.addinivalue_line("markers", f"{marker}: only for engines with {capability}")
    config.addinivalue_line("markers", "needs_fork: only where processes fork")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what the installed engine says it cannot do."""
    able = engine_report().capabilities
    missing = {marker for marker, name in _NEEDS.items() if not getattr(able, name)}
    if not hasattr(os, "fork"):
        missing.add("needs_fork")
    out = [item for item in items if missing & {mark.name for mark in item.iter_markers()}]
    if out:
        config.hook.pytest_deselected(items=out)
        items[:] = [item for item in items if item not in out]


@pytest.fixture
def runtime() -> Iterator[Runtime]:
    """Give a runtime, and close it."""
    with Runtime() as made:
        yield made


@pytest.fixture
def js(tmp_path: Path) -> Js:
    """Give a function that runs `geppetto js` in an empty folder; a source instead of a path is saved there."""
    base = {
        key: value
        for key, value in os.environ.items()
        if not key.startswith(("GEPPETTO_", "PINOCCHIO_", "GE"))
    }

    def run(command: str, *arguments: str, source: str = "", **env: str) -> subprocess.CompletedProcess[str]:
        if source:
            (tmp_path / "script.js").write_text(source)
            arguments = (str(tmp_path / "script.js"), *arguments)
        return subprocess.run(
            [sys.executable, "-m", "geppetto", "js", command, *arguments],
            capture_output=True,
            text=True,
            check=False,
            cwd=tmp_path,
            env={**base, "GEPPETTO_HOME": str(tmp_path / "home"), **env},
            timeout=60,
        )

    return run
