"""`cd tests && python -m benchmarks`: the short form; `--peers`, `--growth` and `--soak` measure more, `--write` keeps it."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from benchmarks import report
from benchmarks.contestants import chosen
from benchmarks.cores import measure_on_one
from benchmarks.disciplines import DISCIPLINES
from benchmarks.growth import GROWTH
from benchmarks.rows import ROWS

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from benchmarks.contestants import Contestant


def main() -> None:
    """Measure what is asked for, print it as Markdown, and with `--write` put it into docs/benchmarks.md."""
    parser = _parser()
    given = parser.parse_args()
    try:
        rows = _names(given.rows, DISCIPLINES if given.peers else ROWS)
        growth = _names(given.growth, GROWTH) if given.growth is not None else []
        contestants = chosen(given.peers.split(",") if given.peers else [])
    except ValueError as error:
        parser.error(str(error))
    measure_on_one()
    for name, text in _sections(given, contestants, rows, growth):
        sys.stdout.write(text + "\n")
        sys.stdout.flush()
        if given.write:
            report.write(name, text)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--rows", default="", help=f"{', '.join(ROWS)}; with peers {', '.join(DISCIPLINES)}")
    parser.add_argument("--peers", default="", help="comma list of peers.toml's names, or all")
    parser.add_argument("--rounds", type=int, default=3, help="rounds of each figure beside peers")
    parser.add_argument("--growth", nargs="?", const="", help=f"what grows with what: {', '.join(GROWTH)}")
    parser.add_argument("--soak", action="store_true", help="100,000 runs in one process; long replies")
    parser.add_argument("--write", action="store_true", help="put the result into docs/benchmarks.md")
    return parser


def _names(text: str, known: Collection[str]) -> list[str]:
    names = text.split(",") if text else list(known)
    unknown = sorted(set(names) - set(known))
    if unknown:
        msg = f"there is no row {unknown[0]!r}; known: {', '.join(known)}"
        raise ValueError(msg)
    return names


def _sections(
    given: argparse.Namespace, contestants: list[Contestant], rows: list[str], growth: list[str]
) -> Iterator[tuple[str, str]]:
    """Measure one section after the other; the short form is what a call without any option means."""
    if given.peers:
        yield "peers", report.peers(contestants, [DISCIPLINES[row] for row in rows], given.rounds)
    if growth:
        yield "growth", report.growth(growth, draw=given.write)
    if given.soak:
        yield "soak", report.soak()
    if not (given.peers or growth or given.soak):
        yield "short", report.short(rows)


if __name__ == "__main__":
    main()
