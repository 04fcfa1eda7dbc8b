"""A request puts together what stands on the machine, a profile, flags and a patch."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from geppetto import Host
from geppetto.config import Layer, Source
from geppetto.config.document import Document
from geppetto.errors import ConfigError, PolicyViolation
from geppetto.factory.patch import read_patch
from geppetto.factory.request import Request, composed
from geppetto.factory.uses import Use

Hosted = Callable[..., Host]
TEXT = """slug: r
profiles:
  default:
    runtime:
      step_settings_patch: {engine: {name: wire}, settings: {temperature: 0.2}, ai-client: {timeout: 4}}
      middlewares: [{name: logging, id: p}]
    policy: {allow_overrides: true, denied_override_keys: [tools]}
"""


def test_without_a_chain_there_is_no_profile(hosted: Hosted) -> None:
    """Flags and code alone; an engine is the default where nobody names one."""
    flags = Document("flags", Layer.FLAGS, {"system_prompt": "Hi."})

    found = composed(hosted(TEXT), Request(documents=(flags,), uses=(Use("logging", "f"),), engine="echo"))

    assert found.profile is None
    assert found.layers is None
    assert found.timeout is None
    assert (found.composition.engine, found.composition.system_prompt) == ("echo", "Hi.")
    assert [each.label for each in found.composition.chain] == ["logging#f"]


def test_the_patch_sees_the_profiles_uses_and_those_of_flags(hosted: Hosted) -> None:
    """Those of flags stand inside of the profile's; a patch's config is the last word."""
    host = hosted(TEXT)
    flags = Use("logging", "f", sources=(Source("--middleware", Layer.FLAGS, {"level": "debug"}),))
    patch = read_patch(
        [
            {"op": "configure", "target": "logging#f", "config": {"level": "warning"}},
            {"op": "prepend", "use": {"name": "logging", "id": "first"}},
        ]
    )

    found = composed(host, Request(chain=host.profiles, uses=(flags,), patch=patch))

    assert [each.label for each in found.composition.chain] == ["logging#first", "logging#p", "logging#f"]
    assert found.composition.chain[2].config["level"] == "warning"
    assert found.timeout == 4.0


def test_lenient_notes_what_the_policy_refuses(hosted: Hosted) -> None:
    """Otherwise it is an error; what is allowed goes through."""
    host = hosted(TEXT)
    overrides = {"tools": [], "step_settings_patch": {"settings": {"temperature": 0.9}}}
    request = Request(chain=host.profiles, overrides=overrides)

    with pytest.raises(PolicyViolation):
        composed(host, request)
    found = composed(host, Request(chain=host.profiles, overrides=overrides, lenient=True))

    assert [row["key"] for row in found.refusals] == ["tools"]
    assert found.composition.settings["temperature"] == 0.9


def test_nothing_about_an_engine_where_a_recording_answers(hosted: Hosted, wire: Any) -> None:
    """The rest of the profile stays, middlewares above all."""
    host = hosted(TEXT, env={"GEPPETTO__SETTINGS__NOBODY": "1"})

    found = composed(host, Request(chain=host.profiles, engineless=True))

    assert found.composition.engine == "echo"
    assert found.composition.settings == {}
    assert [each.label for each in found.composition.chain] == ["logging#p"]


def test_lines_are_looked_up_for_an_error(hosted: Hosted, tmp_path: Path) -> None:
    """Also where nobody asked for places."""
    host = hosted(TEXT.replace("temperature: 0.2", "temprature: 0.2"))

    with pytest.raises(ConfigError, match=r"registry-0.yaml:5"):
        composed(host, Request(chain=host.profiles))


def test_the_standing_layers_can_be_left_out(hosted: Hosted, tmp_path: Path) -> None:
    """Files and variables of the machine do not reach a request that wants none of them."""
    (tmp_path / "work" / "geppetto.yaml").write_text("overrides: {settings: {temperature: 0.7}}\n")
    host = hosted(TEXT, env={"GEPPETTO__SYSTEM_PROMPT": "Env."})

    with_them = composed(host, Request(chain=host.profiles)).composition
    without = composed(host, Request(chain=host.profiles, standing=False)).composition

    assert (with_them.settings["temperature"], with_them.system_prompt) == (0.7, "Env.")
    assert (without.settings["temperature"], without.system_prompt) == (0.2, "")
