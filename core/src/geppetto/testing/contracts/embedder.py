"""EmbedderContract: what every embedder owes the texts that it turns into vectors."""

from __future__ import annotations

import functools
import math
from typing import TYPE_CHECKING, Any, ClassVar

import pytest

from geppetto.config import schema_of
from geppetto.errors import ConfigError, GeppettoError, TransportError
from geppetto.host import Host
from geppetto.plugins.kinds import Kind
from geppetto.testing.canned import CannedTransport
from geppetto.testing.contracts.bench import CANARY
from geppetto.testing.contracts.plugin import PluginSuite, described
from geppetto.testing.replay_exchange import Exchange

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from geppetto.embedding.model import EmbedderFactory
    from geppetto.testing.replay_exchange import ReceivedRequest

__all__ = ["EmbedderContract"]

_WIDTH = 3


class EmbedderContract(PluginSuite):
    """Prove an embedder: give its factory, its settings, and how its vendor would answer.

    `answer(vectors)` returns the body for vectors in the order of the texts; `count(body)` how many texts a request asks
    for. A vendor that tells the place of each vector overrides `shuffled(vectors)` to answer out of order.
    """

    factory: ClassVar[EmbedderFactory]
    settings: ClassVar[Mapping[str, Any]] = {}

    @property
    def plugin_module(self) -> str:
        """The module that offers the embedder."""
        return self.factory.build.__module__

    def answer(self, vectors: Sequence[Sequence[float]]) -> Any:
        """Return the body that the vendor answers with."""
        raise NotImplementedError

    def shuffled(self, vectors: Sequence[Sequence[float]]) -> Any:
        """Return such a body with the vectors out of order, where the vendor tells their places."""
        return self.answer(vectors)

    def count(self, body: Any) -> int:
        """Return how many texts a request asks for."""
        raise NotImplementedError

    def _asks_for(self, size: int, request: ReceivedRequest) -> bool:
        return self.count(request.json) == size

    def _client(
        self, folder: Path, *exchanges: Exchange, **settings: Any
    ) -> tuple[Any, CannedTransport, Host]:
        canned = CannedTransport(exchanges)
        host = Host(plugins=False, env={"GEPPETTO_HOME": str(folder)}, transport=canned)
        host.registry.add(Kind.EMBEDDER, self.factory)
        known = schema_of(self.factory.settings()).get("properties", {})
        key = {"api_key": CANARY} if "api_key" in known else {}
        return host.embedder(self.factory.name, **{**key, **self.settings, **settings}), canned, host

    def test_vectors_come_in_the_order_of_the_texts(self, tmp_path: Path) -> None:
        """Whatever order the vendor answers in."""
        vectors = _unit(4)
        client, _, host = self._client(tmp_path, Exchange(body=self.shuffled(vectors)))
        with host:
            found = client.embed(["a", "b", "c", "d"])

        assert [_close(one, two) for one, two in zip(found.vectors, vectors, strict=True)] == [True] * 4
        assert client.dimensions == _WIDTH
        assert found.model == client.model

    def test_many_texts_go_in_batches(self, tmp_path: Path) -> None:
        """No request asks for more than the batch, and nothing is lost between them."""
        answers = [
            Exchange(body=self.answer(_unit(size)), match=functools.partial(self._asks_for, size))
            for size in (2, 2, 1)
        ]
        client, canned, host = self._client(tmp_path, *answers, batch_size=2)
        with host:
            found = client.embed(["a", "b", "c", "d", "e"])

        assert sorted(self.count(request.json) for request in canned.requests) == [1, 2, 2]
        assert len(found.vectors) == 5

    def test_no_texts_need_no_request(self, tmp_path: Path) -> None:
        """And repeated ones are asked for once."""
        client, canned, host = self._client(tmp_path, Exchange(body=self.answer(_unit(1))))
        with host:
            assert client.embed([]).vectors == []
            assert len(client.embed(["a", "a", "a"]).vectors) == 3

        assert len(canned.requests) == 1

    @pytest.mark.parametrize("count", [0, 1, 3])
    def test_vectors_too_few_or_too_many_are_an_error(self, tmp_path: Path, count: int) -> None:
        """Two texts and another number of vectors: none of them can be trusted."""
        client, _, host = self._client(tmp_path, Exchange(body=self.answer(_unit(count))))
        with host, pytest.raises(TransportError) as caught:
            client.embed(["a", "b"])

        assert caught.value.code == "INVALID_RESPONSE"

    @pytest.mark.parametrize("body", [None, [], {}, {"data": None}, "text", 7])
    def test_an_answer_of_another_kind_is_a_clear_error(self, tmp_path: Path, body: Any) -> None:
        """Never a stumble of the code."""
        client, _, host = self._client(tmp_path, Exchange(body="null" if body is None else body))
        with host, pytest.raises(GeppettoError):
            client.embed(["a"])

    def test_what_may_pass_is_tried_again(self, tmp_path: Path) -> None:
        """A busy vendor is asked once more."""
        client, canned, host = self._client(tmp_path, Exchange(503), Exchange(body=self.answer(_unit(1))))
        with host:
            client.embed(["a"])

        assert len(canned.requests) == 2

    def test_two_models_never_share_a_vector(self, tmp_path: Path) -> None:
        """The identity tells model, dimensions and address apart; caches keep vectors under it."""
        made = [
            self._client(tmp_path, **changed)[0]._embedder.identity  # noqa: SLF001  # what the cache sees
            for changed in (
                {},
                {"model": "another"},
                {"dimensions": 7},
                {"base_url": "http://127.0.0.1:9/v9"},
            )
        ]

        assert len(set(made)) == len(made)

    def test_every_setting_is_described(self) -> None:
        """The settings are a closed JSON Schema whose properties say what they are for."""
        schema = schema_of(self.factory.settings())

        assert schema.get("additionalProperties", False) is False
        assert [name for name, node in schema["properties"].items() if not described(node)] == []
        assert {"model", "base_url", "dimensions", "batch_size"} <= schema["properties"].keys()

    def test_an_unknown_setting_is_refused(self, tmp_path: Path) -> None:
        """A misspelt setting is an error."""
        with pytest.raises(ConfigError, match="model"):
            self._client(tmp_path, modle="x")


def _unit(count: int) -> list[list[float]]:
    """Return vectors of length 1 that differ: vendors may bring others to that length."""
    found = []
    for place in range(count):
        raw = [float(place + 1), 1.0, 2.0]
        length = math.hypot(*raw)
        found.append([number / length for number in raw])
    return found


def _close(one: Sequence[float], two: Sequence[float]) -> bool:
    """Say whether two vectors are the same to the precision of a 4-byte number."""
    return all(math.isclose(left, right, rel_tol=1e-6) for left, right in zip(one, two, strict=True))
