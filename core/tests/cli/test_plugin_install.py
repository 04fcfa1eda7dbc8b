"""`geppetto plugins install`, `uninstall` and `sync` refuse before anything is run, and print when they are asked to."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

Install = Callable[..., None]
Geppetto = Callable[..., subprocess.CompletedProcess[str]]


def test_printing_runs_nothing(geppetto: Geppetto, install: Install) -> None:
    """With --print the command stands on stdout, with what an address has of a key as stars."""
    added = geppetto(
        "plugins",
        "install",
        "--print",
        "acme==1",
        "git+https://key@example.com/x",
        "git+ssh://git@example.com/y",
    )
    install("acme-tools", "[geppetto.tools]\nx = x_plugin\n")
    removed = geppetto("plugins", "uninstall", "--print", "Acme.Tools")

    assert (added.returncode, removed.returncode) == (0, 0)
    assert "install acme==1" in added.stdout
    assert "git+https://***@example.com/x" in added.stdout
    assert "git+ssh://git@example.com/y" in added.stdout
    assert removed.stdout.rstrip().endswith("acme-tools")


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (("install",), "USAGE", "name what to install"),
        (("install", "--", "--index-url=http://evil.example"), "PLUGIN_REQUIREMENT", "like an option"),
        (("install", "geppetto"), "PLUGIN_REQUIREMENT", "no plugin"),
        (("install", "-e", "nowhere"), "PLUGIN_REQUIREMENT", "there is no"),
        (("uninstall", "geppetto"), "PLUGIN_IS_CORE", "no plugin"),
        (("uninstall", "acme-tool"), "PLUGIN_NOT_FOUND", "did you mean acme-tools?"),
        (("uninstall", "pluggy"), "PLUGIN_NOT_FOUND", "no installed plugin"),
        (("sync",), "PLUGIN_LOCK_MISSING", "no lock"),
    ],
)
def test_what_is_wrong_is_an_error(
    geppetto: Geppetto, install: Install, words: tuple[str, ...], code: str, says: str
) -> None:
    """Options, the core, names of nothing and a lock that is not there are told with a code, and no command is run."""
    install("acme-tools", "[geppetto.tools]\nx = x_plugin\n")

    done = geppetto("plugins", *words)

    assert done.returncode in {2, 3}
    assert says in done.stderr
    assert f"code:  {code}" in done.stderr
    assert "$ " not in done.stderr
    assert "Traceback" not in done.stderr


def test_a_lock_that_is_fulfilled_is_left_alone(geppetto: Geppetto, install: Install, tmp_path: Path) -> None:
    """Nothing to do is said on stderr, and JSON is an empty list."""
    install("acme-tools", "[geppetto.tools]\nx = x_plugin\n")
    entry = {
        "name": "acme-tools",
        "version": "1.0",
        "record": "",
        "origin": "",
        "editable": False,
        "offers": [],
    }
    lock = {"version": 1, "geppetto": "", "plugins": {"acme-tools": entry}}
    (tmp_path / "home" / "config").mkdir(parents=True)
    (tmp_path / "home" / "config" / "plugins.lock").write_text(json.dumps(lock))

    done = geppetto("plugins", "sync", "--json")

    assert (done.returncode, json.loads(done.stdout)) == (0, [])
    assert "nothing to do" in done.stderr
