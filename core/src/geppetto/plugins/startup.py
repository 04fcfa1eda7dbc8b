"""What runs at every start of Python: the `.pth` files that hold code, and whose they are."""

from __future__ import annotations

import os.path
import site
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import importlib_metadata

from geppetto.plugins.record import RecordUnreadable, differences, recorded

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

__all__ = ["StartupCode", "site_folders", "startup_code"]

#: what virtualenv and `uv venv` write into an environment; no RECORD names it
_VIRTUALENV = ("_virtualenv.pth", b"import _virtualenv")


@dataclass(slots=True, frozen=True)
class StartupCode:
    """A `.pth` file with a line of code; `owner` is the distribution whose RECORD names it, nothing where none does.

    `genuine` says that the file is as its owner recorded it, `problem` why it cannot be read.
    """

    file: Path
    line: str
    owner: str = ""
    genuine: bool = False
    problem: str = ""


def site_folders() -> list[str]:
    """Return the folders in which this Python looks for `.pth` files when it starts."""
    folders = site.getsitepackages()
    folders += [site.getusersitepackages()] if site.ENABLE_USER_SITE and not sys.flags.no_user_site else []
    return list(dict.fromkeys(folders))


def startup_code(folders: Sequence[str]) -> list[StartupCode]:
    """Return the `.pth` files of the folders that make Python run code, and those that nobody can read."""
    files = [file for folder in folders for file in sorted(Path(folder).glob("*.pth"))]
    found = [code for file in files for code in _code(file)]
    owners = dict(_owners(folders, {os.path.realpath(code.file) for code in found})) if found else {}
    return [_owned(code, owners.get(os.path.realpath(code.file))) for code in found]


def _code(file: Path) -> Iterator[StartupCode]:
    """Yield the first line that `site` executes; what is no UTF-8 does not hide a line that is."""
    try:
        content = file.read_bytes()
    except OSError as error:
        yield StartupCode(file, "", problem=error.strerror or "unknown")
        return
    # lines are those of text, as for `site`: they may end with a form feed, too
    for line in content.decode("utf-8-sig", errors="backslashreplace").splitlines():
        if line.startswith(("import ", "import\t")):
            known = (file.name, content.strip()) == _VIRTUALENV
            yield StartupCode(file, line, "virtualenv" if known else "", genuine=known)
            return


def _owners(folders: Sequence[str], wanted: set[str]) -> Iterator[tuple[str, Any]]:
    """Yield the files with the distributions whose RECORD names them."""
    distribution: Any
    for distribution in importlib_metadata.distributions(path=list(folders)):
        try:
            files = recorded(distribution) or ()
        except RecordUnreadable:
            continue  # it owns nothing that anybody could compare
        here = (os.path.realpath(str(distribution.locate_file(each.path))) for each in files)
        yield from ((file, distribution) for file in here if file in wanted)


def _owned(code: StartupCode, owner: Any) -> StartupCode:
    if owner is None:
        return code
    changed = {os.path.realpath(str(owner.locate_file(each.path))) for each in differences(owner)}
    genuine = os.path.realpath(code.file) not in changed
    return replace(code, owner=str(owner.name), genuine=genuine)
