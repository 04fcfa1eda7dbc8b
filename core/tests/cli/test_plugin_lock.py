"""`geppetto plugins freeze` and `audit`, and what the other commands make of a lock."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import venv
from collections.abc import Callable
from pathlib import Path

import plugin_wheels
import pytest

Geppetto = Callable[..., subprocess.CompletedProcess[str]]

CODE = """
import click
from geppetto.engine import EngineFactory
from geppetto.plugins import hookimpl

@hookimpl
def geppetto_engine_factories():
    return [EngineFactory("acme", lambda settings, deps: None)]
"""


@pytest.fixture
def lock(tmp_path: Path) -> Path:
    """Give the place of the lock."""
    return tmp_path / "home" / "config" / "plugins.lock"


@pytest.fixture
def wheel(tmp_path: Path) -> Path:
    """Install a plugin, as a release, and give its wheel."""
    made = plugin_wheels.build(tmp_path, "acme-x", {"acme": "acme_x"}, {"acme_x.py": CODE})
    plugin_wheels.install(tmp_path / "site", made, from_index=True)
    return made


def _trust(lock: Path) -> None:
    lock.parent.mkdir(parents=True, exist_ok=True)
    lock.with_suffix(".toml").write_text('trust = "locked"\n')


def _gone(lock: Path, *names: str) -> None:
    """Write a lock of plugins that are not installed."""
    plain = {"version": "1.0", "record": "", "origin": "", "editable": False}
    plugins = {name: {**plain, "name": name, "offers": [f"engine:{name}"]} for name in names}
    lock.parent.mkdir(parents=True, exist_ok=True)
    lock.write_text(json.dumps({"version": 1, "plugins": plugins}))


@pytest.mark.usefixtures("wheel")
def test_freeze_writes_the_lock_and_says_where(geppetto: Geppetto, lock: Path) -> None:
    """Stdout is empty, or the lock as JSON; what is from an index needs no warning."""
    done = geppetto("plugins", "freeze")
    printed = json.loads(geppetto("plugins", "freeze", "--json").stdout)

    written = json.loads(lock.read_text())
    assert (done.returncode, done.stdout) == (0, "")
    assert f"locked in {lock}" in done.stderr
    assert "acme-x" not in done.stderr
    assert written["plugins"]["acme-x"]["offers"] == ["engine:acme"]
    assert printed == {"path": str(lock), **written}


def test_freeze_names_what_no_index_has(geppetto: Geppetto, wheel: Path, tmp_path: Path) -> None:
    """A file and a folder are locked with a warning; `--file` says where to write."""
    plugin_wheels.install(tmp_path / "site", wheel)
    other = plugin_wheels.build(tmp_path, "acme-y", {"y": "acme_y"}, {"acme_y.py": ""})
    plugin_wheels.install(tmp_path / "site", other, editable=True)

    done = geppetto("plugins", "freeze", "--file", "my.lock")

    assert {"acme-x", "acme-y"} <= set(json.loads((tmp_path / "work" / "my.lock").read_text())["plugins"])
    assert f"acme-x is from {wheel.as_uri()}: `sync` takes it from there or not at all" in done.stderr
    assert "acme-y is editable" in done.stderr
    assert "acme-x is editable" not in done.stderr


@pytest.mark.usefixtures("wheel")
def test_freeze_says_what_cannot_be_written(geppetto: Geppetto, tmp_path: Path) -> None:
    """And what cannot be read: both are errors with a code."""
    tmp_path.joinpath("file").write_text("")
    done = geppetto("plugins", "freeze", "--file", str(tmp_path / "file" / "plugins.lock"))
    tmp_path.joinpath("site", "acme_x-1.0.dist-info", "RECORD").write_text("nonsense\n")
    damaged = geppetto("plugins", "freeze", "--json")

    assert done.returncode == 1
    assert "FILE_NOT_USABLE" in done.stderr
    assert json.loads(damaged.stdout)["error"]["code"] == "PLUGIN_RECORD_INVALID"


@pytest.mark.usefixtures("wheel")
def test_audit_is_clean_after_freeze_and_fails_after_a_change(
    geppetto: Geppetto, tmp_path: Path, lock: Path
) -> None:
    """Exit code 0 and 1; as JSON each finding has its code, and warnings do not fail."""
    geppetto("plugins", "freeze")
    clean = geppetto("plugins", "audit", "--json")
    tmp_path.joinpath("site", "acme_x.py").write_text("raise SystemExit(3)\n")
    changed, text = geppetto("plugins", "audit", "--json"), geppetto("plugins", "audit")

    levels = {each["level"] for each in json.loads(clean.stdout)["findings"]}
    found = json.loads(changed.stdout)
    [finding] = [each for each in found["findings"] if each["distribution"] == "acme-x"]
    assert (clean.returncode, clean.stderr, levels <= {"warning"}) == (0, "", True)
    assert (changed.returncode, found["lock"]) == (1, str(lock))
    assert finding["code"] == "file-changed"
    assert (text.returncode, text.stdout.startswith("LEVEL")) == (1, True)
    assert "acme_x.py" in text.stdout


@pytest.mark.usefixtures("wheel")
def test_audit_without_a_lock_says_how_to_make_one(geppetto: Geppetto, lock: Path) -> None:
    """One line on stderr, and no finding of a comparison; a file that is named must be there."""
    done, named = geppetto("plugins", "audit", "--json"), geppetto("plugins", "audit", "--file", "no.lock")

    assert done.returncode == 0
    assert json.loads(done.stdout)["lock"] is None
    [line] = done.stderr.splitlines()
    assert str(lock) in line
    assert "geppetto plugins freeze" in line
    assert named.returncode == 2


def test_audit_refuses_what_is_no_lock(geppetto: Geppetto, lock: Path) -> None:
    """It must not pass for no lock at all."""
    lock.parent.mkdir(parents=True)
    lock.write_text('{\n"version": 1,')

    done = geppetto("plugins", "audit")

    assert done.returncode == 2
    assert "PLUGIN_LOCK_INVALID" in done.stderr
    assert f"{lock}:2" in done.stderr


@pytest.mark.usefixtures("wheel")
def test_only_locked_plugins_are_trusted_where_the_user_says_so(
    geppetto: Geppetto, tmp_path: Path, lock: Path
) -> None:
    """List and doctor show the mode; without a lock, and after a change, the plugin is blocked with the reason."""
    _trust(lock)
    before = geppetto("plugins", "list", "--kind", "engine")
    core = geppetto("run", "-e", "echo", "hello")
    geppetto("plugins", "freeze")
    listed = json.loads(geppetto("plugins", "list", "--load", "--json", "--kind", "engine").stdout)
    mark = tmp_path / "ran"
    tmp_path.joinpath("site", "acme_x.py").write_text(f"open({str(mark)!r}, 'w').close()\n{CODE}")
    run = geppetto("run", "-e", "acme", "hello", "--json")

    [row] = [row for row in listed if row["name"] == "acme"]
    error = json.loads(run.stdout)["error"]
    assert "trust: locked" in before.stdout
    assert f"there is no {lock}" in before.stdout
    assert core.stdout == "hello\n"
    assert row["status"] == "loaded"
    assert (run.returncode, error["code"]) == (3, "PLUGIN_DISABLED")
    assert "acme_x.py has other content" in error["message"]
    assert not mark.exists()


def test_doctor_shows_trust_and_what_is_missing(geppetto: Geppetto, lock: Path) -> None:
    """In JSON and for people; the environment says it as well as the file."""
    _gone(lock, "far", "near")

    plain = json.loads(geppetto("doctor", "--json").stdout)
    done = geppetto("doctor", GEPPETTO_PLUGINS_TRUST="locked")

    assert (plain["trust"], plain["missing_plugins"]) == ("installed", ["far", "near"])
    assert {"path": str(lock), "exists": True, "error": None} in plain["config_files"]
    assert "trust: only plugins" in done.stdout


def test_code_at_the_start_of_python_is_found_where_python_looks(tmp_path: Path) -> None:
    """In an environment of its own, whose folder of packages has a `.pth` file of nobody's."""
    venv.create(tmp_path / "venv")
    [packages] = tmp_path.joinpath("venv").glob("lib/*/site-packages")
    packages.joinpath("evil.pth").write_text("import os; os.environ['EVIL'] = 'yes'\n")
    env = {"PYTHONPATH": os.pathsep.join(sys.path), "GEPPETTO_HOME": str(tmp_path / "home")}
    python = tmp_path / "venv" / "bin" / "python"

    done = subprocess.run(
        [python, "-m", "geppetto", "plugins", "audit", "--json"],
        env=env,
        capture_output=True,
        text=True,
        check=False,
    )

    found = [each for each in json.loads(done.stdout)["findings"] if each["code"] == "startup-code"]
    assert done.returncode == 1
    assert [(each["file"], each["level"]) for each in found] == [(str(packages / "evil.pth"), "error")]


