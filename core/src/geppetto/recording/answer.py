"""An answer from memory: what a transport gives when nothing was dialled."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

from geppetto.errors import TransportError
from geppetto.transport.redact import redact_headers, redact_text
from geppetto.transport.sse import SseParser

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping, Sequence

    from geppetto.engine.debug import DebugTap
    from geppetto.engine.deps import SseEvent

__all__ = ["MemoryAnswer"]

_SHOWN_BODY = 200


class MemoryAnswer:
    """A response whose body is a list of pieces, one for each read; `origin` stands in errors."""

    def __init__(
        self,
        status: int,
        headers: Mapping[str, str],
        pieces: Sequence[bytes],
        tap: DebugTap | None,
        origin: str,
    ) -> None:
        self.status: int = status
        self.headers: Mapping[str, str] = headers
        self._pieces, self._tap, self._origin = pieces, tap, origin
        if tap is not None:
            tap.call("on_http_response", status, redact_headers(headers))

    async def sse(self) -> AsyncIterator[list[SseEvent]]:
        """Read server-sent events: one list per piece that completed any."""
        parser = SseParser()
        async for piece in self.pieces():
            if events := parser.feed(piece):
                yield self._seen(events)
        if events := parser.close():
            yield self._seen(events)

    async def json(self) -> Any:
        """Read the whole body as JSON; raise TransportError (NOT_JSON) when it is none."""
        body = await self.read()
        try:
            return json.loads(body)
        except ValueError:
            shown = redact_text(body[:_SHOWN_BODY].decode("utf-8", "replace"))
        raise TransportError(f"the answer is no JSON: {shown!r}", code="NOT_JSON", subject=self._origin)

    async def read(self) -> bytes:
        """Read the whole body."""
        return b"".join([piece async for piece in self.pieces()])

    async def pieces(self) -> AsyncIterator[bytes]:
        """Give the pieces of the body."""
        for piece in self._pieces:
            await asyncio.sleep(0)  # a read gives the loop to others, as a real one does
            yield piece

    def _seen(self, events: list[SseEvent]) -> list[SseEvent]:
        if self._tap is not None:
            for event in events:
                self._tap.call("on_sse", event.event, event.data)
        return events
