"""The files of a project: they stand where somebody works, or above, up to the root of the repository."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["project_file"]


def project_file(start: Path, name: str) -> Path | None:
    """Return the nearest file of a name from `start` upwards to the git root; outside of a repository, in `start` alone."""
    folders = [start, *start.absolute().parents]
    root = next((place for place, folder in enumerate(folders) if (folder / ".git").exists()), 0)
    return next((folder / name for folder in folders[: root + 1] if (folder / name).is_file()), None)
