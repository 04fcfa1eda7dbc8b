"""Recorded requests that the vendor accepted, outside the repository: our rules about models refuse none of them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from geppetto.engine import InferenceConfig, ToolConfig
from geppetto.turns import Turn, block
from geppetto_provider_claude.request import build_request
from geppetto_provider_claude.settings import ClaudeSettings

#: what a request says -> the setting that says it here
_SETTINGS = {
    "temperature": "temperature", "top_p": "top_p", "top_k": "top_k", "max_tokens": "max_output_tokens",
    "stop_sequences": "stop", "container": "container", "service_tier": "service_tier",
}  # fmt: skip


def _settings(body: dict[str, Any]) -> dict[str, Any]:
    found = {ours: body[name] for name, ours in _SETTINGS.items() if body.get(name) is not None}
    thinking, output = body.get("thinking") or {}, body.get("output_config") or {}
    if thinking.get("type"):
        found["thinking"] = thinking["type"]
    if thinking.get("budget_tokens"):
        found["reasoning_budget"] = thinking["budget_tokens"]
    if output.get("effort"):
        found["reasoning_effort"] = output["effort"]
    if thinking.get("display"):
        found["thinking_display"] = thinking["display"]
    return found


def test_what_the_vendor_took_is_not_refused(corpus: Path) -> None:
    """Each accepted request's own settings make a request that says the same."""
    seen = 0
    for path in sorted((corpus / "anthropic").glob("*.json")):
        case = json.loads(path.read_text(encoding="utf-8"))
        body = (case["request"] or {}).get("body")
        if case["api"] != "messages" or case["response"]["status"] != 200 or not isinstance(body, dict):
            continue
        settings = ClaudeSettings(model=body["model"], **_settings(body))

        made = build_request(Turn([block.user("hi")]), InferenceConfig(), [], ToolConfig(), settings).body

        for name in (*_SETTINGS, "thinking"):
            if body.get(name):
                assert made.get(name) == body[name], (path.stem, name)
        seen += 1

    assert seen > 100
