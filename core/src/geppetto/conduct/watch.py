"""Watch: hears what a plugin does to the world while it is imported, through the audit events of the interpreter.

What compiled code does without telling Python is not heard.
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any

from geppetto.conduct.finding import Fault

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from types import FrameType

__all__ = ["Watch", "heard"]

_NETWORK = {
    *("socket.connect", "socket.bind", "socket.sendto", "socket.sendmsg"),
    *("socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr", "socket.getnameinfo"),
}
_PROCESS = {
    *("subprocess.Popen", "os.system", "os.exec", "os.posix_spawn", "os.spawn", "os.fork", "os.forkpty"),
    *("pty.spawn", "os.startfile"),
}
_FILES = {
    *("os.mkdir", "os.remove", "os.rename", "os.rmdir", "os.link", "os.symlink", "os.truncate"),
    *("os.chmod", "os.chown", "os.utime", "sqlite3.connect"),
}
_PATH = (str, bytes, os.PathLike)
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_TRUNC


class Watch:
    """Keep what is heard while it is entered; an audit hook stays for good, so this is for a process that ends.

    `own` are the names of modules, with all below them, in which a line to blame is searched.
    """

    def __init__(self, own: Sequence[str]) -> None:
        self._own = tuple(own)
        self._listening = False
        #: fault, what was done, and the line that did it, each once
        self.seen: dict[tuple[str, str, str], None] = {}
        sys.addaudithook(self._hear)

    def __enter__(self) -> None:
        self._listening = True

    def __exit__(self, *_: object) -> None:
        self._listening = False

    def _hear(self, event: str, given: tuple[Any, ...]) -> None:
        if not self._listening:
            return
        found = heard(event, given)
        if found is not None:
            self._listening = False  # what is done here is nothing of the plugin's
            fault, what = found
            self.seen[fault, what, _place(sys._getframe(1), self._own)] = None  # noqa: SLF001  # no public way
            self._listening = True


def heard(event: str, given: tuple[Any, ...]) -> tuple[Fault, str] | None:
    """Return the fault that an audit event is, and what was done, or None for a harmless one."""
    if event in _NETWORK:
        return Fault.DIALS, f"{event}{_address(given)}"
    if event in _PROCESS:
        return Fault.STARTS_PROCESS, f"{event} {_text(given[0]) if given else ''}".strip()
    if event == "open":
        path, _mode, flags = given
        return (Fault.WRITES, f"open {_text(path)}") if flags & _WRITING and _counts(path) else None
    if event in _FILES and _counts(given[0]):
        return Fault.WRITES, f"{event} {_text(given[0])}"
    return None


def _counts(path: Any) -> bool:
    """Leave out open descriptors, what swallows all, and the bytecode that Python itself writes."""
    if not isinstance(path, _PATH):
        return False
    text = os.fsdecode(path)
    return text not in {os.devnull, ":memory:"} and "__pycache__" not in text


def _address(given: tuple[Any, ...]) -> str:
    """Return the address in the arguments of a socket's event, without the socket."""
    plain = [each for each in given if isinstance(each, (str, bytes, tuple))]
    return f" {_text(plain[0])}" if plain else ""


def _text(value: Any) -> str:
    if isinstance(value, tuple):
        return ":".join(map(str, value[:2]))
    return (os.fsdecode(value) if isinstance(value, _PATH) else str(value))[:200]


def _place(frame: FrameType | None, own: tuple[str, ...]) -> str:
    """Return `module:line` of the innermost frame of the plugin's own, or nothing."""
    return next((where for where in _frames(frame) if _is_of(where.partition(":")[0], own)), "")


def _frames(frame: FrameType | None) -> Iterator[str]:
    while frame is not None:
        yield f"{frame.f_globals.get('__name__', '')}:{frame.f_lineno}"
        frame = frame.f_back


def _is_of(module: str, own: tuple[str, ...]) -> bool:
    return any(module == name or module.startswith(f"{name}.") for name in own)
