from __future__ import annotations

import ipaddress
import ssl
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
from geppetto.errors import TransportError
from geppetto.transport import HttpTransport, Policy
from hypothesis import given
from hypothesis import strategies as st

if TYPE_CHECKING:
    from core.tests.transport.conftest import Serve
    from core.tests.transport.loopback import Exchange

Make = Callable[..., HttpTransport]

LOCAL = [
    "127.0.0.1",
    "127.9.9.9",
    "10.0.0.1",
    "172.16.0.1",
    "192.168.1.1",
    "::1",
    "fd00::1",
    "::ffff:127.0.0.1",
]
NEVER = [
    *["169.254.169.254", "169.254.0.1", "fe80::1", "fe80::1%eth0", "::ffff:169.254.169.254", "fd00:ec2::254"],
    *[
        "0.0.0.0",
        "::",
        "100.64.0.1",
        "100.100.100.200",
        "224.0.0.1",
        "ff02::1",
        "255.255.255.255",
        "240.0.0.1",
    ],
    *["192.0.2.1", "198.18.0.1", "fec0::1", "64:ff9b::a9fe:a9fe", "2002:a9fe:a9fe::1", "::169.254.169.254"],
    *["64:ff9b:1::1", "2001:db8::1", "2001:0:a9fe:a9fe::1"],
]
PUBLIC = ["8.8.8.8", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808"]


def refused(policy: Policy, address: str, *, plain: bool = False) -> str:
    """Return the code with which a policy refuses an address, or nothing."""
    try:
        policy.check(address, host="host.test", plain=plain)
    except TransportError as error:
        return error.code
    return ""


@pytest.mark.parametrize("address", LOCAL)
def test_local_addresses_need_the_option(address: str) -> None:
    """Loopback and private addresses are refused by default and permitted by `allow_local`."""
    assert refused(Policy(), address) == "ADDRESS_REFUSED"
    assert refused(Policy(allow_local=True), address) == ""


@pytest.mark.parametrize("address", NEVER)
def test_some_addresses_are_never_dialled(address: str) -> None:
    """Metadata, link-local, multicast, unspecified and reserved addresses are refused under every option."""
    assert refused(Policy(), address) == "ADDRESS_REFUSED"
    assert refused(Policy(allow_local=True, allow_http=True), address) == "ADDRESS_REFUSED"


@pytest.mark.parametrize("address", PUBLIC)
def test_public_addresses_are_dialled(address: str) -> None:
    """Public addresses need no option over https; over http they need `allow_http`, `allow_local` is not enough."""
    assert refused(Policy(), address) == ""
    assert refused(Policy(allow_local=True), address, plain=True) == "INSECURE_URL"
    assert refused(Policy(allow_http=True), address, plain=True) == ""


@given(st.ip_addresses(v=4))
def test_mapped_addresses_are_judged_like_their_own(address: ipaddress.IPv4Address) -> None:
    """An IPv4 address wrapped in IPv6 is judged as the one inside."""
    wrapped = ipaddress.IPv6Address(0xFFFF_0000_0000 | int(address))

    for policy in (Policy(), Policy(allow_local=True)):
        assert refused(policy, str(wrapped)) == refused(policy, str(address))


async def answer(exchange: Exchange) -> None:
    """Answer with the host that was asked for."""
    await exchange.reply(exchange.headers["host"].encode())


SPELLINGS = [
    "127.0.0.1",
    "localhost",
    "2130706433",
    "0x7f000001",
    "0177.0.0.1",
    "127.1",
]


@pytest.mark.parametrize("host", [*SPELLINGS, "[::ffff:127.0.0.1]", "[::1]", "0.0.0.0", "[::]"])
async def test_no_spelling_gets_through(serve: Serve, context: Any, host: str) -> None:
    """However a loopback address is written, the guarded transport does not connect."""
    server = await serve(answer)
    transport = HttpTransport(allow_http=True)

    with pytest.raises(TransportError) as caught:
        async with transport.stream("GET", f"http://{host}:{server.port}/", ctx=context()):
            pass

    assert caught.value.code == "ADDRESS_REFUSED"
    assert not caught.value.retryable
    assert (server.connections, transport.open_connections()) == (0, 0)


@pytest.mark.parametrize("host", SPELLINGS)
async def test_the_local_view_connects(serve: Serve, make: Make, context: Any, host: str) -> None:
    """With `with_local()` the same URLs work, and the server is asked by the name in the URL."""
    server = await serve(answer)
    transport = make(allow_local=False).with_local()

    async with transport.stream("GET", f"http://{host}:{server.port}/", ctx=context()) as response:
        body = await response.read()

    assert body.decode() == f"{host}:{server.port}"


async def test_rebinding_is_of_no_use(serve: Serve, make: Make, context: Any) -> None:
    """A name is resolved once per connection, and what was judged is what is dialled."""
    server = await serve(answer)
    answers = iter([["127.0.0.1"], ["169.254.169.254"]])
    asked: list[str] = []

    async def resolve(host: str, port: int) -> list[str]:
        asked.append(host)
        return next(answers)

    transport = make(resolve=resolve)

    async with transport.stream("GET", f"http://rebind.test:{server.port}/", ctx=context()) as response:
        body = await response.read()
    await transport.aclose()
    with pytest.raises(TransportError) as caught:
        async with transport.stream("GET", f"http://rebind.test:{server.port}/", ctx=context()):
            pass

    assert body.decode() == f"rebind.test:{server.port}"
    assert asked == ["rebind.test", "rebind.test"]
    assert caught.value.code == "ADDRESS_REFUSED"
    assert server.connections == 1


async def test_one_bad_address_refuses_the_name(serve: Serve, make: Make, context: Any) -> None:
    """A name that leads to a permitted and a forbidden address is not dialled at all."""
    server = await serve(answer)

    async def resolve(host: str, port: int) -> list[str]:
        return ["127.0.0.1", "169.254.169.254"]

    with pytest.raises(TransportError, match=r"169\.254"):
        async with make(resolve=resolve).stream("GET", f"http://two.test:{server.port}/", ctx=context()):
            pass

    assert server.connections == 0


async def test_a_dead_address_is_not_the_end(serve: Serve, make: Make, context: Any) -> None:
    """Each address of a name is tried in turn."""
    server = await serve(answer)

    async def resolve(host: str, port: int) -> list[str]:
        return ["::1", "127.0.0.2", "127.0.0.1"]  # the server listens on the last only

    async with make(resolve=resolve).stream(
        "GET", f"http://many.test:{server.port}/", ctx=context()
    ) as response:
        body = await response.read()

    assert body.decode() == f"many.test:{server.port}"


async def test_plain_http_is_refused_before_any_lookup(context: Any) -> None:
    """Without an option an http URL is refused unresolved: the key would be readable on the way."""

    async def resolve(host: str, port: int) -> list[str]:
        raise AssertionError(host)

    with pytest.raises(TransportError) as caught:
        async with HttpTransport(resolve=resolve).stream(
            "GET", "http://api.test/v1?key=canary", ctx=context()
        ):
            pass

    assert caught.value.code == "INSECURE_URL"
    assert "canary" not in str(caught.value.to_json())


async def test_plain_http_to_the_world_under_allow_local(make: Make, context: Any) -> None:
    """`allow_local` permits http to one's own network, not to a public address."""

    async def resolve(host: str, port: int) -> list[str]:
        return ["8.8.8.8"]

    with pytest.raises(TransportError) as caught:
        async with make(resolve=resolve).stream("GET", "http://api.test/v1", ctx=context()):
            pass

    assert caught.value.code == "INSECURE_URL"


async def test_redirects_to_the_inside_lead_nowhere(serve: Serve, make: Make, context: Any) -> None:
    """A server cannot send us on to a metadata service: redirects are not followed."""

    async def redirecting(exchange: Exchange) -> None:
        await exchange.reply(b"", "302 Found", location="http://169.254.169.254/latest/meta-data")

    server = await serve(redirecting)

    with pytest.raises(TransportError) as caught:
        async with make().stream("GET", server.url, ctx=context()):
            pass

    assert caught.value.code == "REDIRECT_REFUSED"


async def test_the_tls_context_is_made_for_https_only(serve: Serve, make: Make, context: Any) -> None:
    """Plain http costs no TLS context, and https requests of all transports share one."""
    from geppetto.transport.client import _shared_context

    _shared_context.cache_clear()
    server = await serve(answer)

    async with make().stream("GET", server.url, ctx=context()) as response:
        await response.read()
    plain = _shared_context.cache_info().currsize
    for transport in (make(), make()):
        with pytest.raises(TransportError):
            async with transport.stream("GET", "https://127.0.0.1:1/", ctx=context()):
                pass

    assert (plain, _shared_context.cache_info().misses) == (0, 1)
    assert isinstance(_shared_context(), ssl.SSLContext)
