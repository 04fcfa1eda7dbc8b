"""What a profile may say about this engine; the descriptions are its reference and its JSON Schema."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from geppetto.provider.rules import ModelRules
from geppetto.secret import Secret  # noqa: TC002  # pydantic reads the annotation
from pydantic import BaseModel, ConfigDict, Field, create_model

if TYPE_CHECKING:
    from geppetto_provider_openai.hosts import CompatibleHost

__all__ = ["OpenAISettings", "settings_for"]


class OpenAISettings(BaseModel):
    """Settings of the engine `openai`; a run's own options stand above them."""

    model_config = ConfigDict(extra="forbid", frozen=True, protected_namespaces=())

    model: str | None = Field(default=None, description="Model name, for example gpt-4o-mini. Required.")
    base_url: str = Field(
        default="https://api.openai.com/v1",
        description="Where the API is served; a compatible host has its own.",
    )
    api_key: Secret | None = Field(
        default=None, description="Key to use instead of the one from the key file or OPENAI_API_KEY."
    )
    key_header: Literal["Authorization", "api-key"] = Field(
        default="Authorization", description="The header that carries the key; Azure wants api-key."
    )
    organization: str | None = Field(default=None, description="Sent as OpenAI-Organization.")
    project: str | None = Field(default=None, description="Sent as OpenAI-Project.")
    stream: bool = Field(default=True, description="Receive the reply piece by piece.")
    temperature: float | None = Field(default=None, ge=0, le=2, description="Sampling temperature.")
    top_p: float | None = Field(default=None, ge=0, le=1, description="Nucleus sampling.")
    max_output_tokens: int | None = Field(
        default=None, ge=1, description="Limit of the reply, reasoning included."
    )
    max_tokens_field: Literal["max_completion_tokens", "max_tokens"] = Field(
        default="max_completion_tokens",
        description="What the host calls that limit; older hosts want max_tokens.",
    )
    stop: list[str] | None = Field(
        default=None, description="Texts that end the reply; an empty list clears."
    )
    seed: int | None = Field(default=None, description="Ask for repeatable sampling.")
    presence_penalty: float | None = Field(default=None, ge=-2, le=2, description="Penalty for used tokens.")
    frequency_penalty: float | None = Field(
        default=None, ge=-2, le=2, description="Penalty by token frequency."
    )
    logit_bias: dict[str, int] | None = Field(default=None, description="Token id -> bias of -100 to 100.")
    parallel_tool_calls: bool | None = Field(
        default=None, description="Let the model call several tools at once."
    )
    reasoning_effort: str | None = Field(
        default=None, description="none, minimal, low, medium, high, ... by model."
    )
    verbosity: str | None = Field(default=None, description="low, medium or high.")
    service_tier: str | None = Field(default=None, description="auto, default, flex or priority.")
    store: bool | None = Field(default=None, description="Let OpenAI keep the reply.")
    metadata: dict[str, str] | None = Field(default=None, description="Labels kept with a stored reply.")
    user: str | None = Field(default=None, description="End-user id (older name).")
    safety_identifier: str | None = Field(default=None, description="Stable hash of the end user.")
    prompt_cache_key: str | None = Field(default=None, description="Routes similar prompts to one cache.")
    prompt_cache_retention: str | None = Field(
        default=None, description="How long to keep it: in_memory or 24h."
    )
    prompt_cache_options: dict[str, Any] | None = Field(
        default=None, description="Mode (implicit, explicit) and ttl of the cache, as the API writes them."
    )
    system_role: Literal["system", "developer"] | None = Field(
        default=None, description="Role of system text; by default developer for o-series and gpt-5 models."
    )
    unsupported: Literal["error", "warn", "drop"] = Field(
        default="error", description="What to do with a setting that the API or the model does not take."
    )
    extra_body: dict[str, Any] = Field(default_factory=dict, description="Sent in the body as it is.")
    extra_headers: dict[str, Secret] = Field(default_factory=dict, description="Sent as headers as they are.")

    def role_of_system(self, model: str) -> str:
        """Return the role that system text takes at this model."""
        if self.system_role:
            return self.system_role
        return str(ModelRules.load("geppetto_provider_openai").trait(model, "system_role", "system"))


def settings_for(host: CompatibleHost) -> type[OpenAISettings]:
    """Return the settings of a compatible host: OpenAI's, with defaults of its own."""
    known = OpenAISettings.model_fields
    changed = {"base_url": host.base_url, **(host.defaults or {})}
    fields: dict[str, Any] = {
        name: (known[name].annotation, Field(default=value, description=known[name].description))
        for name, value in changed.items()
    }
    made: type[OpenAISettings] = create_model(
        f"{host.name.title().replace('-', '')}Settings",
        __base__=OpenAISettings,
        __doc__=f"Settings of the engine `{host.name}`.",
        **fields,
    )
    return made
