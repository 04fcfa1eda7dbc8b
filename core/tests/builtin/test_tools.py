"""The calculator and the clock, called as a model calls them."""

from datetime import UTC, datetime, timedelta

import pytest
from geppetto import Host


@pytest.mark.parametrize("expression", ["6 * 7", "(2+4)*7", "84/2"])
def test_the_calculator_gives_the_number(expression: str, plain_host: Host) -> None:
    """A whole number stays one."""
    outcome = plain_host.call_tool(plain_host.tool("calculator"), {"expression": expression})

    assert (outcome.status, outcome.result) == ("ok", 42)


@pytest.mark.parametrize("wrong", [{}, {"expression": 3}, {"expression": "1", "more": 1}])
def test_the_calculator_wants_one_text(wrong: dict[str, object], plain_host: Host) -> None:
    """Its schema is closed."""
    assert plain_host.call_tool(plain_host.tool("calculator"), wrong).code == "TOOL_ARGUMENTS_INVALID"


@pytest.mark.parametrize("zone", [None, "UTC", "utc", "Europe/Berlin", "Asia/Kolkata"])
def test_the_clock_tells_the_time_of_a_zone(zone: str | None, plain_host: Host) -> None:
    """With an offset, so that the moment is the same everywhere."""
    arguments = {} if zone is None else {"timezone": zone}

    told = datetime.fromisoformat(plain_host.call_tool(plain_host.tool("clock"), arguments).result)

    assert told.tzinfo is not None
    assert abs(told - datetime.now(UTC)) < timedelta(minutes=5)


@pytest.mark.parametrize("zone", ["", "Europe", "../../etc/passwd", "/etc/passwd", "Nowhere/City", "x\0y"])
def test_a_zone_that_is_none_is_refused_in_words(zone: str, plain_host: Host) -> None:
    """Nothing of the file system shows."""
    outcome = plain_host.call_tool(plain_host.tool("clock"), {"timezone": zone})

    assert outcome.error == f"there is no time zone {zone!r}; use a name such as Europe/Berlin"
