"""Hosts that speak OpenAI's API are data, and a package can add one."""

import json
from pathlib import Path
from typing import Any

import pytest
from geppetto import Host
from geppetto.config import schema_of
from geppetto.errors import CredentialError, InvalidOption, TransportError
from geppetto.plugins import Kind
from geppetto.testing import CannedTransport, Exchange, ReplayServer, run_context
from geppetto.turns import turn
from geppetto_provider_openai.hosts import HOSTS, CompatibleHost, compatible_engine

ANSWER = Exchange(
    body={"id": "1", "model": "m", "choices": [{"message": {"content": "hi"}, "finish_reason": "stop"}]}
)


def _host(tmp_path: Path, transport: Any = None, **env: str) -> Host:
    return Host(env={"GEPPETTO_HOME": str(tmp_path), **env}, transport=transport)


async def _ask(engine: Any) -> str:
    completed = await engine.run_inference(run_context(), turn().user("hello").build())
    return str(completed.text)


@pytest.mark.parametrize("known", HOSTS, ids=lambda known: known.name)
async def test_each_host_is_an_engine_of_its_own(known: CompatibleHost, tmp_path: Path) -> None:
    """Its address, its key from its own variable, its words for the limit."""
    canned = CannedTransport([ANSWER])
    host = _host(tmp_path, canned, **dict.fromkeys(known.env, "sk-host"))
    more = {} if known.base_url else {"base_url": "https://mine.openai.azure.com/openai/v1"}

    engine = host.engine(known.name, model="m", stream=False, max_output_tokens=5, **more)

    assert await _ask(engine) == "hi"
    (request,) = canned.requests
    assert request.path.endswith("/chat/completions")
    assert [value for value in request.headers.values() if "sk-host" in value] == (
        [] if known.local else ["sk-host" if known.name == "azure-openai" else "Bearer sk-host"]
    )
    limit = (known.defaults or {}).get("max_tokens_field", "max_completion_tokens")
    assert request.json[limit] == 5
    host.close()


def test_every_host_has_an_entry_point(tmp_path: Path) -> None:
    """The table and the package's promises are the same list."""
    with _host(tmp_path) as host:
        assert {known.name for known in HOSTS} <= set(host.registry.names(Kind.ENGINE))


async def test_a_key_of_one_host_goes_to_no_other(tmp_path: Path) -> None:
    """Neither to another vendor nor to a name that only looks like one of Azure's."""
    host = _host(tmp_path, CannedTransport([ANSWER]), AZURE_OPENAI_API_KEY="sk-a", GROQ_API_KEY="sk-g")

    for name, url in (
        ("azure-openai", "https://openai.azure.com.example/v1"),
        ("azure-openai", "https://evilopenai.azure.com/v1"),
        ("groq", "https://openrouter.ai/api/v1"),
    ):
        with pytest.raises(CredentialError):
            await _ask(host.engine(name, model="m", base_url=url))
    host.close()


async def test_azure_wants_an_address(tmp_path: Path) -> None:
    """There is none to guess; the error shows what one looks like."""
    host = _host(tmp_path, CannedTransport())

    with pytest.raises(InvalidOption, match="base_url") as caught:
        await _ask(host.engine("azure-openai", model="m", api_key="k"))

    assert "openai.azure.com" in caught.value.next_step
    host.close()


@pytest.mark.parametrize("name", ["localhost", "127.0.0.1"])
async def test_naming_a_local_host_allows_this_machine(tmp_path: Path, name: str) -> None:
    """`-e ollama` needs no other switch, by name or by number; the engine `openai` with a local address does."""
    server_host = _host(tmp_path)
    async with ReplayServer([ANSWER]) as server:
        url = server.url.replace("127.0.0.1", name) + "/v1"
        told = await _ask(server_host.engine("ollama", model="m", stream=False, base_url=url))
        with pytest.raises(TransportError) as caught:
            await _ask(server_host.engine("openai", model="m", stream=False, base_url=url))
        await server_host.aclose()

    assert told == "hi"
    assert "allow_local" in caught.value.next_step


def test_a_package_adds_a_host_without_code() -> None:
    """A row of its own makes a factory with settings, key and capabilities."""
    mine = CompatibleHost(
        "house",
        "House",
        "https://llm.house.example/v1",
        env=("HOUSE_KEY",),
        defaults={"max_tokens_field": "max_tokens"},
    )

    factory = compatible_engine(mine)

    properties = schema_of(factory.settings())["properties"]
    assert properties["base_url"]["default"] == "https://llm.house.example/v1"
    assert properties["max_tokens_field"]["default"] == "max_tokens"
    assert (factory.name, factory.credentials[0].env) == ("house", ("HOUSE_KEY",))
    assert json.dumps(properties)
