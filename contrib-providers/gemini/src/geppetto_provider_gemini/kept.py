"""What a candidate says besides its parts: sources, probabilities, why it ended; at the end it goes onto blocks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from geppetto.turns import BlockKind

if TYPE_CHECKING:
    from collections.abc import Mapping

    from geppetto.engine import Reply
    from geppetto.provider import Origin

__all__ = ["Kept"]

#: where sources stand -> the lists that name them, by their names at both of the vendor's APIs
_SOURCES = {
    "groundingMetadata": ("groundingChunks",),
    "citationMetadata": ("citations", "citationSources"),
    "urlContextMetadata": ("urlMetadata",),
}
_PROBABILITIES = ("logprobsResult", "avgLogprobs")
_ENDING = ("finishReason", "finishMessage", "safetyRatings")
_PARTS = "parts"
_PLAIN = frozenset({"content", "index"})


class Kept:
    """Collect the rest of one reply, and its further candidates."""

    __slots__ = ("_choices", "_ending", "_notes")

    def __init__(self) -> None:
        self._notes: dict[str, Any] = {}
        self._ending: dict[str, Any] = {}
        self._choices: dict[int, dict[str, Any]] = {}

    def candidate(self, candidate: Mapping[str, Any]) -> list[Any]:
        """Take what a chunk says beside its parts; return the sources that were not named before."""
        if candidate.keys() <= _PLAIN:  # by far the most chunks
            return []
        before = self._sources()
        for name in (*_SOURCES, *_PROBABILITIES):
            if candidate.get(name):
                self._notes[name] = _joined(name, self._notes.get(name), candidate[name])
        self._ending |= {name: candidate[name] for name in _ENDING if candidate.get(name)}
        return [source for source in self._sources() if source not in before]

    def _sources(self) -> list[Any]:
        lists = (
            (self._notes.get(name) or {}).get(field) for name, fields in _SOURCES.items() for field in fields
        )
        return [source for found in lists for source in found or ()]

    def blocked(self, feedback: Mapping[str, Any]) -> None:
        """Take why the prompt got no reply."""
        self._ending["promptFeedback"] = dict(feedback)

    @property
    def message(self) -> str:
        """What the vendor says about the end in a sentence."""
        return str(self._ending.get("finishMessage") or "")

    def other_candidate(self, index: int, candidate: Mapping[str, Any]) -> None:
        """Take a piece of a candidate that is not the answer."""
        known = self._choices.setdefault(index, {})
        content = candidate.get("content") or {}
        for part in content.get(_PARTS) or ():
            _append(known.setdefault("content", {}).setdefault(_PARTS, []), part)
        for name, value in candidate.items():
            if name != "content" and value is not None:
                known[name] = _joined(name, known.get(name), value)

    def attach(self, reply: Reply, origin: Origin, *, texts: bool, failed: bool) -> None:
        """Put everything onto the last text, or where there is none into a block of its own.

        Why a reply was filtered or failed is kept too: it may be all there is.
        """
        notes, sources = dict(self._notes), self._sources()
        if sources:
            notes["citations"] = sources
        if notes and texts:
            reply.attach(BlockKind.LLM_TEXT, **notes)
        elif notes:
            reply.opaque({**notes, "opaque": origin.tagged(notes=sorted(notes))})
        if failed and self._ending:
            reply.opaque({"opaque": origin.tagged(ending=self._ending)})
        for _, choice in sorted(self._choices.items()):
            reply.opaque({"opaque": origin.tagged(choice=choice)})


def _joined(name: str, known: Any, found: Any) -> Any:
    """Return what chunks say about one thing: objects by their fields, lists one behind the other, else the later one.

    A source may be named in several chunks and stays one; the same token may come twice and is two.
    """
    if isinstance(known, dict) and isinstance(found, dict):
        return {**known, **{field: _joined(name, known.get(field), value) for field, value in found.items()}}
    if isinstance(known, list) and isinstance(found, list):
        repeats = name in _PROBABILITIES
        return [*known, *(item for item in found if repeats or item not in known)]
    return found


def _append(parts: list[dict[str, Any]], part: Mapping[str, Any]) -> None:
    """Add a part; plain text goes on in the part before, whatever is signed stays by itself."""
    last = parts[-1] if parts else {}
    plain = all("text" in each and each.keys() <= {"text", "thought"} for each in (last, part))
    if plain and last.get("thought") == part.get("thought"):
        last["text"] += part["text"]
    else:
        parts.append(dict(part))
