"""`cd tests && python -m benchmarks [--rows start-up,overhead]`: print the table."""

from __future__ import annotations

import argparse
import platform
import sys

from benchmarks.rows import ROWS


def main() -> None:
    """Measure the rows that are asked for and print them as a Markdown table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks")
    parser.add_argument("--rows", default=",".join(ROWS), help=f"comma list of {', '.join(ROWS)}")
    names = parser.parse_args().rows.split(",")
    unknown = sorted(set(names) - set(ROWS))
    if unknown:
        parser.error(f"there is no row {unknown[0]!r}")
    out = sys.stdout
    out.write(f"Python {platform.python_version()}, {platform.machine()}\n\n")
    out.write("| what | ours: median (min-max) | floor | ratio |\n|---|--:|--:|--:|\n")
    for name in names:
        for row in ROWS[name]():
            out.write(row.line() + "\n")
            out.flush()


if __name__ == "__main__":
    main()
