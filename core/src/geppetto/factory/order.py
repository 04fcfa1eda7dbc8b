"""What middlewares declare about their neighbours, checked against the listed order: an error with the exact move.

Nothing is ever moved by itself: the order of a chain is the user's.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from geppetto.errors import ConfigError
from geppetto.plugins.kinds import spelling

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from geppetto.factory.uses import PlannedUse

__all__ = ["Violation", "check_order", "notes", "violations"]


@dataclass(slots=True, frozen=True)
class Violation:
    """One rule that a chain breaks, and what mends it."""

    middleware: str
    reason: str
    move: str

    def to_json(self) -> dict[str, str]:
        """Return the violation for a plan."""
        return {"middleware": self.middleware, "reason": self.reason, "move": self.move}


def check_order(chain: Sequence[PlannedUse]) -> None:
    """Raise ConfigError (MIDDLEWARE_ORDER) naming every broken rule and the move that mends it."""
    found = violations(chain)
    if found:
        raise ConfigError(
            "the middlewares do not fit together: " + "; ".join(f"{each.reason}" for each in found),
            code="MIDDLEWARE_ORDER",
            subject=found[0].middleware,
            next_step="; ".join(each.move for each in found),
            details={"violations": [each.to_json() for each in found]},
        )


def violations(chain: Sequence[PlannedUse]) -> list[Violation]:
    """Return the rules that the uses which take part break; outermost first."""
    active = [planned for planned in chain if planned.use.enabled and planned.definition]
    return [found for at in range(len(active)) for found in _of(active, at)]


def _of(chain: Sequence[PlannedUse], at: int) -> Iterator[Violation]:
    planned = chain[at]
    assert planned.definition is not None
    rules, mine = planned.definition.constraints, planned.label
    for name in rules.before:
        for other in _named(chain[:at], name):
            yield Violation(
                mine, f"{mine} must stand before {other.label}", f"move {mine} before {other.label}"
            )
    for name in rules.after:
        for other in _named(chain[at + 1 :], name):
            yield Violation(
                mine, f"{mine} must stand after {other.label}", f"move {mine} after {other.label}"
            )
    for name in rules.requires:
        if not _named(chain, name):
            yield Violation(mine, f"{mine} needs {name}", f"add {name}, or take {mine} out")
    for name in rules.conflicts:
        for other in _named([each for each in chain if each is not planned], name):
            yield Violation(
                mine, f"{mine} cannot stand together with {other.label}", f"remove {mine} or {other.label}"
            )
    yield from _too_early(chain, at)


def _too_early(chain: Sequence[PlannedUse], at: int) -> Iterator[Violation]:
    """Give what writes the request inside of a middleware that must see it as it is sent."""
    planned = chain[at]
    if not _has(planned, "needs_final_request"):
        return
    writers = [other for other in chain[at + 1 :] if _has(other, "writes_request")]
    if writers:
        last = writers[-1].label
        reason = f"{planned.label} needs the request as it is sent, and {last} inside of it changes it"
        yield Violation(planned.label, reason, f"move {planned.label} after {last}")


def notes(chain: Sequence[PlannedUse]) -> list[str]:
    """Return what is no error and good to know: who does not run when an outer middleware answers by itself."""
    active = [planned for planned in chain if planned.use.enabled]
    return [
        f"{planned.label} may answer by itself; then {', '.join(each.label for each in active[at + 1 :])} do not run"
        for at, planned in enumerate(active)
        if _has(planned, "short_circuits") and active[at + 1 :]
    ]


def _has(planned: PlannedUse, effect: str) -> bool:
    declared = planned.definition.effects if planned.definition else None
    return declared is not None and bool(getattr(declared, effect))


def _named(chain: Sequence[PlannedUse], name: str) -> list[PlannedUse]:
    return [each for each in chain if each.definition and spelling(each.definition.name) == spelling(name)]
