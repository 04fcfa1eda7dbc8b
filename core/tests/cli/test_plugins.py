"""`geppetto plugins`: lists without importing, checks in other processes, explains."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

Install = Callable[..., None]
Geppetto = Callable[..., subprocess.CompletedProcess[str]]

GOOD = """
from geppetto.engine import EngineFactory
from geppetto.plugins import hookimpl

print("noise from a plugin")

@hookimpl
def geppetto_engine_factories():
    return [EngineFactory("good", lambda settings, deps: None, description="Does good")]
"""


def test_list_is_json_for_machines(geppetto: Geppetto, install: Install) -> None:
    """Each row has the documented keys, sorted by kind, name and distribution, and nothing is imported."""
    install("geppetto-z", "[geppetto.engines]\nbomb = z_plugin\n", z_plugin="raise SystemExit(77)")

    done = geppetto("plugins", "list", "--json")

    rows = json.loads(done.stdout)
    keys = ["kind", "name", "distribution", "version", "module", "status", "reason", "source"]
    assert (done.returncode, done.stderr) == (0, "")
    assert all(list(row) == keys for row in rows)
    assert rows == sorted(rows, key=lambda row: (row["kind"], row["name"], row["distribution"]))
    found = {row["name"]: (row["status"], row["source"]) for row in rows}
    assert found["bomb"] == ("available", "entry-point")
    assert found["echo"] == ("available", "built-in")


def test_list_is_a_table_for_people(geppetto: Geppetto, install: Install) -> None:
    """The table has aligned columns, reasons below it, and with -v modules and the order of the policy."""
    install("geppetto-z", "[geppetto2.engines]\nnew = z_plugin\n")

    plain, verbose = geppetto("plugins", "list", "--kind", "engine"), geppetto("plugins", "list", "-v")

    assert plain.stdout.startswith("KIND")
    assert "incompatible: engine 'new' of geppetto-z 1.0: needs a newer geppetto" in plain.stdout
    assert "calculator" not in plain.stdout
    assert "MODULE" in verbose.stdout
    assert "policy: command line > environment" in verbose.stdout


def test_load_tries_every_plugin(geppetto: Geppetto, install: Install) -> None:
    """With --load each row is loaded or failed, a hanging one included, and stdout stays JSON."""
    install("geppetto-good", "[geppetto.engines]\ngood = good_plugin\n", good_plugin=GOOD)
    install(
        "geppetto-hang", "[geppetto.engines]\nhang = hang_plugin\n", hang_plugin="import time; time.sleep(60)"
    )
    install("geppetto-bomb", "[geppetto.engines]\nbomb = bomb_plugin\n", bomb_plugin="raise SystemExit(77)")

    done = geppetto("plugins", "list", "--load", "--limit", "4", "--json", "--kind", "engine")

    status = {row["name"]: row["status"] for row in json.loads(done.stdout)}
    assert done.returncode == 0
    assert (status["good"], status["hang"], status["bomb"]) == ("loaded", "failed", "failed")


def test_strict_makes_load_fail(geppetto: Geppetto, install: Install) -> None:
    """With GEPPETTO_STRICT_PLUGINS a broken plugin is an error with exit code 3."""
    install("geppetto-bomb", "[geppetto.engines]\nbomb = bomb_plugin\n", bomb_plugin="raise SystemExit(77)")

    done = geppetto("plugins", "list", "--load", "--kind", "engine", GEPPETTO_STRICT_PLUGINS="1")

    assert done.returncode == 3
    assert "PLUGIN_FAILED" in done.stderr


def test_no_plugins_after_the_command(geppetto: Geppetto, install: Install) -> None:
    """`--no-plugins` may stand behind the command and leaves exactly the core's rows."""
    install("geppetto-z", "[geppetto.engines]\nz = z_plugin\n")

    before = json.loads(geppetto("--no-plugins", "plugins", "list", "--json").stdout)
    after = json.loads(geppetto("plugins", "list", "--json", "--no-plugins").stdout)

    assert before == after
    assert {row["distribution"] for row in after} == {"geppetto"}


