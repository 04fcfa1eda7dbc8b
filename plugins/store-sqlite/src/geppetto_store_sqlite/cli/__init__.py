"""The command `geppetto db`: databases checked, copied and migrated."""

from geppetto_store_sqlite.cli.commands import db

__all__ = ["db"]