@pytest.mark.parametrize("locked", [False, True])
def test_without_a_lock_nothing_of_it_is_imported(tmp_path: Path, lock: Path, locked: bool) -> None:
    """Who has none pays nothing for it."""
    if locked:
        _gone(lock, "far")
    code = "import sys; from geppetto.cli import main; main(['run', '-e', 'echo', 'x']); print(*sys.modules)"
    env = {**os.environ, "GEPPETTO_HOME": str(tmp_path / "home")}

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=env)

    modules = done.stdout.split()
    names = ("vetting", "lock", "locked", "findings")
    assert [f"geppetto.plugins.{name}" in modules for name in names] == [locked] * 4


def test_an_unknown_trust_is_an_error(geppetto: Geppetto, lock: Path) -> None:
    """With the variable's name."""
    done = geppetto("run", "-e", "echo", "hello", GEPPETTO_PLUGINS_TRUST="lokced")

    assert done.returncode == 2
    assert "PLUGIN_POLICY" in done.stderr
    assert "did you mean locked?" in done.stderr


@pytest.mark.parametrize(
    "command",
    [
        ("run", "-e", "echo", "hello", "--json"),
        ("plugins", "list", "--json"),
        ("engines", "list", "--json"),
        ("tools", "call", "clock", "{}", "--json"),
        ("doctor", "--json"),
        ("plan", "-e", "echo", "--json"),
    ],
)
def test_commands_tell_of_missing_plugins_on_stderr(
    geppetto: Geppetto, lock: Path, command: tuple[str, ...]
) -> None:
    """Once, in one line, with what brings them back; stdout stays JSON."""
    _gone(lock, "far", "near")

    done = geppetto(*command)

    line = "plugins.lock names 2 plugins that are not installed (far, near): geppetto plugins sync"
    assert done.returncode == 0
    assert done.stderr.splitlines().count(line) == 1
    json.loads(done.stdout)


