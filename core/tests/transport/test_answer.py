from __future__ import annotations

from itertools import pairwise
from typing import TypeAlias

import h11
import httpcore
import pytest
from geppetto.transport.answer import AnswerParser
from hypothesis import given
from hypothesis import strategies as st

Seen: TypeAlias = tuple[int, list[tuple[bytes, bytes]], bytes, bool]
OK = b"HTTP/1.1 200 OK\r\n"


def with_httptools(pieces: list[bytes], method: bytes = b"POST") -> Seen:
    """Read an answer and the end of the connection behind it: status, headers, body, whether it may be used again."""
    answer = AnswerParser(method)
    body = b"".join(answer.feed(piece) for piece in pieces)
    reusable = answer.reusable
    if not answer.done:
        answer.end()
    return answer.status, answer.headers, body, reusable


def with_h11(pieces: list[bytes]) -> Seen:
    """Do the same with the parser of the default install."""
    connection = h11.Connection(h11.CLIENT)
    connection.send(h11.Request(method="POST", target="/", headers=[("host", "x")]))
    connection.send(h11.EndOfMessage())
    head, body, waiting = h11.Response(status_code=999, headers=[]), b"", [*pieces, b""]
    while True:
        event = connection.next_event()
        if event is h11.NEED_DATA:
            connection.receive_data(waiting.pop(0))
        elif isinstance(event, h11.Response):
            head = event
        elif isinstance(event, h11.Data):
            body += event.data
        elif isinstance(event, h11.EndOfMessage):
            reusable = bool(waiting) and connection.our_state is connection.their_state is h11.DONE
            return head.status_code, head.headers.raw_items(), body, reusable


def split(data: bytes, places: list[int]) -> list[bytes]:
    """Cut bytes at some places; the network does not know where a line ends."""
    ends = sorted({place % (len(data) + 1) for place in places} | {0, len(data)})
    return [data[start:end] for start, end in pairwise(ends)]


NAMES = st.sampled_from([b"Content-Type", b"x-request-id", b"X-Ratelimit-Left", b"server"])
HEADERS = st.lists(st.tuples(NAMES, st.from_regex(rb"[!-~]([ -~]{0,20}[!-~])?", fullmatch=True)), max_size=5)
BODIES = st.lists(st.binary(min_size=1, max_size=200), max_size=8)


@st.composite
def answers(draw: st.DrawFn) -> bytes:
    """Draw an answer in one of the three framings of RFC 9112 §6.3, perhaps with interim answers before it."""
    framing = draw(st.sampled_from(["length", "chunked", "end"]))
    chunks, headers = draw(BODIES), draw(HEADERS)
    interim = b"HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n" * draw(st.integers(0, 2))
    status = draw(st.sampled_from([200, 201, 302, 400, 429, 500]))
    body = b"".join(chunks)
    if framing == "length":
        headers.append((b"content-length", b"%d" % len(body)))
    elif framing == "chunked":
        headers.append((b"transfer-encoding", b"chunked"))
        body = b"".join(b"%x;a=b\r\n%b\r\n" % (len(chunk), chunk) for chunk in chunks) + b"0\r\nx: y\r\n\r\n"
    lines = b"".join(b"%b: %b\r\n" % header for header in headers)
    return interim + b"HTTP/1.1 %d Said\r\n" % status + lines + b"\r\n" + body


@given(answers(), st.lists(st.integers(min_value=0), max_size=8))
def test_an_answer_reads_as_with_h11_however_it_is_cut(data: bytes, places: list[int]) -> None:
    """Both parsers find the same status, headers, body and use for the connection."""
    pieces = split(data, places)

    assert with_httptools(pieces) == with_h11(pieces)


