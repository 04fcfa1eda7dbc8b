"""EngineContract: the whole suite that an engine's plugin subclasses."""

from __future__ import annotations

from geppetto.testing.contracts.conduct import ConductContract
from geppetto.testing.contracts.conversation import ConversationContract
from geppetto.testing.contracts.decoding import DecodingContract
from geppetto.testing.contracts.failures import FailureContract

__all__ = ["EngineContract"]


class EngineContract(DecodingContract, FailureContract, ConversationContract, ConductContract):
    """Prove an engine: give its factory and a folder of cases.

        class TestParrot(EngineContract):
            factory = PARROT
            cases = Path(__file__).parent / "cases"
            settings = {"model": "parrot-1"}
            base_path = "/v1"

            def validate(self, body):            # optional: what is wrong by the vendor's schema
                return check(body)

    The factory's capabilities switch parts: an engine that promises tools must bring a case with a call. Everything
    runs without network: answers come from memory or from a server on loopback.
    """
