"""What an embedder is: one async method. And how a plugin offers one: an EmbedderFactory."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from pydantic import BaseModel

    from geppetto.engine.context import RunContext
    from geppetto.engine.contract import CredentialSpec
    from geppetto.engine.deps import Deps
    from geppetto.engine.inference import Usage

__all__ = ["Embedder", "EmbedderFactory", "Embeddings", "Vector"]

Vector: TypeAlias = "tuple[float, ...]"


@dataclass(slots=True, frozen=True)
class Embeddings:
    """One vector for each text, in the order of the texts; usage of all requests together."""

    vectors: list[Vector]
    model: str
    usage: Usage | None = None


class Embedder(Protocol):
    """What turns texts into vectors.

    `identity` says whose vectors these are (provider, address, model, dimensions): vectors of two identities cannot
    be compared, and no cache mixes them. `dimensions` is None until it is known.
    """

    model: str
    dimensions: int | None

    @property
    def identity(self) -> str:
        """What vectors are kept under."""

    async def embed(self, ctx: RunContext, texts: Sequence[str]) -> Embeddings:
        """Return a vector for each text; an empty list needs no request."""


def _no_settings() -> Mapping[str, Any]:
    from geppetto.engine.contract import no_settings

    return no_settings()


@dataclass(slots=True, frozen=True)
class EmbedderFactory:
    """Offer an embedder by name; the fields are those of an EngineFactory."""

    name: str
    build: Callable[[Any, Deps], Embedder]
    settings: Callable[[], type[BaseModel] | Mapping[str, Any]] = field(default=_no_settings)
    display_name: str = ""
    description: str = ""
    credentials: tuple[CredentialSpec, ...] = ()
    vendor: str = ""
