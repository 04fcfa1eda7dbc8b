"""Read a URL once: what to dial, what to ask for, and what may be said about it in an error."""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit

from geppetto.errors import TransportError
from geppetto.transport.redact import redact_url

if TYPE_CHECKING:
    from urllib.parse import SplitResult

__all__ = ["Target"]

_PORTS = {"http": 80, "https": 443}
_FORBIDDEN = re.compile(r"[\x00-\x20\x7f\\]")
_URL_CHARACTERS = "!#$%&'()*+,/:;=?@[]~"


@dataclass(slots=True, frozen=True)
class Target:
    """A checked http(s) URL; `origin` holds neither path nor query and is what errors name."""

    scheme: str
    host: str
    port: int
    path: str

    @classmethod
    @functools.lru_cache(maxsize=64)  # a program asks a few endpoints again and again
    def parse(cls, url: str) -> Target:
        """Read `url`; raise TransportError (BAD_URL) when it is none, is relative, or carries a user or password."""
        if _FORBIDDEN.search(url):
            raise _bad(url, "it contains a space, a backslash or a control character")
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError:
            parts, port = None, None
        if parts is None or parts.scheme not in _PORTS or not parts.hostname:
            raise _bad(url, "it is no absolute http:// or https:// URL")
        if "@" in parts.netloc:
            raise _bad(url, "it carries a user name or password", "pass credentials as a header")
        return cls(parts.scheme, _ascii(parts.hostname, url), port or _PORTS[parts.scheme], _path(parts))

    @property
    def own_port(self) -> int | None:
        """Return the port, None where it is the scheme's own."""
        return None if self.port == _PORTS[self.scheme] else self.port

    @property
    def authority(self) -> str:
        """Return the value of the Host header."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.own_port}" if self.own_port else host

    @property
    def origin(self) -> str:
        """Return scheme, host and port as text."""
        return f"{self.scheme}://{self.authority}"


def _path(parts: SplitResult) -> str:
    query = f"?{parts.query}" if parts.query else ""
    return quote((parts.path or "/") + query, safe=_URL_CHARACTERS)


def _ascii(host: str, url: str) -> str:
    try:
        return host if host.isascii() else host.encode("idna").decode()
    except UnicodeError:
        pass
    raise _bad(url, "its host name cannot be written in ASCII")


def _bad(url: str, why: str, next_step: str = "correct the base URL") -> TransportError:
    shown = redact_url(url).partition("?")[0]
    return TransportError(
        f"not a usable URL, {why}: {shown!r}", code="BAD_URL", subject=shown, next_step=next_step
    )