def test_what_uses_no_plugins_tells_nothing(geppetto: Geppetto, lock: Path) -> None:
    """Without plugins, in freeze and audit, while a shell completes, and once the lock is gone."""
    _gone(lock, "far", "near")
    quiet = [
        geppetto("--no-plugins", "run", "-e", "echo", "hello"),
        geppetto("run", "-e", "echo", "hello", GEPPETTO_NO_PLUGINS="1"),
        geppetto("plugins", "audit"),
        geppetto(_GEPPETTO_COMPLETE="bash_complete", COMP_WORDS="geppetto plu", COMP_CWORD="1"),
        geppetto("plugins", "freeze"),
    ]
    lock.unlink()
    quiet.append(geppetto("run", "-e", "echo", "hello"))

    assert ["plugins.lock names" in done.stderr for done in quiet] == [False] * 6


def test_an_engine_that_a_missing_plugin_offers_leads_to_sync(geppetto: Geppetto, lock: Path) -> None:
    """The next step names the plugin; a single one is told as such."""
    _gone(lock, "near")

    told, done = geppetto("run", "-e", "near", "hello"), geppetto("run", "-e", "near", "hello", "--json")

    error = json.loads(done.stdout)["error"]
    assert "names 1 plugin that is not installed (near)" in told.stderr
    assert (done.returncode, error["code"]) == (3, "ENGINE_NOT_FOUND")
    assert error["next_step"].startswith("geppetto plugins sync: near offers it")
