"""Extension codecs: how a plugin gives a typed meaning to a key of a profile's extensions or of a turn."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = ["ExtensionCodec"]


def _same(value: Any) -> Any:
    return value


@dataclass(slots=True, frozen=True)
class ExtensionCodec:
    """Read and write the value under `key` (`namespace.name@vN`), which must fit `schema`."""

    key: str
    schema: Mapping[str, Any]
    decode: Callable[[Any], Any] = _same
    encode: Callable[[Any], Any] = _same
    display_name: str = ""
    description: str = ""
