"""How an installed plugin may differ from the locked one, each with what to do."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from geppetto.plugins.findings import Fault, Finding, Level, unlike
from geppetto.plugins.locked import LockedPlugin

LOCK = Path("plugins.lock")
PLUGIN = LockedPlugin("acme-x", "1.0", "ab" * 32, offers=("engine:x",))


@pytest.mark.parametrize(
    ("locked", "fault", "words"),
    [
        (None, Fault.NOT_LOCKED, "is installed and not locked"),
        (replace(PLUGIN, version="0.9"), Fault.VERSION_CHANGED, "is 1.0, and 0.9 is locked"),
        (replace(PLUGIN, record="cd" * 32), Fault.RECORD_CHANGED, "other files than were locked as 1.0"),
        (replace(PLUGIN, record=""), Fault.RECORD_CHANGED, "other files"),
        (replace(PLUGIN, version="", record=""), Fault.VERSION_CHANGED, "no version is locked"),
    ],
)
def test_a_difference_is_told_with_its_cure(locked: LockedPlugin | None, fault: Fault, words: str) -> None:
    """One finding for each plugin: another version has other files, too."""
    finding = unlike(locked, PLUGIN, LOCK)

    assert finding is not None
    assert (finding.fault, finding.distribution, finding.level) == (fault, "acme-x", Level.ERROR)
    assert words in finding.message
    assert "freeze" in finding.message


def test_what_is_as_it_was_locked_is_no_finding() -> None:
    """Where it came from and what it is called do not matter, its files do."""
    assert unlike(replace(PLUGIN, name="Acme_X", origin="file:///x"), PLUGIN, LOCK) is None


def test_a_finding_is_json() -> None:
    """With plain words for what it is."""
    finding = Finding(Fault.EDITABLE, "acme-x", "here", "is editable", Level.WARNING)

    assert json.loads(json.dumps(finding.to_json())) == {
        "code": "editable",
        "level": "warning",
        "distribution": "acme-x",
        "file": "here",
        "message": "is editable",
    }
