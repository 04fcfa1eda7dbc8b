"""Each kind of environment gets the command of whoever manages it."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from geppetto.errors import PluginError
from geppetto.plugins.installing.environment import Facts
from geppetto.plugins.installing.planning import plan
from geppetto.plugins.installing.requirement import Requirement

VENV = Facts(Path("/env"), Path("/usr"), "/env/bin/python", pip=True, uv=("uv",), pipx=("pipx",))
SYSTEM = replace(VENV, prefix=Path("/usr"), executable="/usr/bin/python3")
RECEIPT = """[tool]
requirements = [{ name = "geppetto" }, { name = "geppetto-js" }, { name = "acme-old", specifier = "==1" }]
"""
UV_TOOL = replace(VENV, prefix=Path("/home/a/.local/share/uv/tools/geppetto"), receipt=RECEIPT, pip=False)
PIPX = replace(
    VENV,
    prefix=Path("/home/a/.local/share/pipx/venvs/geppetto-x"),
    pipx_metadata=json.dumps({"main_package": {"package": "geppetto"}, "injected_packages": {"Acme.Js": {}}}),
)
ACME = Requirement("acme>=1", "acme")
FOLDER = Requirement("/src/lib", "lib", editable=True)


def _lines(facts: Facts, **change: object) -> list[str]:
    return [" ".join(command) for command in plan(facts, **change).commands]  # type: ignore[arg-type]


def test_a_virtual_environment_uses_its_own_pip() -> None:
    """Removals go first; one command installs all, so that they fit together."""
    assert _lines(VENV, add=[ACME, FOLDER], remove=["old"], upgrade=True) == [
        "/env/bin/python -P -m pip uninstall --yes old",
        "/env/bin/python -P -m pip install --upgrade acme>=1 -e /src/lib",
    ]


def test_an_environment_without_pip_is_filled_by_uv_from_outside() -> None:
    """The program is told which Python is meant, and upgrades what is named alone."""
    bare = replace(VENV, pip=False, uv=("/env/bin/python", "-m", "uv"))

    assert _lines(bare, add=[ACME, FOLDER], remove=["old"]) == [
        "/env/bin/python -m uv pip uninstall --python /env/bin/python old",
        "/env/bin/python -m uv pip install --python /env/bin/python acme>=1 -e /src/lib",
    ]
    assert "--upgrade-package acme acme>=1" in _lines(bare, add=[ACME], upgrade=True)[0]


def test_an_environment_with_neither_says_what_to_do() -> None:
    """Without pip and uv there is an error with a next step."""
    with pytest.raises(PluginError) as missing:
        plan(replace(VENV, pip=False, uv=()), add=[ACME])

    assert missing.value.code == "PLUGIN_INSTALLER_MISSING"
    assert "ensurepip" in missing.value.next_step


def test_the_environment_of_a_project_is_told() -> None:
    """What `uv sync` will take out again is a note."""
    assert "uv add" in plan(replace(VENV, project=True), add=[ACME]).notes[0]
    assert plan(VENV, add=[ACME]).notes == ()


def test_conda_uses_its_pip_and_says_so() -> None:
    """A conda environment is filled by the pip in it, with a note."""
    planned = plan(replace(SYSTEM, conda=True), add=[ACME])

    assert planned.commands[0][:4] == ("/usr/bin/python3", "-P", "-m", "pip")
    assert "conda" in planned.notes[0]


def test_a_system_python_is_filled_unless_it_is_managed() -> None:
    """PEP 668 is obeyed, with the ways out."""
    assert _lines(SYSTEM, add=[ACME]) == ["/usr/bin/python3 -P -m pip install acme>=1"]

    with pytest.raises(PluginError, match="managed by the system") as refused:
        plan(replace(SYSTEM, external=Path("/usr/lib/python3/EXTERNALLY-MANAGED")), add=[ACME])

    assert refused.value.code == "PLUGIN_ENVIRONMENT"
    assert "uv tool install geppetto" in refused.value.next_step


def test_an_environment_of_one_run_is_refused() -> None:
    """What is installed for uvx would be lost; its own option is named."""
    with pytest.raises(PluginError, match="one run") as refused:
        plan(replace(VENV, prefix=Path("/home/a/.cache/uv/archive-v0/x")), add=[ACME])

    assert "uvx --with" in refused.value.next_step


def test_a_uv_tool_is_installed_with_all_it_had() -> None:
    """Old plugins are carried along, one that is named again is replaced, one that goes is left out."""
    assert _lines(UV_TOOL, add=[ACME, FOLDER]) == [
        "uv tool install geppetto --with geppetto-js --with acme-old==1 --with acme>=1 --with-editable /src/lib"
    ]
    assert _lines(UV_TOOL, add=[Requirement("acme-old==2", "acme-old")], upgrade=True) == [
        "uv tool install geppetto --with geppetto-js --with acme-old==2 --upgrade-package acme-old"
    ]
    assert _lines(UV_TOOL, remove=["Acme_Old"]) == ["uv tool install geppetto --with geppetto-js"]


def test_what_a_uv_tool_only_needs_cannot_be_taken_out() -> None:
    """A plugin that came with another comes back with it, so it is refused."""
    with pytest.raises(PluginError, match="by something that needs it"):
        plan(UV_TOOL, remove=["geppetto-store-sqlite"])


def test_a_tool_in_another_place_stays_there() -> None:
    """Both managers are told where the environment is, unless they know or look there anyway."""
    elsewhere = replace(UV_TOOL, prefix=Path("/opt/mine/geppetto"))

    assert plan(UV_TOOL, add=[ACME]).env == {}
    assert plan(elsewhere, add=[ACME]).env == {"UV_TOOL_DIR": "/opt/mine"}
    assert plan(replace(elsewhere, variables=frozenset({"UV_TOOL_DIR"})), add=[ACME]).env == {}
    assert plan(replace(PIPX, prefix=Path("/opt/mine/venvs/x")), add=[ACME]).env == {"PIPX_HOME": "/opt/mine"}


def test_pipx_injects_what_is_new_and_changes_what_is_there() -> None:
    """`pipx inject` leaves an old version as it is without a word, so its pip is asked for that."""
    js = Requirement("acme-js==2", "acme-js")

    assert _lines(PIPX, add=[ACME, FOLDER, js], installed=["Acme_JS"]) == [
        "pipx inject geppetto-x acme>=1",
        "pipx inject geppetto-x --editable /src/lib",
        "pipx runpip geppetto-x install acme-js==2",
    ]


def test_pipx_takes_out_what_it_injected_and_its_pip_the_rest() -> None:
    """A plugin that pipx does not know by name is removed by pip."""
    assert _lines(PIPX, remove=["acme-js", "other"]) == [
        "pipx uninject geppetto-x acme-js",
        "pipx runpip geppetto-x uninstall --yes other",
    ]
    assert _lines(replace(PIPX, pipx_metadata="{"), remove=["acme-js"]) == [
        "pipx runpip geppetto-x uninstall --yes acme-js"
    ]


def test_what_pipx_made_for_everybody_is_changed_for_everybody() -> None:
    """An environment below /opt/pipx takes `--global`."""
    shared = replace(PIPX, prefix=Path("/opt/pipx/venvs/geppetto"))

    assert _lines(shared, add=[ACME]) == ["pipx inject --global geppetto acme>=1"]


@pytest.mark.parametrize(("facts", "program"), [(UV_TOOL, "uv"), (PIPX, "pipx")])
def test_a_missing_manager_is_an_error(facts: Facts, program: str) -> None:
    """Without uv or pipx, an environment of theirs is left alone."""
    with pytest.raises(PluginError, match=f"there is no {program} on the PATH") as missing:
        plan(replace(facts, uv=(), pipx=()), add=[ACME])

    assert missing.value.code == "PLUGIN_INSTALLER_MISSING"