@given(answers(), st.integers(min_value=1))
def test_an_answer_that_breaks_off_is_an_error_with_both(data: bytes, place: int) -> None:
    """A cut answer is never taken for a whole one where its framing tells the difference."""
    cut = data[: place % len(data)]
    try:
        expected: Seen | None = with_h11([cut] if cut else [])
    except h11.RemoteProtocolError:
        expected = None

    try:
        found: Seen | None = with_httptools([cut])
    except httpcore.RemoteProtocolError:
        found = None

    assert found == expected


def test_a_second_answer_that_nobody_asked_for_ends_the_connection() -> None:
    """What stands behind an answer belongs to no request, and must not be the next one's."""
    answer = AnswerParser(b"POST")

    body = answer.feed(OK + b"content-length: 2\r\n\r\nokHTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nother")

    assert (body, answer.done, answer.reusable, answer.headers) == (
        b"ok",
        True,
        False,
        [(b"content-length", b"2")],
    )


def test_rubbish_behind_an_answer_does_not_spoil_it() -> None:
    """The answer was whole; only its connection is of no more use."""
    answer = AnswerParser(b"POST")

    body = answer.feed(OK + b"content-length: 2\r\n\r\nok\x00\x01rubbish")

    assert (body, answer.done, answer.reusable) == (b"ok", True, False)


@pytest.mark.parametrize(
    "end", [b"Connection: close\r\n", b"connection: Keep-Alive, close\r\n"], ids=["close", "list"]
)
def test_a_server_that_says_close_is_believed(end: bytes) -> None:
    """RFC 9112 §9.6: no further request goes over such a connection."""
    answer = AnswerParser(b"POST")

    answer.feed(OK + end + b"content-length: 0\r\n\r\n")

    assert (answer.done, answer.reusable) == (True, False)


def test_the_answer_to_head_has_no_body_whatever_it_says() -> None:
    """RFC 9110 §9.3.2: the length is that of the body a GET would get."""
    assert with_httptools([OK + b"content-length: 5\r\n\r\n"], b"HEAD") == (
        200,
        [(b"content-length", b"5")],
        b"",
        False,
    )


@pytest.mark.parametrize("status", [204, 304])
def test_an_answer_without_a_body_is_done_with_its_head(status: int) -> None:
    """RFC 9112 §6.3: these statuses have none, and the connection is good for more."""
    assert with_httptools([b"HTTP/1.1 %d No\r\n\r\n" % status]) == (status, [], b"", True)


def test_lines_may_end_without_a_carriage_return() -> None:
    """RFC 9112 §2.2 permits it; small servers of local models do it."""
    lines = b"HTTP/1.1 200 OK\ncontent-length: 2\n\nok"

    assert with_httptools([lines]) == with_h11([lines])


@pytest.mark.parametrize(
    "endless",
    [
        OK + b"x: " + b"a" * 200_000,
        OK + b"".join(b"x-%d: y\r\n" % number for number in range(20_000)),
        OK + b"transfer-encoding: chunked\r\n\r\n1;" + b"a" * 200_000,
        OK + b"transfer-encoding: chunked\r\n\r\n0\r\n" + b"x: y\r\n" * 40_000,
    ],
    ids=["header", "headers", "chunk extension", "trailers"],
)
def test_what_never_completes_is_bounded(endless: bytes) -> None:
    """A server cannot make us keep reading what is no body."""
    pieces = split(endless, [*range(0, len(endless), 65_536)])

    with pytest.raises(httpcore.RemoteProtocolError, match="more than 102400 bytes"):
        with_httptools(pieces)


@pytest.mark.parametrize(
    "rubbish",
    [b"SSH-2.0-OpenSSH\r\n", b"HTTP/1.1 abc\r\n\r\n", b"HTTP/1.1 101 Switching\r\nupgrade: x\r\n\r\n"],
    ids=["another protocol", "no status", "an upgrade"],
)
def test_what_is_no_answer_is_a_protocol_error(rubbish: bytes) -> None:
    """The error is httpcore's, so the table of failures need not know this parser."""
    with pytest.raises(httpcore.RemoteProtocolError):
        AnswerParser(b"POST").feed(rubbish)
