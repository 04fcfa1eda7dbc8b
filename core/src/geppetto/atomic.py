"""Files written in one step: whoever reads meets the old content or the new, after a crash as well."""

from __future__ import annotations

import errno
import os
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["check_writable", "make_private", "write_atomically"]


def write_atomically(path: Path, content: str | bytes, *, durable: bool = True) -> None:
    """Write a file beside `path` and put it in its place; raise OSError with its name.

    A new file is its owner's alone (0600), one that was there keeps its permissions, and a link stays one: the file that
    it leads to is written. `durable` waits until the content is on the disk, so that a power cut does not leave an empty
    file.
    """
    # links that lead in a circle are a RuntimeError of `Path.resolve` in Python 3.11 and 3.12
    target = Path(os.path.realpath(path))
    target.parent.mkdir(parents=True, exist_ok=True)
    with _named(path):
        _write(target, content, durable=durable)


def make_private(path: Path) -> None:
    """Make an empty file that is its owner's alone (0600) where none is, for somebody else to fill; raise OSError.

    A link that leads nowhere yet is followed. SQLite gives its journals the permissions that the database has.
    """
    with suppress(FileExistsError):
        os.close(os.open(os.path.realpath(path), os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))


def check_writable(path: Path) -> None:
    """Raise the OSError that `write_atomically` would raise for `path`, as far as that can be known; nothing is left."""
    import tempfile

    with _named(path):
        target = Path(os.path.realpath(path))
        if target.is_dir():
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
        folder = next(each for each in target.parents if each.exists())
        tempfile.TemporaryFile(dir=folder).close()


@contextmanager
def _named(path: Path) -> Iterator[None]:
    """Let errors name the file that was meant: the one that is written beside it means nothing to anybody."""
    try:
        yield
    except OSError as error:
        error.filename = str(path)
        raise


def _write(path: Path, content: str | bytes, *, durable: bool) -> None:
    import tempfile  # loads shutil and random, which only who writes needs

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
