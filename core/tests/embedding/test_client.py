"""An embedder with its cache: each text asked for once, answers in the order of the texts."""

import asyncio
import threading
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


class Watched(MemoryCache):
    """A cache that remembers which threads came, and lets writers wait for a sign."""

    def __init__(self) -> None:
        super().__init__()
        self.threads, self.written = set[int](), threading.Event()
        self.go_on = threading.Event()
        self.go_on.set()

    def get(self, key: str) -> tuple[float, ...] | None:
        """Note the thread."""
        self.threads.add(threading.get_ident())
        return super().get(key)

    def put(self, key: str, vector: tuple[float, ...]) -> None:
        """Note the thread, and wait."""
        self.threads.add(threading.get_ident())
        self.written.set()
        self.go_on.wait(10)
        super().put(key, vector)


async def test_the_event_loop_does_not_wait_for_the_cache(plain_host: Host) -> None:
    """It may be a disk: it is read and written on the host's threads."""
    cache = Watched()

    found = await EmbeddingClient(Lengths(), plain_host, cache).embed_async(["bb", "a"])

    assert found.vectors == [(2.0,), (1.0,)]
    assert cache.threads
    assert threading.get_ident() not in cache.threads


async def test_who_stops_waiting_loses_no_vector(plain_host: Host) -> None:
    """A call that is cancelled while vectors are written ends as cancelled; they are paid for, so they are kept."""
    embedder, cache = Lengths(), Watched()
    client = EmbeddingClient(embedder, plain_host, cache)
    cache.go_on.clear()
    call = asyncio.create_task(client.embed_async(["a", "bb", "ccc"]))
    await asyncio.wrap_future(plain_host.threads.submit(cache.written.wait, 10))

    call.cancel()
    cache.go_on.set()
    with pytest.raises(asyncio.CancelledError):
        await call

    assert (await client.embed_async(["ccc", "a", "bb"])).vectors == [(3.0,), (1.0,), (2.0,)]
    assert embedder.asked == [["a", "bb", "ccc"]]


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
