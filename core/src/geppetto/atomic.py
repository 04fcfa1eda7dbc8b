"""Files written in one step: whoever reads meets the old content or the new, after a crash as well."""

from __future__ import annotations

import os
from pathlib import Path

__all__ = ["write_atomically"]


def write_atomically(path: Path, content: str | bytes, *, durable: bool = True) -> None:
    """Write a file beside `path` and put it in its place; raise OSError.

    A new file is its owner's alone (0600), one that was there keeps its permissions, and a link stays one: the file that
    it leads to is written. `durable` waits until the content is on the disk, so that a power cut does not leave an empty
    file.
    """
    import tempfile  # loads shutil and random, which only who writes needs

    # links that lead in a circle are a RuntimeError of `Path.resolve` in Python 3.11 and 3.12
    path = Path(os.path.realpath(path))
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content.encode() if isinstance(content, str) else content)
            if durable:
                file.flush()
                os.fsync(file.fileno())
        if path.exists():
            Path(name).chmod(path.stat().st_mode & 0o777)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
