"""What a model may call: functions of this side, tools of the vendor's, and which of them it must."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from geppetto.provider import named_choice
from geppetto.turns import ToolChoice

if TYPE_CHECKING:
    from collections.abc import Sequence

    from geppetto.engine import ToolConfig
    from geppetto.tooling import ToolDefinition
    from geppetto.tooling.names import ToolNames

    from geppetto_provider_gemini.settings import GeminiSettings

__all__ = ["NAME_RULES", "runs_functions_there", "tool_fields"]

#: ^[a-zA-Z_][a-zA-Z0-9_.:-]{0,127}$
NAME_RULES: dict[str, Any] = {"allowed": "a-zA-Z0-9_.:-", "first": "a-zA-Z_", "limit": 128}
_MODES = {ToolChoice.NONE.value: "NONE", ToolChoice.REQUIRED.value: "ANY"}
_MCP = "mcpServers"


def tool_fields(
    offered: Sequence[ToolDefinition],
    names: ToolNames,
    config: ToolConfig,
    settings: GeminiSettings,
    server_tools: Sequence[dict[str, Any]],
) -> dict[str, Any]:
    """Return `tools` and `toolConfig`; neither where there is nothing to call."""
    tools: list[dict[str, Any]] = [*server_tools]
    choice: dict[str, Any] = {}
    if offered:
        tools.insert(0, {"functionDeclarations": [_declaration(tool, names) for tool in offered]})
        choice["functionCallingConfig"] = _calling(offered, names, config, settings)
    told = settings.include_server_side_tool_invocations
    if told is None and offered and server_tools:
        told = True  # the API wants it where both kinds stand together
    if told is not None:
        choice["includeServerSideToolInvocations"] = told
    fields = {"tools": tools, "toolConfig": choice}
    return {name: value for name, value in fields.items() if value}


def runs_functions_there(server_tools: Sequence[dict[str, Any]]) -> bool:
    """Say whether the vendor itself calls functions, of MCP servers: their calls are not for this side."""
    return any(_MCP in tool for tool in server_tools)


def _declaration(tool: ToolDefinition, names: ToolNames) -> dict[str, Any]:
    declared: dict[str, Any] = {"name": names.wire(tool.name)}
    if tool.description:
        declared["description"] = tool.description
    if tool.parameters.get("properties"):  # an object without any is refused
        declared["parametersJsonSchema"] = tool.parameters
    return declared


def _calling(
    offered: Sequence[ToolDefinition], names: ToolNames, config: ToolConfig, settings: GeminiSettings
) -> dict[str, Any]:
    named = named_choice(config, offered)
    if named is not None:
        return {"mode": "ANY", "allowedFunctionNames": [names.wire(named)]}
    mode = "VALIDATED" if any(tool.strict for tool in offered) else "AUTO"
    return {"mode": _MODES.get(str(config.tool_choice)) or settings.function_calling_mode or mode}
