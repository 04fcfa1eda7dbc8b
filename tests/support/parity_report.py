"""The option `--parity`: which of the statements in tests/parity.yaml a passing test proves."""

from __future__ import annotations

import sys
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest
import yaml

__all__ = ["pytest_addoption", "pytest_configure"]

_STATEMENTS = Path(__file__).parent.parent / "parity.yaml"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add `--parity`."""
    parser.addoption("--parity", action="store_true", help="print a row per statement of tests/parity.yaml")


def pytest_configure(config: pytest.Config) -> None:
    """Watch the tests when the report is asked for; the one process that hears of all of them prints it."""
    if config.getoption("--parity"):
        config.pluginmanager.register(_Numbers(), "parity-numbers")
        if not hasattr(config, "workerinput"):
            config.pluginmanager.register(_Report(), "parity-report")


def _statements() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = yaml.safe_load(_STATEMENTS.read_text("utf-8"))
    return found


class _Numbers:
    """Has each test say in its reports which numbers it carries: it may run in another process than the report's."""

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Read the numbers that each test carries; refuse one that no statement has."""
        known = {row["number"] for row in _statements()}
        for item in items:
            numbers = [number for mark in item.iter_markers("parity") for number in mark.args]
            unknown = sorted(set(numbers) - known)
            if unknown:
                raise pytest.UsageError(f"{item.nodeid}: there is no statement {unknown[0]}")
            if numbers:
                item.user_properties.append(("parity", numbers))


class _Report:
    """Collects which numbers were proven, and prints the table at the end."""

    def __init__(self) -> None:
        self._statements = _statements()
        self._numbers: dict[str, list[int]] = {}
        self._results: dict[str, str] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Keep a test's numbers and its outcome; a failing phase wins over a passing one."""
        properties: dict[str, Any] = dict(report.user_properties)
        if "parity" in properties:
            self._numbers[report.nodeid] = properties["parity"]
        if report.when == "call" or report.outcome != "passed":
            self._results[report.nodeid] = report.outcome

    def _met(self) -> dict[int, str]:
        """Return the numbers that are proven, with a test: every test that carries a number must have passed."""
        carriers: dict[int, list[str]] = defaultdict(list)
        for node, numbers in self._numbers.items():
            for number in numbers:
                carriers[number].append(node)
        met = {
            number: nodes[0]
            for number, nodes in carriers.items()
            if all(self._results.get(node) == "passed" for node in nodes)
        }
        for row in self._statements:
            stands = row.get("superseded_by", [])
            if stands and all(number in met for number in stands):
                met.setdefault(row["number"], f"superseded by {', '.join(map(str, stands))}")
        return met

    def pytest_unconfigure(self) -> None:
        """Print a row per statement and, last of all, how many are met."""
        met = self._met()
        lines = [
            f"{row['number']:>4}  {row['where']:<14} {row['statement']}  [{met.get(row['number'], 'open')}]"
            for row in self._statements
        ]
        sys.stdout.write("\n".join(["", *lines, f"{len(met)} of {len(self._statements)}", ""]))
