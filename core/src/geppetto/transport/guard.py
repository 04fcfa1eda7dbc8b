"""The outbound guard: which addresses may be dialled, checked at the moment of dialling.

A check of the URL's text is no check: a name may resolve to anything, and to something else the second time. So the
name is resolved once, every address is judged, and the judged address is what gets dialled. TLS and the connection
pool keep the host's name.
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import httpcore

from geppetto.errors import TransportError
from geppetto.transport.sockets import Dialler

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Sequence

    from geppetto.transport.sockets import SocketStream

__all__ = ["GuardedBackend", "Policy", "Resolver", "insecure", "system_resolver"]

Resolver: TypeAlias = "Callable[[str, int], Awaitable[Sequence[str]]]"
_Address: TypeAlias = "ipaddress.IPv4Address | ipaddress.IPv6Address"

_network = ipaddress.ip_network
_LOCAL = tuple(
    map(
        _network,
        ("127.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "::1/128", "fc00::/7"),
    )
)
#: an address of the private ranges that answers with a machine's cloud credentials (AWS, IPv6)
_METADATA = _network("fd00:ec2::254/128")
_NAT64 = _network("64:ff9b::/96")
_NAT64_LOCAL = _network("64:ff9b:1::/48")


@dataclass(slots=True, frozen=True)
class Policy:
    """What the operator permits: loopback and private addresses, and plain http to the rest of the world."""

    allow_local: bool = False
    allow_http: bool = False

    def check(self, text: str, *, host: str, plain: bool) -> None:
        """Raise TransportError when the address `text`, found for `host`, must not be dialled; `plain` is http."""
        address = _unwrapped(ipaddress.ip_address(text.partition("%")[0]))
        local = _is_local(address)
        if not (_is_public(address) or (local and self.allow_local)):
            raise _refused(host, text, permitted_by_option=local)
        if plain and not self.allow_http and not local:
            raise insecure(host)

    def check_text(self, host: str, *, plain: bool) -> None:
        """Judge a host that somebody else will resolve: literal addresses and `localhost` only."""
        literal = "127.0.0.1" if host.rstrip(".").lower().endswith("localhost") else _literal(host)
        if literal:
            self.check(literal, host=host, plain=plain)
        elif plain and not self.allow_http:
            raise insecure(host)


def _literal(host: str) -> str | None:
    try:
        return str(ipaddress.ip_address(host.partition("%")[0]))
    except ValueError:
        pass
    try:
        return socket.inet_ntoa(socket.inet_aton(host))  # decimal, hex and shortened spellings
    except (OSError, UnicodeError):
        return None


def insecure(host: str) -> TransportError:
    """Make the error for a plain http URL."""
    return TransportError(
        f"http:// to {host} would send the key and the prompt readable by anyone on the way",
        code="INSECURE_URL",
        subject=host,
        next_step="use https://, or allow_local for a server of your own network, or allow_http",
    )


def _refused(host: str, address: str, *, permitted_by_option: bool) -> TransportError:
    option = "allow_local permits it" if permitted_by_option else "no option permits it"
    return TransportError(
        f"{host} leads to {address}, which is no public address",
        code="ADDRESS_REFUSED",
        subject=host,
        next_step=f"check the base URL; {option}",
    )


def _unwrapped(address: _Address) -> _Address:
    """Return the IPv4 address that an IPv6 one stands for (mapped, 6to4, NAT64), else the address."""
    if isinstance(address, ipaddress.IPv4Address):
        return address
    if address in _NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFF_FFFF)
    return address.ipv4_mapped or address.sixtofour or address


def _is_local(address: _Address) -> bool:
    return (
        any(address in net for net in _LOCAL if net.version == address.version) and address not in _METADATA
    )


def _is_public(address: _Address) -> bool:
    if isinstance(address, ipaddress.IPv6Address) and (address.is_site_local or _is_odd(address)):
        return False
    return address.is_global and not address.is_multicast


def _is_odd(address: ipaddress.IPv6Address) -> bool:
    """Say whether an address that `ipaddress` of some Python versions calls global only wraps another network's."""
    return address in _NAT64_LOCAL or address.teredo is not None or int(address) <= 0xFFFF_FFFF  # noqa: PLR2004  # ::/96, RFC 4291 §2.5.5.1


async def system_resolver(host: str, port: int) -> list[str]:
    """Resolve a name, or any spelling of a literal, with the system's resolver."""
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


class GuardedBackend(httpcore.AsyncNetworkBackend):
    """Dial for httpcore: resolve once, judge every address, try each in turn."""

    def __init__(self, policy: Policy, resolve: Resolver, *, plain: bool) -> None:
        self._policy, self._resolve, self._plain = policy, resolve, plain
        self._dial = Dialler()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109  # the signature is httpcore's
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> SocketStream:
        """Connect to the first address of `host` that answers; a dead one gets its share of `timeout` only."""
        clock = asyncio.get_running_loop().time
        end = None if timeout is None else clock() + timeout
        addresses = await self._addresses(host, port, timeout)
        for left in range(len(addresses), 0, -1):
            share = None if end is None else max(0.0, end - clock()) / left
            try:
                return await self._dial.connect_tcp(
                    addresses[-left], port, share, local_address, socket_options
                )
            except (httpcore.ConnectError, httpcore.ConnectTimeout):
                if left == 1:
                    raise
        msg = "the name has no address"
        raise socket.gaierror(msg)

    async def _addresses(self, host: str, port: int, seconds: float | None) -> Sequence[str]:
        try:
            async with asyncio.timeout(seconds):
                addresses = await self._resolve(host, port)
        except TimeoutError as error:
            msg = "the name was not resolved in time"
            raise httpcore.ConnectTimeout(msg) from error
        for address in addresses:
            self._policy.check(address, host=host, plain=self._plain)
        return addresses
