"""One contribution, judged as it stands: can it be asked for by its name, and is its schema one?"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from geppetto.conduct.finding import Fault, Finding
from geppetto.errors import GeppettoError
from geppetto.plugins.checks import in_words, name_of
from geppetto.plugins.kinds import Kind

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["faults_of"]

#: names stand in `distribution/name`, `kind:name` and lists with commas
_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.@-]{0,127}")
#: where the schema of a kind stands: given by a callable, or as it is
_CALLED = {
    Kind.ENGINE: "settings",
    Kind.EMBEDDER: "settings",
    Kind.MIDDLEWARE: "config",
    Kind.TOOL_SOURCE: "config",
}
_GIVEN = {Kind.CODEC: "schema"}


def faults_of(kind: Kind, subject: str, contribution: Any) -> list[Finding]:
    """Return what is wrong with the name and the schema of a contribution."""
    found = [_name(kind, subject, name_of(kind, contribution))]
    if kind is Kind.TOOL:
        found.append(_tool(subject, contribution))
    if kind in _CALLED or kind in _GIVEN:
        found.append(_schema(kind, subject, contribution))
    return [each for each in found if each is not None]


def _name(kind: Kind, subject: str, name: str) -> Finding | None:
    if not _NAME.fullmatch(name):
        rule = "take 1 to 128 letters, digits, '_', '-', '.' and '@': with others it is no single name where names are written"
        return Finding(Fault.NAME, subject, f"{name!r} is no name", rule)
    if kind is Kind.CODEC:
        return _refused(Fault.NAME, subject, lambda: _extension_key(name))
    return None


def _extension_key(name: str) -> None:
    from geppetto.profile.slugs import extension_key

    extension_key(name, "key")


def _tool(subject: str, definition: Any) -> Finding | None:
    """Ask the registry of a session, which has rules for names and parameters of its own."""

    def register() -> None:
        from geppetto.tooling import ToolRegistry

        ToolRegistry([definition])

    return _refused(Fault.SCHEMA, subject, register)


def _schema(kind: Kind, subject: str, contribution: Any) -> Finding | None:
    from geppetto.config.schema import schema_of
    from geppetto.judge import Judge

    step = "give a pydantic model, or a JSON Schema 2020-12 of type object"
    where = _CALLED.get(kind) or _GIVEN[kind]
    try:
        given = getattr(contribution, where)
        schema: Any = schema_of(given() if kind in _CALLED else given)
    except Exception as error:
        return Finding(Fault.SCHEMA, subject, f"its {where} raised {in_words(error)}", step)
    if not isinstance(schema, Mapping):
        return Finding(Fault.SCHEMA, subject, f"its {where} gave a {type(schema).__name__}", step)
    problem = Judge(schema, quick=False).problem()
    return (
        Finding(Fault.SCHEMA, subject, f"its {where} is no JSON Schema: {problem}", step) if problem else None
    )


def _refused(fault: Fault, subject: str, act: Callable[[], None]) -> Finding | None:
    try:
        act()
    except GeppettoError as error:
        return Finding(fault, subject, error.message, error.next_step or "correct it")
    return None
