"""Write a package of files from templates; `$name` and its forms are filled in, in paths too."""

from __future__ import annotations

import re
from importlib.resources import files
from string import Template
from typing import TYPE_CHECKING

from geppetto.errors import InvalidOption

if TYPE_CHECKING:
    from collections.abc import Iterator
    from importlib.resources.abc import Traversable
    from pathlib import Path

__all__ = ["TEMPLATES", "write_package"]

_NAME = re.compile(r"[a-z][a-z0-9]*(?:-[a-z0-9]+)*")
_SUFFIX = ".tmpl"
#: kind of package -> the name of its distribution
TEMPLATES = {"provider": "geppetto-provider-$name"}


def write_package(kind: str, name: str, folder: Path) -> list[Path]:
    """Write a new package of a kind into an empty folder and return its files.

    Raises InvalidOption for a kind without a template, a name that is no name of an engine, or a folder with files.
    """
    if kind not in TEMPLATES:
        raise InvalidOption(f"no template for {kind}", subject=kind, next_step=", ".join(TEMPLATES))
    if not _NAME.fullmatch(name):
        raise InvalidOption(
            f"{name!r} is no name: lower-case words with hyphens between them",
            subject="name",
            next_step="parrot",
        )
    if folder.exists() and any(folder.iterdir()):
        raise InvalidOption(f"{folder} has files in it", subject="folder", next_step="choose an empty folder")
    values = _values(kind, name)
    written = []
    for path, template in _templates(files(__name__.rpartition(".")[0]).joinpath(kind), ""):
        target = folder / Template(path.removesuffix(_SUFFIX)).substitute(values)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(Template(template.read_text(encoding="utf-8")).substitute(values), encoding="utf-8")
        written.append(target)
    return written


def _values(kind: str, name: str) -> dict[str, str]:
    distribution = Template(TEMPLATES[kind]).substitute(name=name)
    return {
        "name": name,
        "distribution": distribution,
        "package": distribution.replace("-", "_"),
        "Class": "".join(word.title() for word in name.split("-")),
        "NAME": name.upper().replace("-", "_"),
        "title": name.replace("-", " ").title(),
    }


def _templates(folder: Traversable, above: str) -> Iterator[tuple[str, Traversable]]:
    for entry in sorted(folder.iterdir(), key=lambda entry: entry.name):
        path = f"{above}/{entry.name}".lstrip("/")
        if entry.is_dir():
            yield from _templates(entry, path)
        elif entry.name.endswith(_SUFFIX):
            yield path, entry
