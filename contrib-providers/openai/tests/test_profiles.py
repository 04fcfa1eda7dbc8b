"""Profiles for compatible hosts on a machine that has OpenAI's key: neither requests nor keys go astray."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from geppetto import Host
from geppetto.errors import ConfigError, CredentialError
from geppetto.factory.standing import trust_store
from geppetto.testing import CannedTransport, Exchange, ReplayServer

Hosted = Callable[..., Host]
CANARY = "sk-canary-of-openai"
ANSWER = Exchange(
    body={"id": "1", "model": "m", "choices": [{"message": {"content": "hi"}, "finish_reason": "stop"}]}
)


@pytest.fixture
def hosted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hosted]:
    """Give a function that makes a host with one profile (its sections as YAML), on a machine with OpenAI's key."""
    hosts: list[Host] = []
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")

    def make(sections: str, transport: Any = None, **env: str) -> Host:
        file = tmp_path / "team.yaml"
        file.write_text(
            f"slug: team\nprofiles: {{default: {{runtime: {{step_settings_patch: {{{sections}}}}}}}}}\n"
        )
        own = {
            "GEPPETTO_HOME": str(tmp_path / "home"),
            "GEPPETTO_PROFILE_REGISTRIES": str(file),
            "OPENAI_API_KEY": CANARY,
            **env,
        }
        hosts.append(Host(env=own, transport=transport, allow_local=True, grace=0.5))
        return hosts[-1]

    yield make
    for host in hosts:
        host.close()


@pytest.fixture
def server() -> Iterator[ReplayServer]:
    """Give a server on this machine that answers one request and keeps it."""
    with ReplayServer([ANSWER]) as server:
        yield server


def _ask(host: Host) -> str:
    return host.create_engine_factory().create_session().run("hello").text


def _sent(server: ReplayServer) -> str:
    return str([(request.path, request.headers, request.body) for request in server.requests])


@pytest.mark.parametrize("engine", ["openai", "groq", "openrouter", "vllm", "ollama"])
def test_the_machines_key_does_not_go_to_a_server_on_this_machine(
    hosted: Hosted, server: ReplayServer, engine: str
) -> None:
    """It gets a request without a key: most want none."""
    settings = f"settings: {{model: m, stream: false, base_url: {server.url}/v1}}"

    assert _ask(hosted(f"engine: {{name: {engine}}}, {settings}")) == "hi"

    (request,) = server.requests
    assert "authorization" not in request.headers
    assert CANARY not in _sent(server)


@pytest.mark.parametrize("engine", ["openai", "openai-responses", "groq", "openrouter", "azure-openai"])
def test_the_machines_key_does_not_go_to_another_vendor(hosted: Hosted, engine: str) -> None:
    """Without a key of its own nothing is sent at all."""
    canned = CannedTransport([ANSWER])
    settings = "settings: {model: m, stream: false, base_url: 'https://compatible.example/v1'}"

    with pytest.raises(CredentialError):
        _ask(hosted(f"engine: {{name: {engine}}}, {settings}", canned))

    assert canned.requests == []


def test_the_key_of_the_profile_goes_to_the_profiles_host(hosted: Hosted, server: ReplayServer) -> None:
    """And so do its headers; the machine's key stays."""
    settings = (
        f"model: m, stream: false, base_url: {server.url}/v1, api_key: sk-own, extra_headers: {{X-Own: mine}}"
    )
    host = hosted(f"engine: {{name: groq}}, settings: {{{settings}}}")

    assert _ask(host) == "hi"

    (request,) = server.requests
    assert request.headers["authorization"] == "Bearer sk-own"
    assert request.headers["x-own"] == "mine"
    assert CANARY not in _sent(server)


def test_a_key_of_openai_in_a_go_profile_is_not_the_other_vendors(hosted: Hosted) -> None:
    """`openai-api-key` in the section `api` counts for OpenAI only."""
    canned = CannedTransport([ANSWER])
    keys = "api: {api_keys: {openai-api-key: sk-in-file}}, settings: {model: m, stream: false}"
    other = hosted(f"ai-chat: {{ai-api-type: groq}}, {keys}", canned)

    with pytest.raises(CredentialError):
        _ask(other)
    assert canned.requests == []

    assert _ask(hosted(f"ai-chat: {{ai-api-type: openai}}, {keys}", canned)) == "hi"
    assert canned.requests[0].headers["authorization"] == "Bearer sk-in-file"


