"""The switch that keeps a test suite off the network."""

import asyncio
import socket

import pytest
from geppetto.errors import TransportError
from geppetto.testing import Exchange, ReplayServer, no_network

#: an address of the documentation range (RFC 5737): nothing is ever there
ELSEWHERE = ("192.0.2.1", 9)


def test_what_leaves_the_machine_is_refused_before_it_is_dialled() -> None:
    """Connections and look-ups, in plain code."""
    with no_network():
        with pytest.raises(TransportError, match=r"192\.0\.2\.1") as caught, socket.socket() as dialled:
            dialled.connect(ELSEWHERE)
        with pytest.raises(TransportError, match=r"vendor\.example"):
            socket.getaddrinfo("vendor.example", 443)

    assert caught.value.code == "NO_NETWORK"


async def test_asyncio_cannot_go_around_it() -> None:
    """The loop's own connections and look-ups are the same sockets."""
    with no_network(), pytest.raises(TransportError):
        await asyncio.open_connection(*ELSEWHERE)


def test_this_machine_stays_reachable() -> None:
    """Loopback is where test servers are."""
    with (
        ReplayServer([Exchange(body="ok")]) as server,
        no_network(),
        socket.create_connection(("127.0.0.1", int(server.url.rpartition(":")[2]))) as dialled,
    ):
        dialled.sendall(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n")
        answer = dialled.recv(100)

    assert answer.startswith(b"HTTP/1.1 200")


def test_outside_the_block_nothing_is_refused() -> None:
    """The switch is off again; blocks may nest."""
    with no_network(), no_network():
        pass
    with socket.socket() as dialled:
        dialled.setblocking(False)  # the socket API
        code = dialled.connect_ex(("127.0.0.1", 1))

    assert isinstance(code, int)
