"""`geppetto js`: scripts on the command line."""

from geppetto_js.cli.commands import js

__all__ = ["js"]
