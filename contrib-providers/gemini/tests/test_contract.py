"""The contract that every engine passes."""

from pathlib import Path

from geppetto.testing.contracts import EngineContract
from geppetto_provider_gemini.plugin import GEMINI


class TestGemini(EngineContract):
    """Gemini's generateContent."""

    factory = GEMINI
    cases = Path(__file__).parent / "cases"
    settings = {"model": "gemini-toy-3"}  # noqa: RUF012  # the contract declares it a class variable
    base_path = "/v1beta"
