"""Embeddings from scripts, in the old words and the new."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from geppetto import Host
from geppetto.embedding.model import EmbedderFactory, Embeddings
from geppetto.errors import ProviderError
from geppetto.plugins import Kind
from geppetto_js.script import ScriptHost


class Lengths:
    """Answer with the length of each text; refuse the text `bad`, and take a while for `slow`."""

    model, identity = "lengths", "lengths"
    dimensions: int | None = 2

    async def embed(self, ctx: Any, texts: Sequence[str]) -> Embeddings:
        """Return a vector for each text."""
        import asyncio

        if "bad" in texts:
            raise ProviderError("no vectors today")
        if "slow" in texts:
            await asyncio.sleep(30)
        return Embeddings([(float(len(text)), 0.5) for text in texts], self.model)


@pytest.fixture
def scripts(tmp_path: Path) -> Iterator[ScriptHost]:
    """Give a script host with an embedder."""
    with Host(env={"GEPPETTO_HOME": str(tmp_path)}) as host:
        host.registry.add(Kind.EMBEDDER, EmbedderFactory("lengths", lambda _settings, _deps: Lengths()))
        with ScriptHost(host) as made:
            yield made


def test_texts_become_vectors_in_all_three_ways(scripts: ScriptHost) -> None:
    """Waiting, promised, and with callbacks; a batch keeps its order."""
    found = scripts.runtime.evaluate(
        """
        (async () => {
          const e = require("geppetto").embeddings({ provider: "lengths" });
          const called = await new Promise((onSuccess, onError) => e.embedWithCallback("abcd", { onSuccess, onError }));
          const failed = await e.embedAsync("bad").catch((error) => [error.code, error.message]);
          return [e.embed("a"), e.embedBatch(["ab", "c"]), await e.embedAsync("abc"), called, e.model(), failed];
        })()
        """
    )

    assert found == [
        [1, 0.5],
        [[2, 0.5], [1, 0.5]],
        [3, 0.5],
        [4, 0.5],
        {"name": "lengths", "dimensions": 2},
        ["PROVIDER_ERROR", "no vectors today"],
    ]


def test_a_request_with_callbacks_can_be_cancelled(scripts: ScriptHost) -> None:
    """Before it was sent and while it is under way; cancelling again does nothing."""
    codes = scripts.runtime.evaluate(
        """
        (async () => {
          const e = require("geppetto").embeddings({ provider: "lengths" });
          const ended = (pause) => new Promise((resolve) => {
            const cancel = e.embedWithCallback("slow", { onSuccess: resolve, onError: (error) => resolve(error.code) });
            const stop = () => { cancel(); cancel(); };
            pause ? setTimeout(stop, pause) : stop();
          });
          return [await ended(0), await ended(30)];
        })()
        """,
        timeout=10,
    )

    assert codes == ["GEPPETTO_JS_RUN_CANCELED"] * 2


@pytest.mark.parity(21)
@pytest.mark.parity(234)
def test_the_global_of_the_older_bridge_still_works(scripts: ScriptHost) -> None:
    """Errors of its promises are texts; a missing text is a TypeError."""
    scripts.define_embeddings("embeddings", {"provider": "lengths"})

    found = scripts.runtime.evaluate(
        """
        (async () => {
          const errors = [];
          try { embeddings.generateEmbedding(); } catch (error) { errors.push(`${error}`); }
          try { embeddings.generateEmbedding("bad"); } catch (error) { errors.push(error.message); }
          errors.push(await embeddings.generateEmbeddingAsync("bad").catch((error) => error));
          const called = await new Promise((onSuccess) => embeddings.generateEmbeddingWithCallback("abc", { onSuccess }));
          return [embeddings.generateEmbedding("a"), await embeddings.generateEmbeddingAsync("ab"), called, embeddings.getModel(), errors];
        })()
        """
    )

    assert found[:4] == [[1, 0.5], [2, 0.5], [3, 0.5], {"name": "lengths", "dimensions": 2}]
    assert found[4] == [
        "TypeError: generateEmbedding requires a text argument",
        "failed to generate embedding: no vectors today",
        "failed to generate embedding: no vectors today",
    ]
