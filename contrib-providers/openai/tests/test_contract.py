"""The contract that every engine passes, for both of OpenAI's APIs."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from geppetto.testing.contracts import EmbedderContract, EngineContract
from geppetto_provider_openai.plugin import EMBEDDERS, OPENAI, RESPONSES

CASES = Path(__file__).parent / "cases"


class TestChat(EngineContract):
    """Chat Completions."""

    factory = OPENAI
    cases = CASES / "chat"
    settings = {"model": "toy-4"}  # noqa: RUF012  # the contract declares it a class variable
    base_path = "/v1"


class TestResponses(EngineContract):
    """Responses."""

    factory = RESPONSES
    cases = CASES / "responses"
    settings = {"model": "toy-5"}  # noqa: RUF012  # the contract declares it a class variable
    base_path = "/v1"


Vectors = Sequence[Sequence[float]]


class TestEmbeddings(EmbedderContract):
    """OpenAI's embeddings."""

    factory = EMBEDDERS[0]

    def answer(self, vectors: Vectors) -> Any:
        """Number the vectors."""
        return {"data": [{"index": place, "embedding": list(vector)} for place, vector in enumerate(vectors)]}

    def shuffled(self, vectors: Vectors) -> Any:
        """Turn their order around."""
        return {"data": self.answer(vectors)["data"][::-1]}

    def count(self, body: Any) -> int:
        """Count the input."""
        return len(body["input"])


class TestOllama(EmbedderContract):
    """Embeddings of an Ollama server."""

    factory = EMBEDDERS[1]

    def answer(self, vectors: Vectors) -> Any:
        """List the vectors."""
        return {"embeddings": [list(vector) for vector in vectors]}

    def count(self, body: Any) -> int:
        """Count the input."""
        return len(body["input"])
