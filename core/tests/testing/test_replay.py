import asyncio
import base64
import http.client
import json
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path

import pytest
from geppetto.testing import Exchange, ReceivedRequest, ReplayServer


def _connect(server: ReplayServer) -> http.client.HTTPConnection:
    return http.client.HTTPConnection(server.url.removeprefix("http://"), timeout=5)


def test_answers_in_order_over_one_connection() -> None:
    """Several requests of one kept-alive connection get the exchanges in script order."""
    with ReplayServer([Exchange(body="one"), Exchange(201, body={"two": 2})]) as server:
        client = _connect(server)

        client.request("GET", "/a")
        first = client.getresponse()
        first_body = first.read()
        client.request("POST", "/b", body=json.dumps({"q": "ü"}), headers={"X-Test": "yes"})
        second = client.getresponse()
        second_body = second.read()

        assert (first.status, first_body) == (200, b"one")
        assert (second.status, json.loads(second_body)) == (201, {"two": 2})
        assert second.headers["content-type"] == "application/json"
        assert server.connections_open == 1
        server.assert_all_used()
        client.close()
        assert server.wait_closed(2)


def test_keeps_what_it_received() -> None:
    """A request's method, path, headers and JSON body can be looked at afterwards."""
    with ReplayServer([Exchange()]) as server:
        client = _connect(server)

        client.request("POST", "/v1/x?y=1", body=json.dumps({"q": "ü"}), headers={"X-Test": "yes"})
        client.getresponse().read()
        client.close()

        (request,) = server.requests
        assert (request.method, request.path) == ("POST", "/v1/x?y=1")
        assert request.headers["x-test"] == "yes"
        assert request.json == {"q": "ü"}


def test_reads_a_chunked_request() -> None:
    """A request body in chunked transfer coding arrives whole."""
    with ReplayServer([Exchange()]) as server:
        client = _connect(server)

        client.request("POST", "/", body=iter([b"ab", b"cd"]), encode_chunked=True)
        client.getresponse().read()
        client.close()

        assert server.requests[0].body == b"abcd"


def test_sends_chunks_one_by_one() -> None:
    """Chunks are framed singly, with the delay between them."""
    with ReplayServer([Exchange(chunks=[b"data: 1\n\n", b"data: 2\n\n"], delay=0.01)]) as server:
        client = _connect(server)

        client.request("GET", "/")
        response = client.getresponse()
        body = response.read()
        client.close()

        assert response.headers["transfer-encoding"] == "chunked"
        assert body == b"data: 1\n\ndata: 2\n\n"


def test_unexpected_request_gets_599() -> None:
    """A request that no exchange takes is answered with a JSON error, and the script then fails its check."""
    with ReplayServer() as server:
        client = _connect(server)

        client.request("GET", "/surprise")
        response = client.getresponse()
        body = json.loads(response.read())
        client.close()

        assert response.status == 599
        assert "GET /surprise" in body["error"]["message"]
        with pytest.raises(AssertionError, match="/surprise"):
            server.assert_all_used()


def test_unused_exchanges_fail_the_check() -> None:
    """An exchange that nobody asked for makes `assert_all_used` fail."""
    with ReplayServer([Exchange()]) as server, pytest.raises(AssertionError, match="1 unused"):
        server.assert_all_used()


def test_match_chooses_the_exchange() -> None:
    """An exchange with `match` answers only the requests it takes, whatever its place in the script."""

    def models(request: ReceivedRequest) -> bool:
        return request.path == "/models"

    with ReplayServer([Exchange(body="models", match=models), Exchange(body="chat")]) as server:
        with urllib.request.urlopen(f"{server.url}/chat") as response:
            chat = response.read()
        with urllib.request.urlopen(f"{server.url}/models") as response:
            listed = response.read()

        assert (chat, listed) == (b"chat", b"models")


