"""The comparison as Markdown: medians with their span, ratios to ours, and a reason wherever there is no figure."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from benchmarks.contest import Cell
    from benchmarks.contestants import Contestant
    from benchmarks.disciplines import Discipline

__all__ = ["figure", "place_of_ours", "side_by_side", "summary"]

_SMALL = 10


def figure(value: float) -> str:
    """Write a number with the digits that mean something."""
    return f"{value:,.1f}" if abs(value) < _SMALL else f"{value:,.0f}"


def side_by_side(
    contestants: Sequence[Contestant],
    disciplines: Sequence[Discipline],
    cells: Mapping[str, Sequence[Cell]],
) -> str:
    """Return one table per discipline: who, median (min-max), and how many times ours that is."""
    found = []
    for place, discipline in enumerate(disciplines):
        better = "higher" if discipline.more_is_better else "lower"
        lines = [f"### {discipline.title} ({discipline.unit}, {better} is better)", ""]
        lines += ["| who | median (min-max) | against ours |", "|---|--:|--:|"]
        ours = next(cells[one.name][place].median for one in contestants if one.ours)
        lines += [_line(one, cells[one.name][place], ours) for one in contestants]
        found.append("\n".join(lines))
    return "\n\n".join(found) + "\n"


def _line(one: Contestant, cell: Cell, ours: float) -> str:
    name = f"**{one.name}**" if one.ours else f"{one.name} (floor)" if one.floor else one.name
    shown, ratio = _shown(cell), "-"
    if cell.figures and ours == ours:  # noqa: PLR0124  # NaN: ours failed
        ratio = f"{cell.median / ours:.2f}"
    return f"| {name} {one.version} | {shown} | {ratio} |".replace("  ", " ")


def _shown(cell: Cell) -> str:
    if not cell.figures:
        return cell.reason.replace("|", "/").replace("\n", " ")
    low, high = figure(min(cell.figures)), figure(max(cell.figures))
    return f"{figure(cell.median)} ({low}-{high})" if len(cell.figures) > 1 else figure(cell.median)


def summary(
    contestants: Sequence[Contestant],
    disciplines: Sequence[Discipline],
    cells: Mapping[str, Sequence[Cell]],
) -> str:
    """Return everything in one table of medians, contestants down, disciplines across."""
    heads = [f"{one.title}, {one.unit}" for one in disciplines]
    lines = ["| | " + " | ".join(heads) + " |", "|---|" + "--:|" * len(heads)]
    for one in contestants:
        row = [figure(cell.median) if cell.figures else "-" for cell in cells[one.name]]
        lines.append(f"| {'**' + one.name + '**' if one.ours else one.name} | " + " | ".join(row) + " |")
    return "\n".join(lines) + "\n"


def place_of_ours(
    contestants: Sequence[Contestant],
    disciplines: Sequence[Discipline],
    cells: Mapping[str, Sequence[Cell]],
) -> str:
    """Return where each of ours stands: against bare httpx, against the best peer, and which place among the peers."""
    return "\n".join(_place(one, contestants, disciplines, cells) for one in contestants if one.ours)


def _place(
    ours: Contestant,
    contestants: Sequence[Contestant],
    disciplines: Sequence[Discipline],
    cells: Mapping[str, Sequence[Cell]],
) -> str:
    lines = [f"| row | {ours.name} | bare httpx | ours / httpx | best peer | ours / best peer | place |"]
    lines.append("|---|--:|--:|--:|---|--:|--:|")
    for place, discipline in enumerate(disciplines):
        row = {name: found[place] for name, found in cells.items()}
        lines.append(_standing(cells[ours.name][place].median, contestants, discipline, row))
    return "\n".join(lines) + "\n"


def _standing(
    ours: float, contestants: Sequence[Contestant], discipline: Discipline, cells: Mapping[str, Cell]
) -> str:
    bare = cells["httpx"].median
    peers = [(cells[one.name].median, one.name) for one in contestants if one.requires]
    ranked = sorted((pair for pair in peers if pair[0] > 0), reverse=discipline.more_is_better)
    ahead = sum((value > ours) if discipline.more_is_better else (value < ours) for value, _ in ranked)
    best, name = ranked[0] if ranked else (float("nan"), "-")
    cell = [f"{figure(ours)} {discipline.unit}", *_against(ours, bare)]
    cell += [f"{name} {figure(best)}" if ranked else "-", _against(ours, best)[1]]
    return f"| {discipline.title} | {' | '.join(cell)} | {ahead + 1} of {len(ranked) + 1} |"


def _against(ours: float, other: float) -> tuple[str, str]:
    return (figure(other), f"{ours / other:.2f}") if other > 0 else ("-", "-")
