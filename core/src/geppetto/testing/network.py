"""A switch that keeps a test suite off the network: what is not this machine is refused before it is dialled.

It stands on Python's audit events (PEP 578), so nothing is patched and no library can go around it.
"""

from __future__ import annotations

import ipaddress
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from geppetto.errors import TransportError

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["no_network"]


class _Switch:
    """One audit hook per process (hooks cannot be taken away), on or off."""

    def __init__(self) -> None:
        self._depth = 0
        self._installed = False

    def turn_on(self) -> None:
        if not self._installed:
            sys.addaudithook(self._audit)
            self._installed = True
        self._depth += 1

    def turn_off(self) -> None:
        self._depth -= 1

    def _audit(self, event: str, args: tuple[Any, ...]) -> None:
        if not self._depth:
            return
        if event in {"socket.connect", "socket.sendto"}:
            _check(args[1])
        elif event == "socket.getaddrinfo":
            _check(args)


_switch = _Switch()


@contextmanager
def no_network() -> Iterator[None]:
    """Refuse every connection and name look-up that leaves this machine; raises TransportError (NO_NETWORK) there."""
    _switch.turn_on()
    try:
        yield
    finally:
        _switch.turn_off()


def _check(address: Any) -> None:
    host = address[0] if isinstance(address, tuple) and address else None
    if isinstance(host, (str, bytes)) and not _is_here(host):
        name = host.decode() if isinstance(host, bytes) else host
        raise TransportError(
            f"this test may not use the network, and something wants to reach {name}",
            code="NO_NETWORK",
            subject=name,
            next_step="answer from a ReplayServer or a CannedTransport",
        )


def _is_here(host: str | bytes) -> bool:
    name = host.decode() if isinstance(host, bytes) else host
    if name in {"", "localhost"}:
        return True
    try:
        address = ipaddress.ip_address(name.partition("%")[0])
    except ValueError:
        return False
    return address.is_loopback or address.is_unspecified
