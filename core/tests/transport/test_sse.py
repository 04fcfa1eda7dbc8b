from __future__ import annotations

import re
from itertools import pairwise

import pytest
from geppetto.engine.deps import SseEvent
from geppetto.errors import TransportError
from geppetto.transport import SseParser
from hypothesis import given
from hypothesis import strategies as st


def read(*chunks: bytes) -> list[SseEvent]:
    """Parse a stream that came in these reads."""
    parser = SseParser()
    return [event for chunk in chunks for event in parser.feed(chunk)] + parser.close()


def reference(stream: bytes) -> list[SseEvent]:
    """Parse slowly, in the words of WHATWG HTML §9.2.6; the end of the stream counts as a blank line."""
    text = stream.decode("utf-8", "replace").removeprefix("\ufeff")
    data, name, last_id, events = "", "", "", []
    for line in [*re.split("\r\n|\n|\r", text), ""]:
        if line == "":
            if data != "":
                events.append(SseEvent(name or "message", data[:-1], last_id))
            data = name = ""
            continue
        field, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if line.startswith(":"):
            continue
        if field == "event":
            name = value
        elif field == "data":
            data += value + "\n"
        elif field == "id" and "\0" not in value:
            last_id = value
    return events


def cut(stream: bytes, places: list[int]) -> list[bytes]:
    """Cut a stream at these places."""
    marks = sorted({0, len(stream), *(place % (len(stream) + 1) for place in places)})
    return [stream[a:b] for a, b in pairwise(marks)]


PIECES = st.sampled_from(
    [
        *[b"data", b"event", b"id", b"retry", b":", b": ", b" ", b"\n", b"\r", b"\r\n", b"\n\n", b"x", b"\0"],
        *[
            "\u2028".encode(),
            "\x85".encode(),
            "€".encode(),
            b"\xff",
            b"\xef\xbb\xbf",
            b"data: {}\n\n",
            b"data: a\r\n\r\n",
        ],
    ]
)
STREAMS = st.lists(PIECES, max_size=40).map(b"".join)


@given(STREAMS, st.lists(st.integers(0, 400), max_size=12))
def test_any_cutting_gives_the_reference_events(stream: bytes, places: list[int]) -> None:
    """However a stream is cut over reads, the events are those of the specification's own procedure."""
    chunks = cut(stream, places)

    events = read(*chunks)

    assert events == reference(stream)


@given(STREAMS)
def test_single_bytes_give_the_reference_events(stream: bytes) -> None:
    """One byte per read, the worst cutting, changes nothing."""
    chunks = [stream[i : i + 1] for i in range(len(stream))]

    events = read(*chunks)

    assert events == reference(stream)


CASES = [
    (b"data: a\n\n", [("message", "a", "")]),
    (b"data:a\n\ndata:  b\n\n", [("message", "a", ""), ("message", " b", "")]),
    (b"data: a\ndata: b\n\n", [("message", "a\nb", "")]),
    (b"event: ping\ndata: {}\n\n", [("ping", "{}", "")]),
    (b"event: ping\n\ndata: x\n\n", [("message", "x", "")]),
    (b": comment\n\ndata: x\n\n", [("message", "x", "")]),
    (b"data\n\n", [("message", "", "")]),
    (b"id: 7\n\ndata: x\n\n", [("message", "x", "7")]),
    (b"id: 7\ndata: x\n\nid: 8\0\ndata: y\n\n", [("message", "x", "7"), ("message", "y", "7")]),
    (b"retry: 10\ndata: x\n\n", [("message", "x", "")]),
    (b"\xef\xbb\xbfdata: x\n\n", [("message", "x", "")]),
    (b"data: x\r\rdata: y\r\n\r\n", [("message", "x", ""), ("message", "y", "")]),
    ("data: a\u2028b\u2029c\x85d\n\n".encode(), [("message", "a\u2028b\u2029c\x85d", "")]),
    (b"data: [DONE]", [("message", "[DONE]", "")]),
    (b"data: [DONE]\n", [("message", "[DONE]", "")]),
    (b"", []),
]


@pytest.mark.parametrize(("stream", "expected"), CASES)
def test_rules(stream: bytes, expected: list[tuple[str, str, str]]) -> None:
    """Each rule of the format holds, with the one departure that an unfinished last event is delivered."""
    events = read(stream)

    assert [(event.event, event.data, event.id) for event in events] == expected


def test_an_event_is_given_with_the_read_that_ends_it() -> None:
    """A carriage return ends a line at once: no event waits for a line feed that may never come."""
    parser = SseParser()

    events = parser.feed(b"data: x\r\r")

    assert [event.data for event in events] == ["x"]


def test_one_list_per_read() -> None:
    """All events of one read come together."""
    parser = SseParser()

    events = parser.feed(b"data: 1\n\ndata: 2\n\ndata: 3")

    assert [event.data for event in events] == ["1", "2"]


def test_a_giant_event_is_refused() -> None:
    """An event without an end does not fill the memory."""
    parser = SseParser(max_event=100)

    with pytest.raises(TransportError) as caught:
        parser.feed(b"data: " + b"x" * 200)

    assert caught.value.code == "BODY_TOO_LARGE"


def test_a_large_event_in_small_reads_is_linear() -> None:
    """Pieces of one event are joined once: 20,000 reads of 1 KiB are no matter of minutes."""
    parser = SseParser()
    piece = b"x" * 1024

    parser.feed(b"data: ")
    for _ in range(20_000):
        parser.feed(piece)
    events = parser.feed(b"\n\n")

    assert len(events[0].data) == 20_000 * 1024


@pytest.mark.parametrize("end", ["", "\n", "\n\n"])
def test_bare_json_in_a_stream_is_an_event(end: str) -> None:
    """Some vendors write an error there without a field name; the standard would drop it, and with it the reason."""
    parser = SseParser()
    error = '{\n  "error": {"code": 499,\n  "message": "cancelled"}\n}'

    found = parser.feed(f"data: 1\n\n{error}{end}".encode()) + parser.close()

    assert [event.data.rstrip() for event in found] == ["1", error]


def test_other_lines_without_a_field_are_dropped() -> None:
    """Comments and unknown fields stay nothing."""
    assert SseParser().feed(b": hello\n\nfoo: {}\n\nretry: 5\n\n") == []