def test_the_users_own_file_for_openai_does_not_redirect_the_profile(hosted: Hosted, tmp_path: Path) -> None:
    """Its address and key are for its engine: the profile's request goes to the profile's vendor, with that key."""
    config = tmp_path / "home" / "config"
    config.mkdir(parents=True)
    (config / "geppetto.yaml").write_text(
        "defaults:\n  engine: openai\n  settings:\n    api_key: sk-in-file\n    base_url: https://mine.example/v1\n"
    )
    canned = CannedTransport([ANSWER])
    host = hosted("engine: {name: groq}, settings: {model: m, stream: false}", canned, GROQ_API_KEY="sk-groq")

    assert _ask(host) == "hi"
    plan = host.create_engine_factory().plan()

    (request,) = canned.requests
    assert request.headers["authorization"] == "Bearer sk-groq"
    assert request.path == "/openai/v1/chat/completions"  # as Groq has it
    assert [note.partition(" of ")[0] for note in plan.notes] == ["/settings/base_url", "/settings/api_key"]


def test_a_project_that_names_another_vendor_does_not_get_the_users_key(
    hosted: Hosted, tmp_path: Path
) -> None:
    """Both files are of one layer; the key is for the engine that stands beside it."""
    config = tmp_path / "home" / "config"
    config.mkdir(parents=True)
    (config / "geppetto.yaml").write_text("defaults: {engine: openai, settings: {api_key: sk-in-file}}\n")
    project = tmp_path / "work" / "geppetto.yaml"
    project.write_text("defaults: {engine: groq, settings: {model: m, stream: false}}\n")
    trust_store(tmp_path / "home" / "data").trust(project)
    canned = CannedTransport([ANSWER])

    with pytest.raises(CredentialError):
        _ask(hosted("", canned))

    assert canned.requests == []


@pytest.mark.parametrize("below", ["engine: {name: openai}", "ai-chat: {ai-api-type: openai}"])
def test_the_top_of_a_stack_that_names_another_vendor_does_not_get_the_key_below(
    hosted: Hosted, tmp_path: Path, below: str
) -> None:
    """A profile's key is for the engine of the profile that has it."""
    canned = CannedTransport([ANSWER])
    host = hosted(f"{below}, settings: {{model: m, stream: false, api_key: sk-below}}", canned)
    text = "{slug: top, profiles: {other: {stack: [{registry_slug: team, profile_slug: default}], runtime: "
    (tmp_path / "top.yaml").write_text(f"{text}{{step_settings_patch: {{engine: {{name: groq}}}}}}}}}}}}\n")
    for store in host.open_profiles(str(tmp_path / "top.yaml")).stores:
        host.profiles.connect(store)

    with pytest.raises(CredentialError):
        host.create_engine_factory().create_session(profile="other").run("hello")

    assert canned.requests == []


@pytest.mark.parametrize("name", ["BASE_URL", "API_KEY"])
def test_half_a_bundle_of_the_environment_sends_nothing(
    hosted: Hosted, server: ReplayServer, name: str
) -> None:
    """Neither the profile's key to another address, nor another key to the profile's address."""
    settings = f"settings: {{model: m, stream: false, base_url: {server.url}/v1, api_key: sk-own}}"
    host = hosted(
        f"engine: {{name: groq}}, {settings}", **{f"GEPPETTO__SETTINGS__{name}": f"{server.url}/other"}
    )

    with pytest.raises(ConfigError) as caught:
        _ask(host)

    assert caught.value.code == "CREDENTIALS_SPLIT"
    assert server.requests == []


def test_a_whole_bundle_of_the_environment_is_used(hosted: Hosted, server: ReplayServer) -> None:
    """Engine, address and key together: the profile's key stays at home."""
    settings = "settings: {model: m, stream: false, base_url: 'http://127.0.0.1:9/v1', api_key: sk-own}"
    env = {
        "GEPPETTO__ENGINE": "groq",
        "GEPPETTO__SETTINGS__BASE_URL": f"{server.url}/v1",
        "GEPPETTO__SETTINGS__API_KEY": "sk-env",
    }

    assert _ask(hosted(f"engine: {{name: groq}}, {settings}", **env)) == "hi"

    (request,) = server.requests
    assert request.headers["authorization"] == "Bearer sk-env"
    assert "sk-own" not in _sent(server)
