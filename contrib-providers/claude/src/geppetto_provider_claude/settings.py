"""What a profile may say about this engine; the descriptions are its reference and its JSON Schema."""

from __future__ import annotations

from typing import Any, Literal

from geppetto.secret import Secret  # noqa: TC002  # pydantic reads the annotation
from pydantic import BaseModel, ConfigDict, Field

__all__ = ["ClaudeSettings"]


class ClaudeSettings(BaseModel):
    """Settings of the engine `claude`; a run's own options stand above them."""

    model_config = ConfigDict(extra="forbid", frozen=True, protected_namespaces=())

    model: str | None = Field(
        default=None, description="Model name, for example claude-sonnet-4-5. Required."
    )
    base_url: str = Field(
        default="https://api.anthropic.com", description="Where the API is served, without /v1/messages."
    )
    api_key: Secret | None = Field(
        default=None, description="Key to use instead of the one from the key file or ANTHROPIC_API_KEY."
    )
    api_version: Literal["2023-06-01", "2026-10-21"] = Field(
        default="2023-06-01",
        description="Sent as anthropic-version; the later one knows no sampling settings.",
    )
    betas: list[str] = Field(
        default_factory=list, description="Beta features, sent as one anthropic-beta header."
    )
    stream: bool = Field(default=True, description="Receive the reply piece by piece.")
    max_output_tokens: int | None = Field(
        default=None, ge=1, description="Limit of the reply, thinking included; 4096 where nothing says more."
    )
    temperature: float | None = Field(default=None, ge=0, le=1, description="Sampling temperature.")
    top_p: float | None = Field(default=None, ge=0, le=1, description="Nucleus sampling.")
    top_k: int | None = Field(default=None, ge=0, description="Sample from the most likely tokens only.")
    stop: list[str] | None = Field(
        default=None, description="Texts that end the reply; an empty list clears."
    )
    thinking: Literal["enabled", "adaptive", "disabled"] | None = Field(
        default=None, description="Whether to think: with a budget, as the model sees fit, or not at all."
    )
    reasoning_budget: int | None = Field(
        default=None, ge=1024, description="Tokens to think with; means thinking: enabled."
    )
    reasoning_effort: str | None = Field(
        default=None, description="low, medium, high, ... by model; sent as output_config.effort."
    )
    thinking_display: Literal["summarized", "omitted"] | None = Field(
        default=None, description="Whether thinking is shown."
    )
    parallel_tool_calls: bool | None = Field(
        default=None, description="Let the model call several tools at once."
    )
    server_tools: list[dict[str, Any]] = Field(
        default_factory=list, description="Tools that run at the vendor, as the API writes them."
    )
    mcp_servers: list[dict[str, Any]] = Field(
        default_factory=list, description="MCP servers that the vendor connects to; needs a beta."
    )
    cache: Literal["5m", "1h"] | None = Field(
        default=None, description="Cache the prompt by itself, for this long."
    )
    cache_tools: Literal["5m", "1h"] | None = Field(
        default=None, description="Put a cache breakpoint behind the tools."
    )
    container: str | dict[str, Any] | None = Field(
        default=None, description="A container of the vendor's to run code in again."
    )
    context_management: dict[str, Any] | None = Field(
        default=None, description="Rules by which the vendor shortens the context; needs a beta."
    )
    service_tier: Literal["auto", "standard_only"] | None = Field(
        default=None, description="Whether priority capacity may be used."
    )
    inference_geo: str | None = Field(default=None, description="Where the model may run.")
    speed: Literal["standard", "fast"] | None = Field(
        default=None, description="Faster output, where offered."
    )
    user: str | None = Field(default=None, description="End-user id, sent as metadata.user_id.")
    unsupported: Literal["error", "warn", "drop"] = Field(
        default="error", description="What to do with a setting that the API or the model does not take."
    )
    extra_body: dict[str, Any] = Field(default_factory=dict, description="Sent in the body as it is.")
    extra_headers: dict[str, Secret] = Field(default_factory=dict, description="Sent as headers as they are.")
