"""The contract that every engine passes."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from geppetto.testing.contracts import EmbedderContract, EngineContract
from geppetto_provider_gemini.plugin import EMBEDDER, GEMINI


class TestGemini(EngineContract):
    """Gemini's generateContent."""

    factory = GEMINI
    cases = Path(__file__).parent / "cases"
    settings = {"model": "gemini-toy-3"}  # noqa: RUF012  # the contract declares it a class variable
    base_path = "/v1beta"


class TestEmbeddings(EmbedderContract):
    """Gemini's embeddings."""

    factory = EMBEDDER

    def answer(self, vectors: Sequence[Sequence[float]]) -> Any:
        """List the vectors."""
        return {"embeddings": [{"values": list(vector)} for vector in vectors]}

    def count(self, body: Any) -> int:
        """Count the requests of the batch."""
        return len(body["requests"])
