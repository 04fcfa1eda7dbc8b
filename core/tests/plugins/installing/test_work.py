"""A plan is done in order, its output goes to stderr, and the first failure ends it."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest
from geppetto.errors import PluginError
from geppetto.plugins.installing.command import Plan
from geppetto.plugins.installing.environment import Manager
from geppetto.plugins.installing.work import lines, perform


def _python(code: str) -> tuple[str, ...]:
    return (sys.executable, "-c", code)


def test_commands_run_in_order_and_write_to_stderr(capfd: pytest.CaptureFixture[str]) -> None:
    """Each is told before it runs, with what the plan adds to the environment."""
    told: list[str] = []
    commands = (_python("print('one')"), _python("import os; print(os.environ['UV_TOOL_DIR'])"))

    perform(Plan(Manager.VENV, commands, env={"UV_TOOL_DIR": "/a b"}), os.environ, told.append)

    seen = capfd.readouterr()
    assert (seen.out, seen.err.split()) == ("", ["one", "/a", "b"])
    assert len(told) == 2
    assert all(line.startswith("UV_TOOL_DIR='/a b' ") for line in told)


def test_the_first_failure_ends_it(tmp_path: Path) -> None:
    """The exit code and the command are in the error, and what would come next is not begun."""
    after = tmp_path / "after"
    commands = (_python("raise SystemExit(7)"), _python(f"open({str(after)!r}, 'w')"))

    with pytest.raises(PluginError, match="exit code 7") as failed:
        perform(Plan(Manager.VENV, commands), os.environ, lambda line: None)

    assert (failed.value.code, failed.value.details["exit_code"]) == ("PLUGIN_INSTALL_FAILED", 7)
    assert not after.exists()


def test_a_program_that_is_gone_is_an_error(tmp_path: Path) -> None:
    """Something that was on the PATH a moment ago is told by its name."""
    gone = str(tmp_path / "uv")

    with pytest.raises(PluginError, match="cannot be run") as missing:
        perform(Plan(Manager.UV_TOOL, ((gone, "tool"),)), os.environ, lambda line: None)

    assert (missing.value.code, missing.value.subject) == ("PLUGIN_INSTALLER_MISSING", gone)


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("git+https://me:key@example.com/x", "git+https://***@example.com/x"),
        ("git+https://token@example.com/x", "git+https://***@example.com/x"),
        ("git+ssh://git@example.com/x", "git+ssh://git@example.com/x"),
        ("git+ssh://git:key@example.com/x", "git+ssh://***@example.com/x"),
        ("x @ https://example.com/a@1", "x @ https://example.com/a@1"),
    ],
)
def test_keys_in_addresses_are_not_shown(address: str, shown: str) -> None:
    """A password and a token become stars; the user of ssh and a revision stay."""
    [line] = lines(Plan(Manager.VENV, (("pip", "install", address),)))

    assert line.removeprefix("pip install ").strip("'") == shown
