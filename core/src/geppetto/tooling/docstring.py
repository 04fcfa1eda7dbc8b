"""What a docstring says: the description of a function and of its parameters (Google, NumPy and reST styles)."""

from __future__ import annotations

import inspect
import re

__all__ = ["read_docstring"]

_SECTION = re.compile(
    r"^(args|arguments|parameters|params|returns?|raises|yields|examples?|notes?|attributes)\s*:?\s*$",
    re.IGNORECASE,
)
_GOOGLE = re.compile(r"^\s+\*{0,2}(\w+)\s*(?:\([^)]*\))?:\s*(.*)$")
_REST = re.compile(r"^\s*:param\s+(?:[^:]*\s)?(\w+):\s*(.*)$")
_REST_FIELD = re.compile(r"^:\w[^:]*:")
_NUMPY = re.compile(r"^(\w+)\s*(?::.*)?$")


def read_docstring(text: str | None) -> tuple[str, dict[str, str]]:
    """Return the description (all before the first section) and the text of each parameter."""
    lines = inspect.cleandoc(text or "").splitlines()
    description: list[str] = []
    parameters: dict[str, list[str]] = {}
    section, current = "", ""
    for line in lines:
        if heading := _SECTION.match(line):
            section, current = heading[1].lower(), ""
        elif field := _REST.match(line):
            section, current = "rest", field[1]
            parameters[current] = [field[2]]
        elif _REST_FIELD.match(line):
            section, current = "rest", ""
        elif section in {"args", "arguments", "parameters", "params"}:
            current = _parameter_line(line, current, parameters)
        elif section == "rest" and current and line.startswith(" "):
            parameters[current].append(line.strip())
        elif not section:
            description.append(line)
    found = {name: " ".join(part for part in parts if part) for name, parts in parameters.items()}
    return " ".join(" ".join(description).split()), found


def _parameter_line(line: str, current: str, parameters: dict[str, list[str]]) -> str:
    """Take one line of a parameter section and return the parameter that the next line may continue."""
    if not line.strip() or set(line.strip()) <= {"-", "="}:
        return current
    indented = line[:1].isspace()
    heading = _GOOGLE.match(line) if indented else _NUMPY.match(line)
    if heading and not (indented and current and _deeper(line)):
        parameters[heading[1]] = [heading[2]] if indented else []
        return heading[1]
    if current:
        parameters[current].append(line.strip())
    return current


def _deeper(line: str) -> bool:
    """Say whether a line continues a Google parameter (eight blanks) rather than beginning one (four)."""
    return len(line) - len(line.lstrip()) >= 8  # noqa: PLR2004  # two levels of four
