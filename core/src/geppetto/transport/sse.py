"""A parser for server-sent events on bytes (WHATWG HTML §9.2.6): one list of events per network read.

HTTP clients' line readers decode first and then also split on U+2028, U+2029 and U+0085, which are legal inside a
JSON text; here only CR, LF and CRLF end a line.
"""

from __future__ import annotations

from geppetto.engine.deps import SseEvent
from geppetto.errors import TransportError

__all__ = ["SseParser"]

_BOM = b"\xef\xbb\xbf"
_MAX_EVENT = 64 * 1024 * 1024


class SseParser:
    """Turn the bytes of one event stream into events, however they were cut on the way."""

    __slots__ = ("_after_cr", "_head", "_id", "_max_event", "_pieces", "_size")

    def __init__(self, max_event: int = _MAX_EVENT) -> None:
        self._max_event = max_event
        self._pieces: list[
            bytes
        ] = []  # joined only when an event ends: a large one in small reads stays linear
        self._size = 0
        self._id = ""
        self._after_cr = False
        self._head: bytes | None = b""  # None once the start of the stream was checked for a byte order mark

    def feed(self, chunk: bytes) -> list[SseEvent]:
        """Take the bytes of one read and return the events that ended in it; raise TransportError on a giant."""
        if self._head is not None:
            chunk = self._without_bom(chunk)
        if self._after_cr or b"\r" in chunk:
            chunk = self._with_lf(chunk)
        if not self._pieces and chunk.endswith(b"\n\n"):  # by far the most common read: whole events
            return self._events(chunk.decode("utf-8", "replace"))
        if b"\n\n" not in chunk and not self._ends_with(chunk):
            self._keep(chunk)
            return []
        if self._pieces:
            chunk = b"".join((*self._pieces, chunk))
        # the cut is behind an ASCII byte, so no UTF-8 sequence is cut
        end = chunk.rindex(b"\n\n") + 2
        self._pieces.clear()
        self._size = 0
        self._keep(chunk[end:])
        return self._events(chunk[:end].decode("utf-8", "replace"))

    def close(self) -> list[SseEvent]:
        """Return the event that the stream ended in without a blank line; providers do that."""
        text = b"".join((self._head or b"", *self._pieces)).decode("utf-8", "replace")
        self._pieces.clear()
        return self._events(text)

    def _ends_with(self, chunk: bytes) -> bool:
        return bool(self._pieces) and chunk[:1] == b"\n" and self._pieces[-1][-1:] == b"\n"

    def _keep(self, rest: bytes) -> None:
        if not rest:
            return
        self._pieces.append(rest)
        self._size += len(rest)
        if self._size > self._max_event:
            msg = f"one server-sent event is larger than {self._max_event} bytes"
            raise TransportError(
                msg, code="BODY_TOO_LARGE", next_step="raise Limits.max_event if this is right"
            )

    def _without_bom(self, chunk: bytes) -> bytes:
        chunk = (self._head or b"") + chunk
        if len(chunk) < len(_BOM) and _BOM.startswith(chunk):
            self._head = chunk
            return b""
        self._head = None
        return chunk.removeprefix(_BOM)

    def _with_lf(self, chunk: bytes) -> bytes:
        """Write every line end as LF; a CR ends its line at once, an LF that follows in the next read is its half."""
        if self._after_cr and chunk:
            chunk = chunk.removeprefix(b"\n") if chunk[:1] == b"\n" else chunk
            self._after_cr = False
        self._after_cr = self._after_cr or chunk[-1:] == b"\r"
        return chunk.replace(b"\r\n", b"\n").replace(b"\r", b"\n")

    def _events(self, text: str) -> list[SseEvent]:
        events: list[SseEvent] = []
        for block in text.split("\n\n"):
            if block.startswith("data: ") and "\n" not in block:
                events.append(SseEvent("message", block[6:], self._id))
            elif block and (event := self._event(block)):
                events.append(event)
        return events

    def _event(self, block: str) -> SseEvent | None:
        name, data = "", []
        for line in block.split("\n"):
            field, _, value = line.partition(":")
            if field == "data":
                data.append(value.removeprefix(" "))
            elif field == "event":
                name = value.removeprefix(" ")
            elif field == "id" and "\0" not in value:
                self._id = value.removeprefix(" ")
        if not data and block.lstrip()[:1] in ("{", "["):
            data.append(block)  # an error that a vendor writes into its stream as bare JSON
        return SseEvent(name or "message", "\n".join(data), self._id) if data else None
