"""Databases that the store does not open, each as an error with a next step."""

from __future__ import annotations

from typing import TYPE_CHECKING

from geppetto.errors import ProfileError

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["RESTORE", "damaged", "too_new"]

#: what to do about a damaged database
RESTORE = "put a copy back, if there is one (`geppetto db backup` makes them), or `sqlite3 FILE .recover`"


def damaged(file: Path | str, said: list[str]) -> ProfileError:
    """Return the error for a database whose pages or indexes do not fit together."""
    more = f", and {len(said) - 1} more" if len(said) > 1 else ""
    return ProfileError(
        f"the profile database {file} is damaged: {said[0]}{more}",
        code="STORE_DAMAGED",
        subject=str(file),
        next_step=RESTORE,
    )


def too_new(file: Path | str, layout: int, newest: int) -> ProfileError:
    """Return the error for a database of a newer version."""
    return ProfileError(
        f"the profile database has layout {layout}, and this version of the store knows {newest}",
        code="STORE_TOO_NEW",
        subject=str(file),
        next_step="pip install --upgrade geppetto-store-sqlite",
    )
