"""What a profile may say about the engine `openai-responses`."""

from __future__ import annotations

from typing import Any, Literal

from geppetto.secret import Secret  # noqa: TC002  # pydantic reads the annotation
from pydantic import BaseModel, ConfigDict, Field

__all__ = ["ResponsesSettings"]


class ResponsesSettings(BaseModel):
    """Settings of the engine `openai-responses`; a run's own options stand above them."""

    model_config = ConfigDict(extra="forbid", frozen=True, protected_namespaces=())

    model: str | None = Field(default=None, description="Model name, for example gpt-5. Required.")
    base_url: str = Field(default="https://api.openai.com/v1", description="Where the API is served.")
    api_key: Secret | None = Field(
        default=None, description="Key to use instead of the one from the key file or OPENAI_API_KEY."
    )
    organization: str | None = Field(default=None, description="Sent as OpenAI-Organization.")
    project: str | None = Field(default=None, description="Sent as OpenAI-Project.")
    stream: bool = Field(default=True, description="Receive the reply piece by piece.")
    temperature: float | None = Field(default=None, ge=0, le=2, description="Sampling temperature.")
    top_p: float | None = Field(default=None, ge=0, le=1, description="Nucleus sampling.")
    max_output_tokens: int | None = Field(
        default=None, ge=1, description="Limit of the reply, reasoning included."
    )
    reasoning_effort: str | None = Field(
        default=None, description="none, minimal, low, medium, high, ... by model."
    )
    reasoning_summary: Literal["auto", "concise", "detailed"] | None = Field(
        default=None, description="Ask for a summary of the reasoning."
    )
    verbosity: Literal["low", "medium", "high"] | None = Field(
        default=None, description="Length of the reply."
    )
    parallel_tool_calls: bool | None = Field(
        default=None, description="Let the model call several tools at once."
    )
    max_tool_calls: int | None = Field(
        default=None, ge=1, description="Limit of calls of the vendor's own tools."
    )
    server_tools: list[dict[str, Any]] = Field(
        default_factory=list, description='Tools that run at the vendor, such as {"type": "web_search"}.'
    )
    store: bool = Field(
        default=False, description="Let OpenAI keep the reply; without it reasoning is sent back."
    )
    previous_response_id: str | None = Field(
        default=None, description="Go on from a reply that OpenAI keeps."
    )
    include: list[str] = Field(default_factory=list, description="Further output to ask for.")
    truncation: Literal["auto", "disabled"] | None = Field(
        default=None, description="What to do with long input."
    )
    service_tier: str | None = Field(default=None, description="auto, default, flex or priority.")
    metadata: dict[str, str] | None = Field(default=None, description="Labels kept with a stored reply.")
    prompt_cache_key: str | None = Field(default=None, description="Routes similar prompts to one cache.")
    prompt_cache_retention: str | None = Field(
        default=None, description="How long to keep it: in_memory or 24h."
    )
    prompt_cache_options: dict[str, Any] | None = Field(
        default=None, description="Mode (implicit, explicit) and ttl of the cache, as the API writes them."
    )
    safety_identifier: str | None = Field(default=None, description="Stable id of the end user, hashed.")
    unsupported: Literal["error", "warn", "drop"] = Field(
        default="error", description="What to do with a setting that the API or the model does not take."
    )
    extra_body: dict[str, Any] = Field(
        default_factory=dict, description="Further fields of the request body."
    )
    extra_headers: dict[str, Secret] = Field(default_factory=dict, description="Further headers.")
