"""One HTTP/1.1 answer, read by httptools (llhttp, the parser of Node.js): `geppetto[fast]` has it, the default is h11.

Its callbacks come from inside `feed`; the pieces of body that one network read completed are handed on as one.
"""

from __future__ import annotations

import httpcore
import httptools

__all__ = ["AnswerParser"]

_FIRST_FINAL = 200
_BODILESS = (204, 304)  # RFC 9110 §6.4.1
#: bytes that complete nothing: a head, trailers or the extensions of a chunk; httpcore's bound for h11
_MAX_UNFINISHED = 100 * 1024


class AnswerParser:
    """Read the bytes of one answer; interim ones (1xx) before it are passed over.

    `feed` and `end` raise httpcore.RemoteProtocolError, as httpcore's connections do.
    """

    def __init__(self, method: bytes) -> None:
        self.status = 0
        self.headers: list[tuple[bytes, bytes]] = []
        #: status and headers are there
        self.begun = False
        #: the body is there, too
        self.done = False
        #: the connection can serve another request
        self.reusable = False
        self._headless = method == b"HEAD"
        self._pieces: list[bytes] = []
        self._unfinished = 0
        self._parser = httptools.HttpResponseParser(self)
        self._parser.set_dangerous_leniencies(lenient_optional_cr_before_lf=True)  # as h11: RFC 9112 §2.2

    def feed(self, data: bytes) -> bytes:
        """Read what the network gave and return the part of the body in it."""
        self._unfinished += len(data)
        try:
            self._parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade) as error:
            self.reusable = False
            if not self.done:  # else: what follows the answer is no concern of who reads it
                raise httpcore.RemoteProtocolError(str(error)) from error
        if self._unfinished > _MAX_UNFINISHED:
            msg = f"more than {_MAX_UNFINISHED} bytes of headers or of a chunk's extensions"
            raise httpcore.RemoteProtocolError(msg)
        pieces, self._pieces = self._pieces, []
        return b"".join(pieces)

    def end(self) -> None:
        """Take note that the server closed its side: the end of a body without a length, else an error."""
        self.reusable = False
        if not (self.begun and self._ends_with_connection()):
            msg = "the server closed the connection before the end of the answer"
            raise httpcore.RemoteProtocolError(msg)
        self.done = True

    def on_message_begin(self) -> None:
        """Note what nobody asked for: a second answer."""
        if self.done:
            self.reusable = False

    def on_header(self, name: bytes, value: bytes) -> None:
        """Keep a header; those behind the body are dropped."""
        if not self.begun:
            self.headers.append((name, value))

    def on_headers_complete(self) -> None:
        """Note the end of the head; an interim one is forgotten."""
        self._unfinished = 0
        if self.done:
            return
        self.status = self._parser.get_status_code()
        self.begun = self.status >= _FIRST_FINAL
        if not self.begun:
            self.headers = []
        self.done = self.begun and self._headless

    def on_body(self, piece: bytes) -> None:
        """Keep a piece of the body."""
        self._unfinished = 0
        if not self.done:
            self._pieces.append(piece)

    def on_chunk_header(self) -> None:
        """Note that a chunk's length and extensions are there."""
        self._unfinished = 0

    def on_message_complete(self) -> None:
        """Note the end of the body; interim answers have none."""
        if self.begun and not self.done:
            self.done, self.reusable = True, self._parser.should_keep_alive()

    def _ends_with_connection(self) -> bool:
        """Say whether only the end of the connection ends the body (RFC 9112 §6.3)."""
        fields = {name.lower(): value.lower() for name, value in self.headers}
        return (
            self.status not in _BODILESS
            and b"content-length" not in fields
            and not fields.get(b"transfer-encoding", b"").endswith(b"chunked")
        )
