"""The part `/tools`: names as a list or an object, and everything that can be said about how tools run."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

import pytest
from geppetto.config import Layer, resolve
from geppetto.config.document import Document
from geppetto.engine import ToolConfig
from geppetto.errors import ConfigError
from geppetto.factory.toolspart import TOOLS, tool_options, tools_source
from geppetto.inference import ToolLoopConfig


def _resolved(*said: Any) -> dict[str, Any]:
    documents = [
        Document("f", layer, {"tools": value}, "f.yaml", {"/tools": 9})
        for layer, value in zip(Layer, said, strict=False)
    ]
    value: dict[str, Any] = resolve(TOOLS, [tools_source(each) for each in documents], subject="tools")[1]
    return value


def test_a_list_is_short_for_the_names() -> None:
    """It replaces the names of lower layers and leaves the rest; its line is kept."""
    source = tools_source(Document("f", Layer.FLAGS, {"tools": ("a", "b")}, "f.yaml", {"/tools": 9}))

    assert source.values == {"names": ["a", "b"]}
    assert source.place("/names") == "f (f.yaml:9)"
    assert _resolved({"names": ["a"], "max_iterations": 3}, ["b"]) == {"names": ["b"], "max_iterations": 3}
    assert _resolved([], None) == {"names": []}


def test_every_option_reaches_the_run() -> None:
    """What the schema takes is a field of one of the two configurations, and the other way round."""
    given = {
        "enabled": False,
        "tool_choice": "required",
        "execution_timeout": None,
        "max_parallel_tools": 2,
        "allowed_tools": ["a"],
        "tool_error_handling": "retry",
        "retry": {"max_retries": 4, "backoff_base": 0.5, "backoff_factor": 3},
        "max_iterations": 5,
        "repeat_limit": 2,
        "max_total_tokens": 1000,
        "max_cost": 0.5,
    }

    config, loop = tool_options(_resolved({"names": ["a"], **given}))

    assert (config.enabled, config.tool_choice, config.execution_timeout) == (False, "required", None)
    assert (config.max_parallel_tools, config.allowed_tools) == (2, ["a"])
    assert (config.tool_error_handling, config.retry.max_retries) == ("retry", 4)
    assert loop == ToolLoopConfig(max_iterations=5, repeat_limit=2, max_total_tokens=1000, max_cost=0.5)
    known = {field.name for kind in (ToolConfig, ToolLoopConfig) for field in fields(kind)}
    assert set(TOOLS["properties"]) == {"names"} | known == {"names"} | set(given)


def test_a_limit_of_a_lower_layer_is_lifted_with_null() -> None:
    """No list at all is another thing than an empty one, which allows nothing."""
    lifted, _ = tool_options(_resolved({"allowed_tools": ["a"]}, {"allowed_tools": None}))
    closed, _ = tool_options(_resolved({"allowed_tools": ["a"]}, {"allowed_tools": []}))

    assert (lifted.allowed_tools, lifted.allows("b")) == (None, True)
    assert (closed.allowed_tools, closed.allows("b")) == ([], False)


def test_nothing_said_is_the_default() -> None:
    """Of both configurations."""
    assert tool_options({}) == (ToolConfig(), ToolLoopConfig())


@pytest.mark.parametrize(
    "value", [{"max_parallel_tools": 0}, {"tool_error_handling": "panic"}, {"retry": {"n": 1}}]
)
def test_what_does_not_fit_is_refused(value: dict[str, Any]) -> None:
    """Before a run."""
    with pytest.raises(ConfigError, match="tools"):
        _resolved(value)
