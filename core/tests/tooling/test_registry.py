"""The registry: tools of any origin under unique names, validators made once."""

import socket
from typing import Any

import pytest
from geppetto import Host, ToolContext, ToolDefinition, ToolRegistry, tool, tools, use_host
from geppetto.errors import InvalidOption, NotFound, ToolError


async def _handler(arguments: Any, context: ToolContext) -> Any:
    return arguments


def _registry(**properties: Any) -> ToolRegistry:
    registry = ToolRegistry()
    registry.define("x", _handler, parameters={"type": "object", "properties": properties})
    return registry


@pytest.mark.parity(263, 264, 267, 276)
def test_host_tools_functions_and_schemas_stand_side_by_side(plain_host: Host) -> None:
    """`create_registry` takes installed tools by name; whatever the origin, what is in it is a ToolDefinition."""

    def double(number: int) -> int:
        """Double."""
        return number * 2

    with use_host(plain_host):
        registry = tools.create_registry(["calculator", double])
        assert tools.names() == ["calculator", "clock"]
        with pytest.raises(NotFound, match="Did you mean clock"):
            tools.create_registry(["clok"])

    assert registry.names() == ["calculator", "double"]
    assert all(isinstance(item, ToolDefinition) for item in registry)
    assert registry.get("calculator") is plain_host.tool("calculator")


@pytest.mark.parity(176, 177, 178)
async def test_tools_of_both_kinds_run_in_one_session_under_one_gate(plain_host: Host) -> None:
    """A session mixes its own tools and the host's by name; the allow-list holds for both."""
    from geppetto import ToolConfig
    from geppetto.builtin.scripted import ScriptedEngine

    def double(number: int) -> int:
        """Double."""
        return number * 2

    calls = [
        {"id": "a", "name": "double", "args": {"number": 4}},
        {"id": "b", "name": "calculator", "args": {"expression": "1+1"}},
        {"id": "c", "name": "clock"},
    ]
    session = plain_host.create_session(
        engine=ScriptedEngine([{"tool_calls": calls}, "done"]),
        tools=[double, "calculator", "clock"],
        tool_config=ToolConfig(allowed_tools=["double", "calculator"]),
    )

    completed = await session.run_async("go")

    answers = [b.payload["result"] or b.payload["error"] for b in completed.of_kind("tool_use")]
    assert answers == [8, 2, "tool not allowed: clock"]


def test_what_is_no_tool_is_refused() -> None:
    """A name is read by the host, not by a registry; the error says where."""
    with pytest.raises(InvalidOption, match="expected a tool or a typed function, got str") as caught:
        ToolRegistry(["calculator"])  # type: ignore[list-item]  # that is the point

    assert "create_session" in caught.value.next_step


def test_parameters_must_be_an_object() -> None:
    """Arguments come by name."""
    with pytest.raises(InvalidOption, match="JSON Schema of type object"):
        ToolRegistry().define("x", _handler, parameters={"type": "string"})


def test_a_missing_tool_is_named_with_the_nearest() -> None:
    """`get` raises NotFound."""
    with pytest.raises(NotFound, match="Did you mean search"):
        ToolRegistry([ToolDefinition("search", "", {}, _handler)]).get("serach")


@pytest.mark.parity(282)
def test_problems_say_where_and_what() -> None:
    """Each error has its place; arguments that fit have none."""
    registry = _registry(a={"type": "integer"}, b={"type": "array", "items": {"type": "string"}})

    assert registry.problems("x", {"a": 1, "b": ["y"]}) == []
    assert registry.problems("x", {"a": "1", "b": ["y", 2]}) == [
        "a: '1' is not of type 'integer'",
        "b/1: 2 is not of type 'string'",
    ]


def test_a_validator_is_made_once_and_forgotten_with_its_tool() -> None:
    """The second check uses the first one's validator; a tool that is replaced gets its own."""
    registry = _registry(a={"type": "integer"})
    registry.problems("x", {})
    first = registry._judge("x")
    registry.problems("x", {})

    assert registry._judge("x") is first
    registry.define("x", _handler, parameters={"type": "object", "required": ["z"]}, replace=True)
    assert registry.problems("x", {}) == ["arguments: 'z' is a required property"]


@pytest.mark.parametrize("reference", ["#/nowhere", "http://127.0.0.1:9/schema.json"])
def test_a_reference_that_leads_nowhere_is_an_error_of_the_tool(reference: str) -> None:
    """Also a remote one: a schema is a stranger's text, and nothing is fetched for it."""
    registry = _registry(a={"$ref": reference})

    with pytest.raises(ToolError, match="no valid JSON Schema") as caught:
        registry.problems("x", {"a": 1})

    assert caught.value.code == "TOOL_SCHEMA_INVALID"


def test_no_request_is_made_for_a_remote_reference() -> None:
    """A server that a schema points to hears nothing."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.setblocking(False)
        registry = _registry(a={"$ref": f"http://127.0.0.1:{server.getsockname()[1]}/schema.json"})

        with pytest.raises(ToolError, match="Unresolvable"):
            registry.problems("x", {"a": 1})

        with pytest.raises(BlockingIOError):
            server.accept()


def test_a_clone_is_independent() -> None:
    """What is added to a copy is not in the original."""
    registry = ToolRegistry([tool(lambda_free)])
    copy = registry.clone()
    copy.define("y", _handler)

    assert registry.names() == ["lambda_free"]
    assert copy.names() == ["lambda_free", "y"]
    assert len(copy) == 2
    assert "y" in copy


def lambda_free(number: int) -> int:
    """Give it back."""
    return number
