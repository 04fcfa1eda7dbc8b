"""What a check can find wrong with a plugin: a stable word, a sentence, and what to do."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from enum import StrEnum

from geppetto.plugins.findings import Level

__all__ = ["Fault", "Finding", "Level"]


class Fault(StrEnum):
    """What may be wrong; the word is stable."""

    NOT_LOADED = "not-loaded"
    UNUSABLE = "unusable"
    CLASH = "clash"
    SURPLUS = "surplus"
    NAME = "name"
    SCHEMA = "schema"
    DIALS = "dials"
    WRITES = "writes"
    STARTS_PROCESS = "starts-process"
    CONFIGURES_LOGGING = "configures-logging"
    PRINTS = "prints"
    IMPORTS_VENDOR = "imports-vendor"
    SLOW = "slow"


@dataclass(slots=True, frozen=True)
class Finding:
    """One thing that is wrong, and with which module or contribution.

    A warning depends on the machine, or on what else is installed, and breaks no rule.
    """

    fault: Fault
    subject: str
    message: str
    next_step: str
    level: Level = Level.ERROR

    def to_json(self) -> dict[str, str]:
        """Return the finding as `plugins check --json` prints it."""
        found = asdict(self)
        return {"code": found.pop("fault"), **found}
