"""Engines from profiles."""

from pathlib import Path

import pytest
from geppetto import Host, engines, use_host
from geppetto.errors import GeppettoError, InvalidOption, PolicyViolation

REGISTRY = """
slug: team
profiles:
  default:
    runtime:
      step_settings_patch: {engine: {name: echo}, settings: {reply: from the profile}}
      system_prompt: Never seen.
  open:
    stack: [{profile_slug: default}]
    policy: {allow_overrides: true}
  closed:
    stack: [{profile_slug: default}]
    policy: {allow_overrides: false}
"""


@pytest.fixture
def host(tmp_path: Path) -> Host:
    """Give a host with one registry."""
    (tmp_path / "team.yaml").write_text(REGISTRY)
    return Host(profile_registry=str(tmp_path / "team.yaml"), env={"GEPPETTO_HOME": str(tmp_path)})


@pytest.mark.parity(7)
@pytest.mark.parity(327)
def test_the_engine_of_a_profile_has_its_settings_and_says_where_they_are_from(host: Host) -> None:
    """Its prompt and middlewares are the factory's business."""
    with host, use_host(host):
        made = engines.from_profile(runtime_key="mine")
        turn = host.create_session(engine=made).run("hi")

    assert (made.name, made.provider) == ("profile:team/default", "echo")
    assert made.metadata["runtime_key"] == "mine"
    assert made.metadata["runtime_fingerprint"].startswith("sha256:")
    assert [(block.kind, block.text) for block in turn.blocks] == [
        ("user", "hi"),
        ("llm_text", "from the profile"),
    ]


def test_without_a_registry_nothing_is_guessed(tmp_path: Path) -> None:
    """Neither a model nor a vendor from the environment."""
    env = {"GEPPETTO_HOME": str(tmp_path), "OPENAI_API_KEY": "canary"}
    with Host(env=env) as host, use_host(host), pytest.raises(GeppettoError) as caught:
        engines.from_profile("gpt-4o")

    assert caught.value.code == "PROFILE_REGISTRY_NOT_CONFIGURED"


def test_the_environment_says_which_profile_is_meant(host: Host) -> None:
    """Where none is named."""
    with host, use_host(host):
        host.env = {**host.env, "PINOCCHIO_PROFILE": "open"}
        named, silent = engines.from_profile("closed"), engines.from_profile()

    assert (named.name, silent.name) == ("profile:team/closed", "profile:team/open")


def test_a_provider_beside_a_profile_must_be_the_profiles_own(host: Host) -> None:
    """Settings beside a profile stand under its policy."""
    with host:
        agreed = host.builder().provider("echo").profile("open").settings(reply="asked for").build()
        with pytest.raises(InvalidOption) as conflict:
            host.builder().provider("demo").profile("open").build()
        with pytest.raises(PolicyViolation):
            host.builder().profile("closed").settings(reply="x").build()
        with pytest.raises(InvalidOption, match="an engine object has no profile"):
            host.builder().engine(engines.echo()).profile("open").build()
        turn = agreed.run("hi")

    assert (agreed.provider, turn.blocks[-1].text) == ("profile:team/open", "asked for")
    assert conflict.value.code == "MERGE_CONFLICT"


def test_a_profile_that_is_not_there_is_answered_with_those_that_are(host: Host) -> None:
    """The nearest one among them."""
    with host, pytest.raises(GeppettoError, match="profile not found") as caught:
        host.profile_engine("opn")

    assert "open" in str(caught.value.to_json())
