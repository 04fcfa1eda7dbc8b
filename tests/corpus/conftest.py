"""The corpus run: each check over every recorded exchange, counted in a table at the end."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

Tally = dict[tuple[str, str], "Counter[str]"]
_TALLY: pytest.StashKey[Tally] = pytest.StashKey()
_WORDS = ("passed", "failed", "n/a")


@pytest.fixture
def tally(request: pytest.FixtureRequest) -> Callable[[str, str, str], None]:
    """Give a function that counts the outcome of one check of one case."""
    table = request.config.stash.setdefault(_TALLY, {})

    def count(api: str, check: str, outcome: str) -> None:
        table.setdefault((api, check), Counter())[outcome] += 1

    return count


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    """Print provider x check: passed, failed, not applicable."""
    table = config.stash.get(_TALLY, {})
    if not table:
        return
    terminalreporter.section("corpus: passed/failed/not applicable")
    checks = list(dict.fromkeys(check for _, check in table))
    terminalreporter.write_line("".join([f"{'':18}", *(f"{check:>20}" for check in checks)]))
    for api in dict.fromkeys(api for api, _ in table):
        cells = [
            "/".join(str(table.get((api, check), Counter())[word]) for word in _WORDS) for check in checks
        ]
        terminalreporter.write_line("".join([f"{api:18}", *(f"{cell:>20}" for cell in cells)]))