def test_drop_resets_the_connection() -> None:
    """After `drop_after` pieces the client reads what was sent and then a reset."""
    with ReplayServer([Exchange(chunks=[b"one", b"two"], drop_after=1)]) as server:
        client = _connect(server)

        client.request("GET", "/")
        response = client.getresponse()
        first = response.read1()

        assert first == b"one"
        with pytest.raises((ConnectionResetError, http.client.IncompleteRead)):
            response.read()
        client.close()
        assert server.wait_closed(2)


def test_drop_before_the_status_line() -> None:
    """`drop_after=-1` resets before anything was answered."""
    with ReplayServer([Exchange(drop_after=-1)]) as server:
        client = _connect(server)

        client.request("GET", "/")

        with pytest.raises((ConnectionResetError, http.client.RemoteDisconnected)):
            client.getresponse()
        client.close()


def test_hang_keeps_the_socket_until_the_client_leaves() -> None:
    """After `hang_after` pieces the socket stays open and silent, and closing the client is noticed."""
    with ReplayServer([Exchange(chunks=[b"one", b"two"], hang_after=1)]) as server:
        client = _connect(server)
        client.timeout = 0.1

        client.request("GET", "/")
        response = client.getresponse()
        first = response.read1()
        with pytest.raises(TimeoutError):
            response.read1()
        still_open = server.connections_open
        response.close()
        client.close()

        assert (first, still_open) == (b"one", 1)
        assert server.wait_closed(2)


def test_recording_becomes_an_exchange() -> None:
    """A recorded answer keeps status, headers and bytes, and loses the framing it travelled in."""
    headers = {"Content-Encoding": "gzip", "Transfer-Encoding": "chunked", "X-Request-Id": "req_1"}
    streamed = {"response": {"status": 200, "headers": headers, "sse_raw": "data: ü\n\n"}}
    pieces = [base64.b64encode(piece).decode() for piece in (b"data: \xc3", b"\xbc\n\n")]
    cut = {"response": {**streamed["response"], "chunks_b64": pieces}}
    plain = {"response": {"status": 429, "headers": {}, "body": {"error": "slow"}}}

    exchanges = [Exchange.from_recording(case) for case in (streamed, cut, plain)]

    assert [exchange.status for exchange in exchanges] == [200, 200, 429]
    assert exchanges[0].head() == {"x-request-id": "req_1", "content-type": "text/event-stream"}
    assert exchanges[0].pieces() == ["data: ü\n\n".encode()]
    assert exchanges[1].pieces() == [b"data: \xc3", b"\xbc\n\n"]
    assert json.loads(exchanges[2].pieces()[0]) == {"error": "slow"}
    assert Exchange.from_recording(plain, delay=1.0).delay == 1.0


def test_serves_a_recording_from_a_file(tmp_path: Path) -> None:
    """A recording is read from its file and served with its own status."""
    path = tmp_path / "case.json"
    path.write_text(json.dumps({"response": {"status": 404, "headers": {}, "body_text": "gone"}}))

    with ReplayServer([Exchange.from_recording(path)]) as server:
        with pytest.raises(urllib.error.HTTPError) as caught:
            urllib.request.urlopen(server.url)
        with caught.value as response:
            body = response.read()

    assert (caught.value.code, body) == (404, b"gone")


async def test_works_inside_an_event_loop() -> None:
    """The server runs beside the test's own event loop, and an open client does not hold it up at the end."""
    async with ReplayServer([Exchange(body="hello")]) as server:
        port = int(server.url.rpartition(":")[2])
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n")
        head = await reader.readuntil(b"\r\n\r\n")
        body = await reader.readexactly(5)
        idle = await server.closed(0.02)

    writer.close()
    assert (head[:15], body, idle) == (b"HTTP/1.1 200 OK", b"hello", False)


def test_import_stays_light() -> None:
    """Importing the kit loads no HTTP library and no pydantic."""
    program = "import sys, geppetto.testing; print({'httpx', 'httpcore', 'pydantic'} & sys.modules.keys())"

    found = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert found.stdout.strip() == "set()"
