"""The tag on provider content that has no place in a block's own fields: it goes back only where it came from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from geppetto.turns import thaw

if TYPE_CHECKING:
    from geppetto.turns import Block

__all__ = ["Origin"]


class Origin:
    """One provider, API, host and model; what was tagged at another is not sent.

    The host counts because compatible hosts differ, the model because signed reasoning belongs to one. A vendor that
    reads the content of one model with another gives a family's name as the model.
    """

    __slots__ = ("_tag",)

    def __init__(self, provider: str, api: str, base_url: str, model: str) -> None:
        host = urlsplit(base_url).hostname or ""
        self._tag = {"provider": provider, "api": api, "host": host, "model": model}

    @property
    def host(self) -> str:
        """The host that the content came from."""
        return self._tag["host"]

    def tagged(self, **content: Any) -> dict[str, Any]:
        """Return content as the value of a block's payload key `opaque`."""
        return {**self._tag, **content}

    def own(self, block: Block) -> dict[str, Any]:
        """Return what this origin put on a block, as plain JSON; empty when another did, or nobody."""
        opaque = block.payload.get("opaque")
        if not isinstance(opaque, dict) or any(
            opaque.get(name) != value for name, value in self._tag.items()
        ):
            return {}
        return {name: thaw(value) for name, value in opaque.items() if name not in self._tag}
