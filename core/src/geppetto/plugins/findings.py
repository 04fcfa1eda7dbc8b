"""Findings: what an audit has to say of one distribution, and how an installed plugin may differ from the locked one."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

    from geppetto.plugins.lock import LockedPlugin

__all__ = ["Fault", "Finding", "Level", "unlike"]


class Fault(StrEnum):
    """What an audit can find; the word is stable."""

    FILE_CHANGED = "file-changed"
    FILE_MISSING = "file-missing"
    RECORD_CHANGED = "record-changed"
    RECORD_UNREADABLE = "record-unreadable"
    RECORD_MISSING = "record-missing"
    EDITABLE = "editable"
    VERSION_CHANGED = "version-changed"
    NOT_LOCKED = "not-locked"
    NOT_INSTALLED = "not-installed"
    NOT_ALLOWED = "not-allowed"
    STARTUP_CODE = "startup-code"


class Level(StrEnum):
    """An error makes an audit fail; a warning says what it cannot know, or what is usual and worth a look."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(slots=True, frozen=True)
class Finding:
    """One thing that an audit found, with the file that shows it; the message is a sentence with what to do."""

    fault: Fault
    distribution: str
    file: str
    message: str
    level: Level = Level.ERROR

    def to_json(self) -> dict[str, Any]:
        """Return the finding as `plugins audit --json` prints it."""
        found = asdict(self)
        return {"code": found.pop("fault"), **found}


def unlike(locked: LockedPlugin | None, installed: LockedPlugin, lock: Path) -> Finding | None:
    """Return how what is installed is not what is locked, or None where it is."""
    name = installed.name
    if locked is None:
        text = f"is installed and not locked: geppetto plugins freeze, if you trust {name}"
        return Finding(Fault.NOT_LOCKED, name, str(lock), text)
    if locked.version != installed.version:
        versions = (
            f"is {installed.version or 'of no version'}, and {locked.version or 'no version'} is locked"
        )
        text = f"{versions}: geppetto plugins sync brings that back, freeze takes this"
        return Finding(Fault.VERSION_CHANGED, name, str(lock), text)
    if locked.record != installed.record:
        text = f"has other files than were locked as {locked.version}: reinstall it, or geppetto plugins freeze, if you trust it"
        return Finding(Fault.RECORD_CHANGED, name, "RECORD", text)
    return None
