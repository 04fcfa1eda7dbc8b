"""What a profile says of its engine, as scripts of the Go library read it: `effectiveStepSettings.Chat.Engine`.

The names are the Go library's fields; keys are blanked, where it showed them. What a profile does not say is left out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from geppetto.profile.settings import run_document, vendor_of

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["step_settings"]

#: setting of an engine -> where the Go library keeps it
_FIELDS = {
    "model": ("Chat", "Engine"),
    "max_output_tokens": ("Chat", "MaxResponseTokens"),
    "temperature": ("Chat", "Temperature"),
    "top_p": ("Chat", "TopP"),
    "stop": ("Chat", "Stop"),
    "stream": ("Chat", "Stream"),
    "reasoning_budget": ("Inference", "ThinkingBudget"),
    "reasoning_effort": ("Inference", "ReasoningEffort"),
    "reasoning_summary": ("Inference", "ReasoningSummary"),
    "seed": ("Inference", "Seed"),
    "organization": ("Client", "Organization"),
    "presence_penalty": ("OpenAI", "PresencePenalty"),
    "frequency_penalty": ("OpenAI", "FrequencyPenalty"),
    "logit_bias": ("OpenAI", "LogitBias"),
    "parallel_tool_calls": ("OpenAI", "ParallelToolCalls"),
    "top_k": ("Claude", "TopK"),
    "user": ("Claude", "UserID"),
    "api_version": ("Gemini", "APIVersion"),
    "include_thoughts": ("Gemini", "IncludeThoughts"),
}
#: vendor -> the group that only its engines have
_OWN = {"openai": "OpenAI", "claude": "Claude", "gemini": "Gemini"}
_GROUPS = ("Chat", "Client", "Inference", *_OWN.values())
#: setting -> the map that has it for each vendor, and the end of its key there
_API = {"api_key": ("APIKeys", "api-key"), "base_url": ("BaseUrls", "base-url")}


def step_settings(sections: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """Return the settings in merged sections of a profile by group and field; every group is there, secrets stand in clear."""
    said = run_document(sections)
    found: dict[str, dict[str, Any]] = {group: {} for group in _GROUPS}
    found["API"] = {kind: {} for kind, _ in _API.values()}
    _put(found, "Chat", "ApiType", said.engine or None)
    _put(found, "Client", "TimeoutSeconds", said.timeout)
    vendor = vendor_of(said.engine)
    for name, value in said.settings.items():
        group, field = _FIELDS.get(name, ("", ""))
        if name in _API:
            kind, ending = _API[name]
            found["API"][kind][f"{vendor}-{ending}"] = value
        elif group and (group not in _OWN.values() or group == _OWN.get(vendor)):
            _put(found, group, field, value)
    for name, value in said.inference.items():
        if name in _FIELDS:
            _put(found, "Inference", _FIELDS[name][1], value)
    return found


def _put(found: dict[str, dict[str, Any]], group: str, field: str, value: Any) -> None:
    if value is not None:
        found[group][field] = value
