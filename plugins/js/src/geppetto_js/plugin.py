"""What this distribution contributes: the command `geppetto js`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from geppetto.plugins import hookimpl

if TYPE_CHECKING:
    from collections.abc import Iterable

    import click

__all__ = ["geppetto_commands"]


@hookimpl
def geppetto_commands() -> Iterable[click.Command]:
    """Give the host the command `js`."""
    from geppetto_js.cli import js

    return [js]
