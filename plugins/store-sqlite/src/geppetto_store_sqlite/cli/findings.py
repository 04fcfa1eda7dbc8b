"""What a look at a database finds: the facts, and each problem with a code and a next step."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

    from geppetto.errors import GeppettoError

__all__ = ["Findings", "Problem"]


@dataclass(slots=True, frozen=True)
class Problem:
    """One thing that is wrong (`error`), or that somebody may not have meant (`warning`)."""

    level: str
    code: str
    subject: str
    message: str
    next_step: str


@dataclass(slots=True)
class Findings:
    """What is known of one place; None is what could not be found out."""

    place: str
    newest_layout: int
    file: Path | None = None
    layout: int | None = None
    integrity: str | None = None
    journal_mode: str | None = None
    #: permissions by file, as `chmod` takes them: the database's, and those of what SQLite keeps beside it
    modes: dict[str, str] = field(default_factory=dict)
    registries: int | None = None
    profiles: int | None = None
    problems: list[Problem] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        """Whether nothing is wrong; a warning is not."""
        return not any(problem.level == "error" for problem in self.problems)

    def wrong(self, error: GeppettoError) -> None:
        """Add what an error says, once."""
        problem = Problem("error", error.code, error.subject, error.message, error.next_step)
        if problem not in self.problems:
            self.problems.append(problem)

    def warn(self, code: str, subject: str, message: str, next_step: str) -> None:
        """Add what works and may still not be meant."""
        self.problems.append(Problem("warning", code, subject, message, next_step))

    def to_json(self) -> dict[str, Any]:
        """Return what `--json` prints."""
        return {**asdict(self), "file": str(self.file) if self.file else None, "ok": self.ok}
