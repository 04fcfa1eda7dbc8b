"""The option `--corpus DIR`: recorded exchanges with the vendors' APIs, an extra run on top of our own fixtures.

Each check over every recorded exchange is counted in a table at the end.
"""

from __future__ import annotations

import os
from collections import Counter, defaultdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["corpus", "pytest_addoption", "pytest_terminal_summary", "tally"]

_WORDS = ("passed", "failed", "n/a")
_COUNTED = "corpus"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add `--corpus`."""
    named = os.environ.get("GEPPETTO_CORPUS")
    parser.addoption(
        "--corpus",
        type=Path,
        default=Path(named) if named else None,
        help="a folder of recorded exchanges to decode and re-encode (or GEPPETTO_CORPUS)",
    )


@pytest.fixture(scope="session")
def corpus(request: pytest.FixtureRequest) -> Path:
    """The folder of recorded exchanges."""
    folder: Path | None = request.config.getoption("--corpus")
    if folder is None:
        pytest.skip("no recordings: pass --corpus DIR")
    return folder


@pytest.fixture
def tally(request: pytest.FixtureRequest) -> Callable[[str, str, str], None]:
    """Give a function that counts the outcome of one check of one case.

    The test's report carries the counts: it may run in another process than the one that prints the table.
    """

    def count(api: str, check: str, outcome: str) -> None:
        request.node.user_properties.append((_COUNTED, [api, check, outcome]))

    return count


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Print provider x check: passed, failed, not applicable."""
    table: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    for report in (each for group in terminalreporter.stats.values() for each in group):
        for name, value in (
            getattr(report, "user_properties", ()) if getattr(report, "when", "") == "call" else ()
        ):
            if name == _COUNTED:
                api, check, outcome = value
                table[api, check][outcome] += 1
    if table:
        _print(terminalreporter, table)


def _print(terminalreporter: Any, table: dict[tuple[str, str], Counter[str]]) -> None:
    terminalreporter.section("corpus: passed/failed/not applicable")
    checks = list(dict.fromkeys(check for _, check in table))
    terminalreporter.write_line("".join([f"{'':18}", *(f"{check:>20}" for check in checks)]))
    for api in dict.fromkeys(api for api, _ in table):
        cells = ["/".join(str(table[api, check][word]) for word in _WORDS) for check in checks]
        terminalreporter.write_line("".join([f"{api:18}", *(f"{cell:>20}" for cell in cells)]))
