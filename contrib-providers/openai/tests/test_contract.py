"""The contract that every engine passes, for both of OpenAI's APIs."""

from pathlib import Path

from geppetto.testing.contracts import EngineContract
from geppetto_provider_openai.plugin import OPENAI, RESPONSES

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
