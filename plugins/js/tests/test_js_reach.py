"""What a script reaches of the host's machine: nothing that was not granted."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from geppetto import Host
from geppetto.errors import UsageError
from geppetto_js.script import ScriptHost

Js = Callable[..., subprocess.CompletedProcess[str]]
#: a module that nothing else imports
_CODE = "tabnanny"
_PROFILE = "{ slug: 'p', runtime: { step_settings_patch: { engine: { name: 'function' }, settings: { target: 'tabnanny:check' } } } }"
_PATCH = "{ step_settings_patch: { engine: { name: 'function' }, settings: { target: 'tabnanny:check' } } }"
_REGISTRY = """slug: team
profiles:
  open: {policy: {allow_overrides: true}}
  coded: {runtime: {step_settings_patch: {engine: {name: function}, settings: {target: "typing:cast"}}}}
"""
_WAYS = [
    "gp.createEngine({ provider: 'function', settings: { target: 'tabnanny:check' } })",
    f"gp.profiles.connectStack(ENV.DATABASE); gp.profiles.createProfile({_PROFILE}, {{ registrySlug: 'r' }}); gp.engines.fromProfile('p')",
    f"gp.profiles.connectStack(ENV.DATABASE); gp.profiles.createProfile({_PROFILE}, {{ registrySlug: 's' }}); gp.factories.createEngineFactory().createSession({{ profile: 'p' }})",
    f"gp.engines.fromProfile('open', {{ requestOverrides: {_PATCH} }})",
    f"gp.factories.createEngineFactory().createEngine({{ profile: 'open', requestOverrides: {_PATCH} }})",
]  # fmt: skip


@pytest.fixture
def scripts(tmp_path: Path) -> Iterator[ScriptHost]:
    """A script host that may write one folder."""
    (tmp_path / "elsewhere.js").write_text("module.exports = (ctx, turn, next) => next(ctx, turn);\n")
    registry = tmp_path / "open.yaml"
    registry.write_text(_REGISTRY)
    granted = tmp_path / "granted"
    granted.mkdir()
    with (
        Host(env={"GEPPETTO_HOME": str(tmp_path / "home")}, profile_registry=str(registry)) as host,
        ScriptHost(host, write=[granted], env={"DATABASE": str(granted / "p.db")}) as made,
    ):
        made.runtime.evaluate("globalThis.gp = require('geppetto'); 1")
        yield made


@pytest.mark.parametrize("way", _WAYS)
def test_no_way_leads_to_python_code(scripts: ScriptHost, way: str) -> None:
    """The module that is named is not so much as imported."""
    with pytest.raises(UsageError, match="engine function runs code of the host") as caught:
        scripts.runtime.evaluate(way)

    assert caught.value.code == "OUT_OF_REACH"
    assert _CODE not in sys.modules


def test_what_the_host_wrote_itself_runs(scripts: ScriptHost) -> None:
    """A profile of the host may name code: the script only names the profile."""
    assert scripts.runtime.evaluate("gp.engines.fromProfile('coded').run('x').blocks[0].payload.text") == "x"


def test_a_middlewares_file_must_be_granted(scripts: ScriptHost, tmp_path: Path) -> None:
    """The middleware `js` runs a file in a runtime of its own."""
    use = f"gp.middlewares.go('js', {{ file: '{tmp_path}/elsewhere.js' }})"

    with pytest.raises(UsageError, match="lies outside of the granted folders"):
        scripts.runtime.evaluate(
            f"gp.createSession({{ engine: gp.engines.echo(), middlewares: [{use}] }}).run('x')"
        )


def test_a_script_writes_nothing_by_itself(js: Js, tmp_path: Path) -> None:
    """Neither a database beside it nor the user's own profiles; with the option it does."""
    home = {"GEPPETTO_HOME": str(tmp_path / "home")}
    beside = "require('geppetto').profiles.connectStack('new.db')"
    own = "require('geppetto').profiles.createProfile({ slug: 'p', runtime: {} }, { registrySlug: 'mine' }).slug"
    (tmp_path / "home").mkdir()

    done = [js("run", source=source, **home) for source in (beside, own)]

    assert [row.returncode for row in done] == [1, 1]
    assert ["REGISTRY_FILE_NOT_FOUND" in done[0].stderr, "READ_ONLY_STORE" in done[1].stderr] == [True, True]
    assert list((tmp_path / "home").rglob("*.yaml")) == []
    allowed = [
        js("run", "--allow-write", str(place), source=source, **home)
        for source, place in ((beside, tmp_path), (own, tmp_path / "home"))
    ]
    assert [row.returncode for row in allowed] == [0, 0], [row.stderr for row in allowed]


def test_a_registry_that_is_named_on_the_command_line_is_written(js: Js, tmp_path: Path) -> None:
    """Who names one means it."""
    create = "require('geppetto').profiles.createProfile({ slug: 'p', runtime: {} }, { registrySlug: 'mine' }).slug"

    done = js("run", "--print-result", "--profile-registries", str(tmp_path / "own.db"), source=create)

    assert (done.returncode, done.stdout.strip()) == (0, "p"), done.stderr
