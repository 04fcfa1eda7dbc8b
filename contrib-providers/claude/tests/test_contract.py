"""The contract that every engine passes."""

from pathlib import Path

from geppetto.testing.contracts import EngineContract
from geppetto_provider_claude.plugin import CLAUDE


class TestClaude(EngineContract):
    """Anthropic Messages."""

    factory = CLAUDE
    cases = Path(__file__).parent / "cases"
    settings = {"model": "claude-toy-5"}  # noqa: RUF012  # the contract declares it a class variable
