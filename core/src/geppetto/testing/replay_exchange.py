"""One scripted answer of the replay server, written by hand or read from a recording."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = ["Exchange", "ReceivedRequest"]

#: headers that describe how a body once travelled; the server frames it anew
_FRAMING = frozenset({"connection", "content-encoding", "content-length", "keep-alive", "transfer-encoding"})


@dataclass(slots=True, frozen=True)
class ReceivedRequest:
    """A request as it came over the wire; header names are in lower case."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """The body as JSON; None without a body."""
        return json.loads(self.body) if self.body else None


@dataclass(slots=True, frozen=True)
class Exchange:
    """Say how to answer one request.

    The answer is `body` (bytes, text, or a value sent as JSON), or the `chunks`, sent one by one with `delay` seconds
    between them. After `hang_after` pieces (a body is one piece) nothing more is sent and the socket stays open; after
    `drop_after` pieces the connection is reset; -1 does so before the status line. `garbage` is written instead of an
    HTTP response. `match(request)` restricts the exchange to some requests.
    """

    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Any = b""
    chunks: tuple[bytes, ...] | list[bytes] = ()
    delay: float = 0.0
    hang_after: int | None = None
    drop_after: int | None = None
    match: Callable[[ReceivedRequest], bool] | None = None
    garbage: bytes = b""

    @classmethod
    def from_recording(cls, recording: str | Path | Mapping[str, Any], **changes: Any) -> Exchange:
        """Read an exchange from a recording (a file or its content); `changes` replace single fields."""
        response = _load(recording)["response"]
        found: dict[str, Any] = {
            "status": int(response["status"]),
            "headers": _headers(response),
            "body": _body(response),
            "chunks": tuple(base64.b64decode(chunk) for chunk in response.get("chunks_b64") or ()),
        }
        return cls(**{**found, **changes})

    def takes(self, request: ReceivedRequest) -> bool:
        """Say whether this exchange may answer the request."""
        return self.match is None or self.match(request)

    def pieces(self) -> list[bytes]:
        """Return what is written to the socket, one write each."""
        return list(self.chunks) or [self._plain()]

    def _plain(self) -> bytes:
        if isinstance(self.body, bytes):
            return self.body
        if isinstance(self.body, str):
            return self.body.encode()
        return json.dumps(self.body, ensure_ascii=False).encode()

    def head(self) -> dict[str, str]:
        """Return the headers with a content type; framing is the server's."""
        found = {name.lower(): value for name, value in self.headers.items()}
        json_body = not self.chunks and not isinstance(self.body, (bytes, str))
        found.setdefault("content-type", "application/json" if json_body else "text/plain; charset=utf-8")
        return found


def _load(recording: str | Path | Mapping[str, Any]) -> Mapping[str, Any]:
    if not isinstance(recording, (str, Path)):
        return recording
    found: Mapping[str, Any] = json.loads(Path(recording).read_text(encoding="utf-8"))
    return found


def _headers(response: Mapping[str, Any]) -> dict[str, str]:
    recorded = response.get("headers") or {}
    kept = {name.lower(): _one_line(value) for name, value in recorded.items()}
    kept = {name: value for name, value in kept.items() if name not in _FRAMING}
    streamed = "sse_raw" in response and response.get("stream_format", "sse") == "sse"
    kept.setdefault("content-type", "text/event-stream" if streamed else "application/json")
    return kept


def _one_line(value: Any) -> str:
    text = ", ".join(value) if isinstance(value, list) else str(value)
    return text.replace("\r", " ").replace("\n", " ")


def _body(response: Mapping[str, Any]) -> Any:
    for name in ("sse_raw", "body_text"):
        if response.get(name) is not None:
            return str(response[name])
    body = response.get("body", b"")
    # a JSON text is a string value, so it is written out here: an Exchange sends text as it is
    return json.dumps(body, ensure_ascii=False) if body != b"" else body