def test_policy_of_user_and_project(geppetto: Geppetto, install: Install, tmp_path: Path) -> None:
    """The user's plugins.toml disables with file and line; what a project may not say is a warning on stderr."""
    install("geppetto-z", "[geppetto.engines]\nz = z_plugin\n")
    user = tmp_path / "home" / "config" / "plugins.toml"
    user.parent.mkdir(parents=True)
    user.write_text('deny = ["geppetto-z"]\n')
    (tmp_path / "work" / "plugins.toml").write_text('only = ["evil"]\n')

    done = geppetto("plugins", "list", "--json", "--kind", "engine")

    (row,) = [row for row in json.loads(done.stdout) if row["name"] == "z"]
    assert (row["status"], f"{user}:1" in row["reason"]) == ("disabled", True)
    assert "plugins.toml:1: `only` is ignored" in done.stderr


def test_a_malformed_policy_is_listed_without_and_loaded_never(
    geppetto: Geppetto, install: Install, tmp_path: Path
) -> None:
    """With a malformed plugins.toml the list works and warns, but nothing that it may deny is imported."""
    install("geppetto-z", "[geppetto.engines]\nz = z_plugin\n")
    (tmp_path / "work" / "plugins.toml").write_text("deny = {")

    listed, loaded = geppetto("plugins", "list", "--json"), geppetto("plugins", "list", "--load", "--json")

    assert listed.returncode == 0
    assert "z" in [row["name"] for row in json.loads(listed.stdout)]
    assert "plugins.toml:1" in listed.stderr
    assert loaded.returncode == 2
    assert json.loads(loaded.stdout)["error"]["code"] == "PLUGIN_POLICY"


def test_show_tells_all_about_a_plugin(geppetto: Geppetto, install: Install) -> None:
    """`show` gives the row, the summary, the family of rows and the time, as JSON or as lines."""
    install("geppetto-good", "[geppetto.engines]\ngood = good_plugin\n", good_plugin=GOOD)

    machine, plain = geppetto("plugins", "show", "good", "--json"), geppetto("plugins", "show", "good")

    shown = json.loads(machine.stdout)
    assert (shown["status"], shown["api"], shown["summary"], shown["error"]) == (
        "loaded",
        1,
        "Does good",
        None,
    )
    assert shown["load_ms"] > 0
    assert [row["name"] for row in shown["contributions"]] == ["good"]
    assert "summary: Does good" in plain.stdout


def test_show_explains_a_broken_plugin(geppetto: Geppetto, install: Install) -> None:
    """`show` of a broken plugin succeeds: its answer is the error, with type, message and traceback."""
    install("geppetto-bad", "[geppetto.engines]\nbad = bad_plugin\n", bad_plugin="1 / 0")

    machine, plain = geppetto("plugins", "show", "bad", "--json"), geppetto("plugins", "show", "bad")

    error = json.loads(machine.stdout)["error"]
    assert machine.returncode == 0
    assert error["type"] == "ZeroDivisionError"
    assert "bad_plugin.py" in error["traceback"]
    assert "error: ZeroDivisionError" in plain.stdout


def test_show_of_an_unknown_name_is_exit_3(geppetto: Geppetto) -> None:
    """A name that nobody offers is an error with the nearest name."""
    done = geppetto("plugins", "show", "ecko")

    assert done.returncode == 3
    assert "did you mean echo?" in done.stderr


def test_a_denial_of_nothing_is_told(geppetto: Geppetto, install: Install, tmp_path: Path) -> None:
    """In the listing and by the doctor, with the nearest name; one that denies something is not."""
    install("acme-bomb", "[geppetto.engines]\nbomb = bomb_plugin\n")
    file = tmp_path / "home" / "config" / "plugins.toml"
    file.parent.mkdir(parents=True)
    file.write_text('deny = ["acme-bom", "engine:echo"]\n')

    listed, examined = geppetto("plugins", "list"), geppetto("doctor")

    warning = f"warning: {file}:1: 'acme-bom' denies nothing that is installed; did you mean acme-bomb?\n"
    assert listed.stderr == warning
    assert warning in examined.stdout + "\n"


def test_what_a_plugin_prints_while_it_is_loaded_is_no_output(geppetto: Geppetto, install: Install) -> None:
    """It goes to stderr, and the document stays JSON."""
    install("geppetto-good", "[geppetto.engines]\ngood = good_plugin\n", good_plugin=GOOD)

    done = geppetto("engines", "list", "--json")
    again = geppetto("run", "-e", "good", "--json", "hi")

    assert "good" in {row["name"] for row in json.loads(done.stdout)}
    assert "noise from a plugin" in again.stderr
    assert json.loads(again.stdout)
