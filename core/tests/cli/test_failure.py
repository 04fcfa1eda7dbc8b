"""Failures of the command line: one paragraph or one JSON object, and the documented exit codes."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import click
import pytest
from geppetto.cli.failure import paragraph, report
from geppetto.errors import (
    ConfigError,
    CredentialError,
    DeadlineExceeded,
    GeppettoError,
    NotFound,
    RateLimited,
    RunCancelled,
)

Install = Callable[..., None]
Geppetto = Callable[..., subprocess.CompletedProcess[str]]


def _command(body: str) -> str:
    """Return the code of a plugin whose command `boom` does this."""
    return (
        "import click\nfrom geppetto.plugins import hookimpl\n"
        "@click.command('boom')\n@click.option('--json', is_flag=True)\ndef boom(json):\n"
        f"    {body}\n@hookimpl\ndef geppetto_commands(): return [boom]\n"
    )


def test_a_paragraph_says_what_where_next_and_code() -> None:
    """Message, place, next step and code stand on a line each; what is empty is left out."""
    full = ConfigError("bad value", subject="/a", phase="configure", next_step="set /a", code="BAD")
    bare = GeppettoError("odd", phase="", code="ODD")

    assert paragraph(full) == "error: bad value\n  where: configure, /a\n  next:  set /a\n  code:  BAD"
    assert paragraph(bare) == "error: odd\n  where: run\n  code:  ODD"


def test_control_characters_are_shown_not_obeyed() -> None:
    """An error text from outside cannot move the cursor or colour the terminal."""
    assert "\x1b" not in paragraph(GeppettoError("a\x1b[2Jb"))


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (GeppettoError("x"), 1),
        (ConfigError("x"), 2),
        (click.UsageError("x"), 2),
        (click.ClickException("x"), 1),
        (NotFound("engine", "x", []), 3),
        (CredentialError("x"), 4),
        (RateLimited("x"), 5),
        (DeadlineExceeded("x"), 124),
        (RunCancelled("x"), 130),
        (KeyboardInterrupt(), 130),
        (click.Abort(), 130),
        (ZeroDivisionError("x"), 1),
    ],
)
def test_exit_codes(error: BaseException, code: int, capsys: pytest.CaptureFixture[str]) -> None:
    """Each kind of error has its exit code, its text on stderr and nothing on stdout."""
    assert report(error) == code
    out, err = capsys.readouterr()

    assert out == ""
    assert err.startswith("error: ")


def test_json_errors_have_the_documented_shape(capsys: pytest.CaptureFixture[str]) -> None:
    """With `--json` the error stands on stdout, also when its details are no JSON."""
    report(ConfigError("bad", subject="/a", details={"file": Path("x")}), as_json=True)
    out, err = capsys.readouterr()

    assert err == ""
    assert json.loads(out) == {
        "error": {
            "code": "SCHEMA_VALIDATION_FAILED",
            "message": "bad",
            "phase": "configure",
            "subject": "/a",
            "next_step": "",
            "details": {"file": "x"},
        }
    }


def test_an_unexpected_exception_is_one_paragraph(geppetto: Geppetto, install: Install) -> None:
    """A bug shows its type, text and module without a traceback, and how to get one."""
    install("geppetto-boom", "[geppetto.commands]\nboom = boom_plugin\n", boom_plugin=_command("1 / 0"))

    plain, asked, machine = geppetto("boom"), geppetto("--traceback", "boom"), geppetto("boom", "--json")

    assert plain.returncode == 1
    assert "error: ZeroDivisionError: division by zero\n  where: boom_plugin\n" in plain.stderr
    assert "Traceback" not in plain.stderr
    assert "--traceback" in plain.stderr
    assert "Traceback (most recent call last)" in asked.stderr
    assert json.loads(machine.stdout)["error"]["code"] == "INTERNAL"


def test_usage_errors_can_be_json(geppetto: Geppetto) -> None:
    """A call that cannot be parsed is JSON too when `--json` is among its arguments, but not behind `--`."""
    done, other = geppetto("plugins", "show", "--json"), geppetto("plugins", "show", "--no", "--", "--json")

    assert done.returncode == 2
    assert json.loads(done.stdout)["error"]["code"] == "USAGE"
    assert (other.returncode, other.stdout) == (2, "")


def test_a_command_may_exit_as_it_likes(geppetto: Geppetto, install: Install) -> None:
    """The exit code of a plugin's own `sys.exit` is kept."""
    install(
        "geppetto-boom",
        "[geppetto.commands]\nboom = boom_plugin\n",
        boom_plugin=_command("raise SystemExit(42)"),
    )

    assert geppetto("boom").returncode == 42


def test_ctrl_c_is_130(install: Install, tmp_path: Path) -> None:
    """An interrupted command ends with 130 and a short word."""
    body = f"import time, pathlib; pathlib.Path({str(tmp_path / 'ready')!r}).touch(); time.sleep(30)"
    install("geppetto-boom", "[geppetto.commands]\nboom = boom_plugin\n", boom_plugin=_command(body))
    env = {**os.environ, "PYTHONPATH": str(tmp_path / "site"), "GEPPETTO_HOME": str(tmp_path)}
    process = subprocess.Popen(
        [sys.executable, "-m", "geppetto", "boom"], stderr=subprocess.PIPE, text=True, env=env
    )
    until = time.monotonic() + 20
    while not (tmp_path / "ready").exists() and time.monotonic() < until:
        time.sleep(0.02)

    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=20)

    assert process.returncode == 130
    assert err.startswith("error: interrupted")
    assert "Traceback" not in err


def test_a_reader_that_leaves_is_no_error() -> None:
    """Output into a closed pipe ends quietly."""
    process = subprocess.Popen(
        [sys.executable, "-m", "geppetto", "plugins", "list"], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert process.stdout is not None
    process.stdout.close()

    assert process.stderr is not None
    err = process.stderr.read()
    process.stderr.close()

    assert process.wait(20) == 1
    assert err == b""
