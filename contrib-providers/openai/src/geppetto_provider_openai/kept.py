"""What a reply says besides text and calls: complete only at its end, it is then put onto the blocks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from geppetto.turns import BlockKind

from geppetto_provider_openai.merge import join_audio, merge_delta

if TYPE_CHECKING:
    from collections.abc import Mapping

    from geppetto.engine import Reply
    from geppetto.provider import Origin

__all__ = ["Kept"]

#: what of spoken output grows piece by piece
_SOUND = frozenset({"data", "transcript"})


class Kept:
    """Collect typed reasoning, citations, sound, custom tools' input and further choices of one reply."""

    __slots__ = ("_choices", "_heard", "_sounds", "citations", "custom", "details")

    def __init__(self) -> None:
        self.details: list[dict[str, Any]] = []
        self.citations: list[Any] = []
        #: key of a custom tool's call -> its input so far
        self.custom: dict[int, str] = {}
        self._heard: dict[str, Any] = {}
        self._sounds: list[str] = []
        self._choices: dict[int, dict[str, Any]] = {}

    def sound(self, audio: Mapping[str, Any]) -> None:
        """Add a piece of spoken output; its transcript is the reply's text."""
        if audio.get("data"):
            self._sounds.append(audio["data"])
        self._heard |= {name: value for name, value in audio.items() if value and name not in _SOUND}

    def other_choice(self, index: int, delta: Mapping[str, Any], word: str | None) -> None:
        """Add a piece of a choice that is not the answer."""
        choice = self._choices.setdefault(index, {"index": index, "message": {}, "finish_reason": None})
        merge_delta(choice["message"], {name: value for name, value in delta.items() if value})
        choice["finish_reason"] = word or choice["finish_reason"]

    def attach(self, reply: Reply, origin: Origin) -> None:
        """Put everything onto the blocks it belongs to, further choices into blocks of their own."""
        if self.details:
            reply.attach(BlockKind.REASONING, opaque=origin.tagged(reasoning_details=self.details))
        if self.citations:
            reply.attach(BlockKind.LLM_TEXT, citations=self.citations)
        if self._sounds or self._heard.get("id"):
            audio = {**self._heard, "data": join_audio(self._sounds)}
            reply.attach(BlockKind.LLM_TEXT, opaque=origin.tagged(audio=audio))
        for key, text in self.custom.items():
            reply.attach_call(key, args=text, opaque=origin.tagged(type="custom"))
        for _, choice in sorted(self._choices.items()):
            reply.opaque({"opaque": origin.tagged(choice=choice)})
