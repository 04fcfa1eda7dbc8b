"""The API by scripts: each file in `scripts/` is run by `ScriptHost` and names the statements that it proves."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from geppetto import Host
from geppetto.profile import Registry, Write, put_registry
from geppetto_js.script import ScriptHost
from geppetto_store_sqlite.store import SqliteStore

SCRIPTS = Path(__file__).parent / "scripts"
_PARITY = re.compile(r"^// parity: (.+)$", re.MULTILINE)

BASE = """
slug: base
profiles:
  default:
    runtime:
      step_settings_patch:
        engine: {name: echo}
        settings: {reply: from base}
        openai-chat: {openai-api-key: canary}
      system_prompt: Base.
"""
TEAM = """
slug: team
profiles:
  default:
    stack: [{registry_slug: base, profile_slug: default}]
    runtime:
      middlewares: [{name: logging, id: wire, config: {level: warning}}]
      tools: [calculator]
  open:
    stack: [{profile_slug: default}]
    policy: {allow_overrides: true, denied_override_keys: [tools]}
  tooled:
    stack: [{profile_slug: default}]
    runtime: {tools: [nobody_has_it]}
  wired:
    runtime: {step_settings_patch: {engine: {name: ecko}}}
  closed:
    stack: [{profile_slug: default}]
    policy: {allow_overrides: false}
"""


def _marked(path: Path) -> object:
    numbers = [int(word) for line in _PARITY.findall(path.read_text("utf-8")) for word in line.split(",")]
    marks = [pytest.mark.parity(number) for number in numbers]
    text = path.read_text("utf-8")
    marks += [
        getattr(pytest.mark, f"needs_{need}")
        for need in ("interrupt", "modules")
        if f"// needs: {need}" in text
    ]
    return pytest.param(path, id=path.stem, marks=marks)


@pytest.mark.parametrize("script", [_marked(path) for path in sorted(SCRIPTS.glob("*.js"))])
def test_a_script_does_what_its_first_line_says(script: Path, tmp_path: Path) -> None:
    """Its assertions hold, and no promise of it is left without an ear."""
    (tmp_path / "base.yaml").write_text(BASE)
    (tmp_path / "team.yaml").write_text(TEAM)
    store = SqliteStore(str(tmp_path / "workspace.db"))
    store.change("workspace", put_registry(Registry("workspace"), Write()))
    store.close()
    env = {"BASE": "base.yaml", "DATABASE": "workspace.db", "NEW_DATABASE": "new.db"}
    env = {name: str(tmp_path / file) for name, file in env.items()}

    with (
        Host(
            env={"GEPPETTO_HOME": str(tmp_path)},
            profile_registry=f"{tmp_path}/base.yaml,{tmp_path}/team.yaml",
            extension_schemas={"host.own@v1": {"type": "object", "title": "of the host"}},
        ) as host,
        ScriptHost(host, read=[SCRIPTS], write=[tmp_path], env=env) as scripts,
    ):
        scripts.run_file(script, timeout=60)
