"""What in a profile may be a slip: names that nobody here knows. Another machine may know them, so they are no errors."""

from __future__ import annotations

from typing import TYPE_CHECKING

from geppetto.engine.inference import InferenceConfig
from geppetto.errors import nearest
from geppetto.plugins.kinds import Kind, spelling
from geppetto.profile.overrides import KEYS
from geppetto.profile.settings import SECTIONS, run_document

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from geppetto.plugins.offered import Offered
    from geppetto.profile.model import Profile

__all__ = ["doubts", "ignored"]


def ignored(names: Iterable[str], engine: str) -> list[str]:
    """Say of each section, or field of one, that it means nothing to the engine of a run, and what may be meant."""
    return [
        f"{name} means nothing to the engine {engine}{'' if '.' in name else _hint(name, SECTIONS)}"
        for name in names
    ]


def doubts(offered: Offered, profile: Profile) -> list[str]:
    """Return what is doubtful, a sentence each: sections, engine, options, override keys and tools that are not known."""
    return list(_doubts(offered, profile))


def _doubts(offered: Offered, profile: Profile) -> Iterator[str]:
    document = run_document(profile.runtime.settings)
    yield from _unknown("section", (name for name in document.ignored if "." not in name), SECTIONS)
    engines = {name for name in (document.engine,) if name}
    yield from _unknown("engine", engines, offered.names(Kind.ENGINE))
    yield from _unknown("inference option", document.inference, _properties(InferenceConfig.schema()))
    yield from _unknown(
        "override key", (*(profile.policy.allowed_keys or ()), *profile.policy.denied_keys), KEYS
    )
    yield from _unknown("tool", profile.runtime.tools or (), offered.names(Kind.TOOL))


def _properties(schema: Mapping[str, Mapping[str, object]]) -> Iterable[str]:
    return schema["properties"]


def _unknown(what: str, names: Iterable[str], known: Iterable[str]) -> Iterator[str]:
    there = list(known)
    spelled = {spelling(name) for name in there}
    for name in names:
        if spelling(name) not in spelled:
            yield f"nobody here knows the {what} '{name}'{_hint(name, there)}"


def _hint(name: str, known: Iterable[str]) -> str:
    guess = nearest(name, known)
    return f"; did you mean {guess}?" if guess and guess != name else ""
