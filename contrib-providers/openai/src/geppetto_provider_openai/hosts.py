"""Hosts that speak OpenAI's Chat Completions API, as data: where they are, which key they want, what they lack.

A package adds one without code: `compatible_engine(CompatibleHost(...))` in its plugin module and an entry point.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from geppetto.engine.contract import Capabilities, CredentialSpec, EngineFactory

if TYPE_CHECKING:
    from collections.abc import Mapping

    from geppetto.engine import Deps, Engine

    from geppetto_provider_openai.settings import OpenAISettings

__all__ = ["HOSTS", "CompatibleHost", "compatible_engine"]

_CAPABILITIES = Capabilities(
    streaming=True, tools=True, parallel_tools=True, images=True, reasoning=True, structured_output=True
)


@dataclass(slots=True, frozen=True)
class CompatibleHost:
    """One host.

    `base_url` is empty where each customer has one of their own. `hosts` are where a key from the environment may go.
    `defaults` replace defaults of the settings, such as what the host calls the limit of the reply. A `local` host runs
    on this machine: naming its engine allows requests to it, and it needs no key. `vendor` is its name in catalogues,
    where that is another one.
    """

    name: str
    display_name: str
    base_url: str
    env: tuple[str, ...] = ()
    hosts: tuple[str, ...] = ()
    defaults: Mapping[str, Any] | None = None
    local: bool = False
    vendor: str = ""
    capabilities: Capabilities = _CAPABILITIES

    @property
    def credential(self) -> CredentialSpec:
        """The key of this host."""
        return CredentialSpec(
            self.name, env=self.env, section_keys=(f"{self.name}-api-key",), hosts=self.hosts
        )


_OLD_LIMIT = {"max_tokens_field": "max_tokens"}
#: sources: each host's documentation of its OpenAI-compatible API, read 2026-11
HOSTS = (
    CompatibleHost(
        "openrouter", "OpenRouter", "https://openrouter.ai/api/v1",
        env=("OPENROUTER_API_KEY",), hosts=("openrouter.ai",), defaults=_OLD_LIMIT,
    ),
    CompatibleHost(
        "groq", "Groq", "https://api.groq.com/openai/v1", env=("GROQ_API_KEY",), hosts=("api.groq.com",),
    ),
    CompatibleHost(
        "deepseek", "DeepSeek", "https://api.deepseek.com/v1",
        env=("DEEPSEEK_API_KEY",), hosts=("api.deepseek.com",), defaults=_OLD_LIMIT,
        capabilities=replace(_CAPABILITIES, images=False),
    ),
    CompatibleHost(
        "azure-openai", "Azure OpenAI", "",
        env=("AZURE_OPENAI_API_KEY",), hosts=("*.openai.azure.com", "*.services.ai.azure.com"),
        defaults={"key_header": "api-key"}, vendor="azure", capabilities=replace(_CAPABILITIES, documents=True, audio=True),
    ),
    CompatibleHost("ollama", "Ollama", "http://localhost:11434/v1", defaults=_OLD_LIMIT, local=True),
    CompatibleHost("vllm", "vLLM", "http://localhost:8000/v1", local=True),
    CompatibleHost("llamacpp", "llama.cpp server", "http://localhost:8080/v1", defaults=_OLD_LIMIT, local=True),
    CompatibleHost("lmstudio", "LM Studio", "http://localhost:1234/v1", defaults=_OLD_LIMIT, local=True),
)  # fmt: skip


def compatible_engine(host: CompatibleHost) -> EngineFactory:
    """Return the engine of a host, as a plugin offers it."""

    def settings() -> type[OpenAISettings]:
        from geppetto_provider_openai.settings import settings_for

        return settings_for(host)

    def build(settings: Any, deps: Deps) -> Engine:
        from geppetto_provider_openai.chat import build_for

        return build_for(host, settings, deps)

    return EngineFactory(
        name=host.name,
        display_name=host.display_name,
        description=f"{host.display_name}, through the API that OpenAI calls Chat Completions",
        settings=settings,
        build=build,
        credentials=(host.credential,),
        capabilities=host.capabilities,
        vendor=host.vendor,
    )
