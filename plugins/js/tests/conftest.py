"""What all tests of the JavaScript runtime share; tests that an engine cannot pass are left out, never skipped."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from geppetto_js import Runtime, engine_report

_NEEDS = {
    "needs_interrupt": "interrupt_with_callbacks",
    "needs_guard": "memory_guard",
    "needs_modules": "modules",
    "needs_rejections": "rejections",
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
