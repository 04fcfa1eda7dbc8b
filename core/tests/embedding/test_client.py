"""An embedder with its cache: each text asked for once, answers in the order of the texts."""

from collections.abc import Sequence

import pytest
from geppetto import Host
from geppetto.embedding import EmbedderFactory, EmbeddingClient, Embeddings, MemoryCache
from geppetto.engine import RunContext
from geppetto.errors import InvalidOption, NotFound
from geppetto.plugins import Kind


class Lengths:
    """An embedder whose vectors are the texts' lengths; it remembers what it was asked."""

    dimensions: int | None = 1

    def __init__(self, model: str = "m") -> None:
        self.model, self.asked = model, list[list[str]]()

    @property
    def identity(self) -> str:
        """The model tells vectors apart."""
        return f"lengths {self.model}"

    async def embed(self, ctx: RunContext, texts: Sequence[str]) -> Embeddings:
        """Count letters."""
        self.asked.append(list(texts))
        return Embeddings([(float(len(text)),) for text in texts], self.model)


def test_vectors_come_in_the_order_of_the_texts(plain_host: Host) -> None:
    """Repeated texts too, each asked for once; no texts, no request."""
    embedder = Lengths()
    client = EmbeddingClient(embedder, plain_host)

    found = client.embed(["bb", "a", "bb", "", "ccc"])

    assert found.vectors == [(2.0,), (1.0,), (2.0,), (0.0,), (3.0,)]
    assert embedder.asked == [["bb", "a", "", "ccc"]]
    assert client.embed([]).vectors == []
    assert len(embedder.asked) == 1


async def test_only_what_the_cache_lacks_is_asked_for(plain_host: Host) -> None:
    """In async code as in plain code; another model has nothing of it."""
    embedder, other, cache = Lengths(), Lengths("n"), MemoryCache()
    client = EmbeddingClient(embedder, plain_host, cache)
    await client.embed_async(["a", "bb"])

    found = await client.embed_async(["bb", "ccc", "a"])
    await EmbeddingClient(other, plain_host, cache).embed_async(["a"])

    assert found.vectors == [(2.0,), (3.0,), (1.0,)]
    assert embedder.asked == [["a", "bb"], ["ccc"]]
    assert other.asked == [["a"]]


@pytest.mark.parametrize("wrong", ["a text", [1], ["a", None]])
def test_what_is_no_list_of_texts_is_refused(plain_host: Host, wrong: list[str]) -> None:
    """A single text would be taken for its letters."""
    with pytest.raises(InvalidOption, match="list of texts"):
        EmbeddingClient(Lengths(), plain_host).embed(wrong)


def test_a_host_builds_embedders_by_name(plain_host: Host) -> None:
    """Installed ones, with a cache by its name; an unknown name is an error."""
    made = Lengths()
    plain_host.registry.add(Kind.EMBEDDER, EmbedderFactory("lengths", lambda _settings, _deps: made))

    client = plain_host.embedder("lengths", cache="disk")
    client.embed(["abc"])
    again = plain_host.embedder("lengths", cache="disk").embed(["abc"])

    assert (client.model, client.dimensions, again.vectors) == ("m", 1, [(3.0,)])
    assert made.asked == [["abc"]]
    with pytest.raises(NotFound, match="length"):
        plain_host.embedder("length")
