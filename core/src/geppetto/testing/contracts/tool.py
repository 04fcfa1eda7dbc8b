"""ToolContract: what every tool owes the model that calls it and the run that waits for it."""

from __future__ import annotations

import copy
import json
import re
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, ClassVar

import pytest

from geppetto.host import Host
from geppetto.testing.contracts.plugin import described

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from geppetto.tooling.definition import ToolDefinition

__all__ = ["ToolContract"]

_NAME = re.compile(r"[a-zA-Z_][a-zA-Z0-9_.:-]{0,63}")


class ToolContract:
    """Prove a tool: give its definition, calls with their results, and arguments that it must refuse.

    A result may be a function that says whether what came is right.
    """

    definition: ClassVar[ToolDefinition]
    calls: ClassVar[Sequence[tuple[Mapping[str, Any], Any]]] = ()
    refused: ClassVar[Sequence[Mapping[str, Any]]] = ()

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        """Run a test once for each call, or for each set of arguments to refuse."""
        if "call" in metafunc.fixturenames:
            metafunc.parametrize("call", self.calls, ids=[str(arguments) for arguments, _ in self.calls])
        if "wrong" in metafunc.fixturenames:
            metafunc.parametrize("wrong", self.refused, ids=str)

    @pytest.fixture
    def host(self, tmp_path: Path) -> Iterator[Host]:
        """Give a host of its own, with empty folders."""
        with Host(plugins=False, env={"GEPPETTO_HOME": str(tmp_path)}, grace=1.0) as host:
            yield host

    def test_calls_are_given(self) -> None:
        """`calls` has at least one: without any, nothing is proved."""
        assert self.calls

    def test_the_definition_tells_the_model_enough(self) -> None:
        """A legal name, a description, and a schema of type object whose parameters are described."""
        parameters = self.definition.parameters

        assert _NAME.fullmatch(self.definition.name)
        assert self.definition.description
        assert parameters.get("type") == "object"
        assert [name for name, node in parameters.get("properties", {}).items() if not described(node)] == []
        json.dumps(dict(parameters))

    def test_the_schema_is_a_schema(self) -> None:
        """The parameters are valid JSON Schema 2020-12."""
        from jsonschema import Draft202012Validator

        Draft202012Validator.check_schema(dict(self.definition.parameters))

    def test_a_call_gives_its_result(self, host: Host, call: tuple[Mapping[str, Any], Any]) -> None:
        """The result is JSON and what was expected; the arguments are left as they were."""
        arguments, expected = call
        given = copy.deepcopy(dict(arguments))

        outcome = host.call_tool(self.definition, given)

        assert not outcome.failed, outcome.error
        assert expected(outcome.result) if callable(expected) else outcome.result == expected
        assert given == arguments
        json.dumps(outcome.result)

    def test_wrong_arguments_are_refused(self, host: Host, wrong: Mapping[str, Any]) -> None:
        """The model is told what is wrong, and nothing runs."""
        outcome = host.call_tool(self.definition, wrong)

        assert outcome.failed
        assert outcome.error

    def test_calls_may_run_at_once(self, host: Host) -> None:
        """Parallel calls give what single ones give."""
        calls = list(self.calls) * 4

        with ThreadPoolExecutor(4) as pool:
            outcomes = list(pool.map(lambda call: host.call_tool(self.definition, call[0]), calls))

        assert [outcome.error for outcome in outcomes if outcome.failed] == []
