"""An open response: its body as events, as JSON or as bytes, read once and bounded."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING, Any

from geppetto.errors import TransportError, UsageError
from geppetto.transport.mapping import FAILURES, transport_error
from geppetto.transport.redact import redact_text
from geppetto.transport.sse import SseParser
from geppetto.turns import json_text

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Mapping

    import httpcore

    from geppetto.engine.debug import DebugTap
    from geppetto.engine.deps import SseEvent
    from geppetto.transport.timeouts import Limits, Waits
    from geppetto.transport.wire import WireAnswer

__all__ = ["OpenResponse"]

_SHOWN_BODY = 200
_GZIP_OR_ZLIB = 47  # zlib's window bits that let the header decide


class OpenResponse:
    """The head of an answer and its body to come; header names are lower case."""

    def __init__(
        self,
        answer: httpcore.Response | WireAnswer,
        *,
        origin: str,
        waits: Waits,
        limits: Limits,
        tap: DebugTap | None,
    ) -> None:
        self.status: int = answer.status
        self.headers: Mapping[str, str] = _headers(answer)
        #: the body was read to its end, so the connection can serve another request
        self.complete = False
        self._answer, self._origin, self._waits, self._limits, self._tap = answer, origin, waits, limits, tap
        self._body: bytes | None = None
        self._open: list[AsyncGenerator[Any, None]] = []

    def sse(self) -> AsyncGenerator[list[SseEvent], None]:
        """Read server-sent events: one list per network read that completed any."""
        return self._opened(self._events())

    async def json(self) -> Any:
        """Read the whole body as JSON; raise TransportError (NOT_JSON) when it is none."""
        body = await self.read()
        try:
            return json_text.read(body)
        except (ValueError, RecursionError):
            pass
        shown = redact_text(body[:_SHOWN_BODY].decode("utf-8", "replace"))
        raise self._error("NOT_JSON", f"the answer is no JSON: {shown!r}", "check the base URL")

    async def read(self) -> bytes:
        """Read the whole body; raise TransportError (BODY_TOO_LARGE) beyond `Limits.max_response`."""
        if self._body is None:
            self._body = await self.read_at_most(self._limits.max_response)
            if not self.complete:
                size = self._limits.max_response
                raise self._error(
                    "BODY_TOO_LARGE", f"the answer is larger than {size} bytes", "raise Limits.max_response"
                )
        return self._body

    async def read_at_most(self, size: int) -> bytes:
        """Read the body up to `size` bytes; `complete` says whether that was all."""
        pieces, total = [], 0
        async for chunk in self._opened(self._chunks()):
            pieces.append(chunk)
            total += len(chunk)
            if total > size:
                break
        return b"".join(pieces)[:size]

    async def aclose(self) -> None:
        """Stop reading; the socket is closed unless the body was read to its end."""
        for reader in reversed(self._open):
            try:
                await reader.aclose()
            except RuntimeError:
                pass  # another task reads it right now; closing the connection ends that read
        await self._answer.aclose()

    async def _events(self) -> AsyncGenerator[list[SseEvent], None]:
        parser = SseParser(self._limits.max_event)
        async for chunk in self._opened(self._chunks()):
            events = parser.feed(chunk)
            del chunk  # a stream that waits keeps nothing of what it has handed on; so below
            if events:
                yield self._seen(events)
            del events
        if events := parser.close():
            yield self._seen(events)

    def _seen(self, events: list[SseEvent]) -> list[SseEvent]:
        if self._tap is not None:
            for event in events:
                self._tap.call("on_sse", event.event, event.data)
        return events

    async def _chunks(self) -> AsyncGenerator[bytes, None]:
        decode, waits = self._decoder(), self._waits
        try:
            async for chunk in self._answer.aiter_stream():
                waits.phase = "streaming"
                yield decode(chunk) if decode else chunk
                del chunk
        except FAILURES as error:
            raise transport_error(error, waits, self._origin) from error
        self.complete = True

    def _decoder(self) -> Callable[[bytes], bytes] | None:
        """Return what undoes the content coding: we ask for none, some servers compress nevertheless."""
        coding = self.headers.get("content-encoding", "identity").strip().lower()
        if coding in ("identity", ""):
            return None
        if coding in ("gzip", "x-gzip", "deflate"):
            return zlib.decompressobj(_GZIP_OR_ZLIB).decompress
        raise self._error(
            "PROTOCOL_ERROR", f"the answer has the content coding {coding!r}, which nobody asked for"
        )

    def _opened(self, reader: AsyncGenerator[Any, None]) -> AsyncGenerator[Any, None]:
        if self._waits.phase == "streaming" or self._body is not None:
            msg = "the body of a response can be read once"
            raise UsageError(msg, phase="transport", subject=self._origin)
        self._open.append(reader)
        return reader

    def _error(self, code: str, text: str, next_step: str = "") -> TransportError:
        return TransportError(f"{self._origin}: {text}", code=code, subject=self._origin, next_step=next_step)


def _headers(answer: httpcore.Response | WireAnswer) -> dict[str, str]:
    found: dict[str, str] = {}
    for raw_name, raw_value in answer.headers:
        name, value = raw_name.decode("latin-1").lower(), raw_value.decode("latin-1")
        found[name] = f"{found[name]}, {value}" if name in found else value
    return found
