"""The command line: a command parses, calls one public function and renders what it returns."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["main"]


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code."""
    from geppetto.cli.app import run

    return run(sys.argv[1:] if argv is None else argv)
