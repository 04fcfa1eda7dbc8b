"""What a profile may say about this engine; the descriptions are its reference and its JSON Schema."""

from __future__ import annotations

from typing import Any, Literal

from geppetto.secret import Secret  # noqa: TC002  # pydantic reads the annotation
from pydantic import BaseModel, ConfigDict, Field

__all__ = ["GeminiSettings"]


class GeminiSettings(BaseModel):
    """Settings of the engine `gemini`; a run's own options stand above them."""

    model_config = ConfigDict(extra="forbid", frozen=True, protected_namespaces=())

    model: str | None = Field(
        default=None, description="Model name, for example gemini-3-flash-preview, with or without models/."
    )
    base_url: str = Field(
        default="https://generativelanguage.googleapis.com/v1beta",
        description="Where the API is served; without a version in its path, v1beta is appended.",
    )
    api_version: Literal["v1beta", "v1", "v1alpha"] | None = Field(
        default=None, description="Version of the API, put into the path of base_url; v1beta when unset."
    )
    api_key: Secret | None = Field(
        default=None,
        description="Key to use instead of the one from the key file, GEMINI_API_KEY or GOOGLE_API_KEY.",
    )
    stream: bool = Field(default=True, description="Receive the reply piece by piece.")
    temperature: float | None = Field(default=None, ge=0, le=2, description="Sampling temperature.")
    top_p: float | None = Field(default=None, ge=0, le=1, description="Nucleus sampling.")
    top_k: float | None = Field(default=None, ge=1, description="Sample from the K likeliest tokens.")
    max_output_tokens: int | None = Field(
        default=None, ge=1, description="Limit of the reply, thoughts included."
    )
    stop: list[str] | None = Field(
        default=None, description="Up to 5 texts that end the reply; an empty list clears."
    )
    seed: int | None = Field(default=None, description="Ask for repeatable sampling.")
    presence_penalty: float | None = Field(default=None, ge=-2, le=2, description="Penalty for used tokens.")
    frequency_penalty: float | None = Field(
        default=None, ge=-2, le=2, description="Penalty by token frequency."
    )
    candidate_count: int | None = Field(
        default=None, ge=1, le=8, description="How many replies to make; the first is the answer."
    )
    response_logprobs: bool | None = Field(default=None, description="Return log probabilities.")
    logprobs: int | None = Field(
        default=None, ge=0, le=20, description="How many likely tokens per position; with response_logprobs."
    )
    reasoning_effort: str | None = Field(
        default=None, description="Thinking level of Gemini 3: minimal, low, medium, high or xhigh, by model."
    )
    reasoning_budget: int | None = Field(
        default=None, ge=-1, description="Thinking tokens of Gemini 2.5; 0 is off, -1 leaves it to the model."
    )
    include_thoughts: bool | None = Field(default=None, description="Return summaries of the thoughts.")
    safety_settings: list[dict[str, Any]] | None = Field(
        default=None, description="The vendor's objects, for example {category, threshold}."
    )
    cached_content: str | None = Field(
        default=None,
        description="Name of a cache (cachedContents/...) that holds system text and tools: send neither then.",
    )
    service_tier: str | None = Field(default=None, description="standard, flex or priority.")
    labels: dict[str, str] | None = Field(
        default=None, description="Labels for billing; the Gemini API itself has none, Vertex AI has."
    )
    server_tools: list[dict[str, Any]] = Field(
        default_factory=list,
        description='Tools that run at the vendor, as it writes them: {"googleSearch": {}}, {"urlContext": {}}.',
    )
    include_server_side_tool_invocations: bool | None = Field(
        default=None,
        description="Return what server tools did; by default true where they stand beside functions.",
    )
    function_calling_mode: Literal["AUTO", "VALIDATED"] | None = Field(
        default=None,
        description="Mode for tool_choice auto; by default VALIDATED (calls fit their schema) with a strict tool.",
    )
    response_modalities: list[str] | None = Field(default=None, description="TEXT, IMAGE, AUDIO.")
    speech_config: dict[str, Any] | None = Field(default=None, description="Voices of spoken output.")
    image_config: dict[str, Any] | None = Field(default=None, description="Shape of generated images.")
    media_resolution: str | None = Field(
        default=None, description="low, medium or high, or the vendor's word: tokens spent on each image."
    )
    unsupported: Literal["error", "warn", "drop"] = Field(
        default="error", description="What to do with a setting that the API or the model does not take."
    )
    extra_body: dict[str, Any] = Field(
        default_factory=dict, description="Merged into the body, object by object."
    )
    extra_headers: dict[str, Secret] = Field(default_factory=dict, description="Sent as headers as they are.")
