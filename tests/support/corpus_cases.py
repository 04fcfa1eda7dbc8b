"""Recorded exchanges as the corpus run uses them: which engine reads a case, and what may stand in for its request."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

__all__ = ["APIS", "RecordedCase", "read_corpus"]

#: API of a case -> the engine that reads it, and the path behind the base URL
_ENGINES = {
    "chat.completions": ("openai", "/chat/completions"),
    "responses": ("openai-responses", "/responses"),
    "messages": ("claude", "/v1/messages"),
    "generateContent": ("gemini", "/models/"),
}
_SAME = {"streamGenerateContent": "generateContent"}
#: API of a case -> what the checker of requests calls it
APIS = {
    "chat.completions": "openai_chat",
    "responses": "openai_responses",
    "messages": "anthropic",
    "generateContent": "gemini",
}
#: features of streams that broke: their runs must fail
_BROKEN = frozenset({"mid_stream_error", "truncated_stream", "sse:bad_json", "derived:truncated"})


@dataclass(frozen=True)
class RecordedCase:
    """One exchange."""

    name: str
    folder: str
    api: str
    features: frozenset[str]
    request: Mapping[str, Any]
    response: Mapping[str, Any]

    @property
    def engine(self) -> str:
        """The engine that reads it."""
        return _ENGINES[self.api][0]

    @property
    def row(self) -> str:
        """The row of the table that it counts in."""
        return f"{self.folder}" if self.folder != "openai_compat" else f"compat/{self.engine}"

    @property
    def body(self) -> Mapping[str, Any]:
        """The body of the request, empty where the recording has none."""
        found = self.request.get("body")
        return found if isinstance(found, dict) else {}

    @property
    def streaming(self) -> bool:
        """Say whether the answer was asked for as a stream."""
        return "sse_raw" in self.response

    @property
    def model(self) -> str:
        """The model that was asked."""
        if self.api == "generateContent":
            url = str(self.request.get("url") or "")
            return url.rpartition("/models/")[2].partition(":")[0] or "gemini-test"
        return str(self.body.get("model") or "some-model")

    @property
    def base_url(self) -> str:
        """Where it was asked, without the path that the engine appends; empty for the vendor's own."""
        url, (_, path) = str(self.request.get("url") or ""), _ENGINES[self.api]
        return url.partition(path)[0] if self.folder == "openai_compat" and path in url else ""

    @property
    def is_error(self) -> bool:
        """Say whether the vendor refused."""
        return int(self.response["status"]) >= 400

    @property
    def is_broken(self) -> bool:
        """Say whether the stream broke off or carries an error."""
        raw = str(self.response.get("sse_raw", "-")).replace("\r\n", "\n")
        bare = "\n{" in raw and self.response.get("stream_format") != "json_array"
        return not self.is_error and (bare or not raw.strip() or bool(_BROKEN & self.features))


def read_corpus(folder: Path) -> list[RecordedCase]:
    """Read all replies and refusals of a folder of folders; counts and lists of models are no runs."""
    found = [_read(path) for path in sorted(folder.glob("*/*.json"))]
    return [case for case in found if case.api in _ENGINES]


def _read(path: Path) -> RecordedCase:
    found = json.loads(path.read_text(encoding="utf-8"))
    return RecordedCase(
        path.stem,
        path.parent.name,
        _SAME.get(found["api"], found["api"]),
        frozenset(found["features"]),
        found["request"] or {},
        found["response"],
    )
