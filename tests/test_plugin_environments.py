"""Plugins get into real environments and out again, and nothing else in these changes: pip, uv, a uv tool, pipx, a lock."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import plugin_wheels
import pytest
import wheelhouse

ROOT = Path(__file__).parent.parent
UV = (sys.executable, "-m", "uv")
GOOD = """
from geppetto.plugins import hookimpl
from geppetto.tooling import ToolDefinition

@hookimpl
def geppetto_tools():
    return [ToolDefinition("{name}", "Does good", {{"type": "object", "properties": {{}}}}, lambda given, call: 1)]
"""

Install = Callable[..., Path]
Run = Callable[..., str]


@dataclass(frozen=True)
class Place:
    """An environment with geppetto in it, and how its user calls it."""

    python: Path
    env: Mapping[str, str] = field(default_factory=dict)

    def ask(self, *words: str | Path) -> subprocess.CompletedProcess[str]:
        """Run `geppetto plugins ...` as its user would."""
        command = [self.python, "-m", "geppetto", "plugins", *words]
        return subprocess.run(
            command,
            capture_output=True,
            text=True,
            check=False,
            env=dict(self.env),
            cwd=self.python.parents[1],
        )

    def tools(self) -> set[str]:
        """Return the tools that plugins give there."""
        rows = json.loads(self.ask("list", "--json", "--kind", "tool").stdout)
        return {f"{row['name']} {row['version']}" for row in rows if row["distribution"] != "geppetto"}


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of wheels: `good` in two versions, and `broken`, which cannot be imported."""
    folder = tmp_path_factory.mktemp("shelf")
    for version in ("1.0", "2.0"):
        files = {"acme_good.py": GOOD.format(name="good")}
        plugin_wheels.build(
            folder, "acme-good", {"good": "acme_good"}, files, version=version, group="geppetto.tools"
        )
    plugin_wheels.build(
        folder, "acme-broken", {"broken": "acme_broken"}, {"acme_broken.py": "import nowhere_at_all"}
    )
    return folder / "wheels"


@pytest.fixture
def offline(shelf: Path, wheels: Path, tmp_path: Path) -> dict[str, str]:
    """Variables with which pip and uv find these wheels and nothing else."""
    third_party = ROOT / ".wheelhouse"
    wheelhouse.fill(third_party)
    folders = [str(shelf), str(wheels), str(third_party)]
    lent = {"PYTHONPATH", "VIRTUAL_ENV", "GEPPETTO_HOME"}
    own = {key: value for key, value in os.environ.items() if key not in lent}
    path = os.pathsep.join([str(Path(sys.executable).parent), own["PATH"]])
    uv = {
        "UV_NO_INDEX": "1",
        "UV_OFFLINE": "1",
        "UV_FIND_LINKS": ",".join(folders),
        "UV_PYTHON_DOWNLOADS": "never",
    }
    pip = {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": " ".join(folders), "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
    return {**own, **uv, **pip, "PATH": path, "GEPPETTO_HOME": str(tmp_path / "home")}


@pytest.fixture
def bare(install: Install, offline: dict[str, str], tmp_path: Path) -> Place:
    """An environment that uv made, without pip."""
    return Place(install(tmp_path / "env", "geppetto"), offline)


def test_uv_fills_an_environment_without_pip(bare: Place) -> None:
    """A plugin is installed, told, changed to another version and removed; stdout holds what came alone."""
    first = bare.ask("install", "acme-good==1.0", "--json")
    then = bare.ask("install", "--upgrade", "acme_good")
    tools = bare.tools()
    gone = bare.ask("uninstall", "Acme.Good")

    assert [(row["name"], row["status"]) for row in json.loads(first.stdout)] == [("good", "loaded")]
    assert "$ uv pip install --python" in first.stderr
    assert "2.0" in then.stdout
    assert tools == {"good 2.0"}
    assert (gone.returncode, gone.stdout) == (0, "")
    assert bare.tools() == set()


def test_a_broken_plugin_is_told_at_once(bare: Place) -> None:
    """The command ends with 1 and the reason, and what else is installed works on."""
    done = bare.ask("install", "acme-broken", "acme-good")

    assert done.returncode == 1
    assert "No module named 'nowhere_at_all'" in done.stderr
    assert "failed" in done.stdout
    assert bare.tools() == {"good 2.0"}
    assert bare.ask("uninstall", "acme-broken").returncode == 0


def test_what_fails_changes_nothing(bare: Place) -> None:
    """A name that nobody has is an error with the installer's exit code, and what comes with it is not installed."""
    done = bare.ask("install", "acme-good", "acme-nowhere", "--json")

    error = json.loads(done.stdout)["error"]
    assert (done.returncode, error["code"]) == (3, "PLUGIN_INSTALL_FAILED")
    assert error["details"]["exit_code"] > 0
    assert "acme-nowhere" in done.stderr  # uv's own words
    assert bare.tools() == set()


def test_pip_fills_its_own_environment(
    install: Install, offline: dict[str, str], tmp_path: Path, shelf: Path
) -> None:
    """With pip in the environment, that is what is called, and a pip.py in the working folder is not."""
    subprocess.run([sys.executable, "-m", "venv", tmp_path / "env"], check=True)
    python = tmp_path / "env" / "bin" / "python"
    subprocess.run([python, "-m", "pip", "install", "--quiet", "geppetto"], env=offline, check=True)
    (tmp_path / "env" / "pip.py").write_text("raise SystemExit('this is not the pip that is meant')")
    place = Place(python, offline)

    done = place.ask("install", shelf / "acme_good-1.0-py3-none-any.whl")

    assert done.returncode == 0, done.stderr
    assert f"$ {python} -P -m pip install" in done.stderr
    assert place.tools() == {"good 1.0"}
    assert place.ask("uninstall", "acme-good").returncode == 0
    assert place.tools() == set()


def test_a_uv_tool_keeps_its_plugins(offline: dict[str, str], tmp_path: Path) -> None:
    """The plugins of a tool stay when another comes, and when one goes; the receipt knows all of them."""
    env = {**offline, "UV_TOOL_BIN_DIR": str(tmp_path / "bin"), "UV_TOOL_DIR": str(tmp_path / "tools")}
    made = [
        *UV,
        "tool",
        "install",
        "--quiet",
        "--python",
        sys.executable,
        "geppetto",
        "--with",
        "acme-good==1.0",
    ]
    subprocess.run(made, env=env, check=True)
    del env["UV_TOOL_DIR"]  # geppetto knows where it is itself
    tool = tmp_path / "tools" / "geppetto"
    place = Place(tool / "bin" / "python", env)

    more = place.ask("install", "geppetto-store-sqlite")
    listed = json.loads(place.ask("list", "--json").stdout)
    receipt = (tool / "uv-receipt.toml").read_text("utf-8")
    gone = place.ask("uninstall", "acme-good")

    assert more.returncode == 0, more.stderr
    assert {"acme-good", "geppetto-store-sqlite"} <= {row["distribution"] for row in listed}
    assert "acme-good" in receipt
    assert "geppetto-store-sqlite" in receipt
    assert gone.returncode == 0, gone.stderr
    assert "acme-good" not in (tool / "uv-receipt.toml").read_text("utf-8")
    assert place.tools() == set()


def test_pipx_knows_what_it_has(offline: dict[str, str], tmp_path: Path) -> None:
    """A plugin is injected, changed to another version, and taken out again by pipx."""
    env = {**offline, "PIPX_HOME": str(tmp_path / "pipx"), "PIPX_BIN_DIR": str(tmp_path / "bin")}
    env["PIPX_DEFAULT_PYTHON"] = sys.executable
    made = [
        sys.executable,
        "-m",
        "pipx",
        "install",
        "--quiet",
        "--backend",
        "uv",
        "--skip-maintenance",
        "geppetto",
    ]
    subprocess.run(made, env=env, check=True, capture_output=True)
    venv = tmp_path / "pipx" / "venvs" / "geppetto"
    place = Place(venv / "bin" / "python", env)

    first = place.ask("install", "acme-good==1.0")
    injected = json.loads((venv / "pipx_metadata.json").read_text("utf-8"))["injected_packages"]
    then = place.ask("install", "acme-good==2.0")
    tools = place.tools()
    gone = place.ask("uninstall", "acme-good")

    assert first.returncode == 0, first.stderr
    assert list(injected) == ["acme-good"]
    assert then.returncode == 0, then.stderr
    assert tools == {"good 2.0"}
    assert gone.returncode == 0, gone.stderr
    assert place.tools() == set()
    assert place.ask("list").returncode == 0


def test_a_lock_brings_versions_back(bare: Place, shelf: Path) -> None:
    """Other versions are changed, what is not locked stays until it is pruned, and then there is nothing to do."""
    assert bare.ask("install", shelf / "acme_good-1.0-py3-none-any.whl").returncode == 0
    frozen = bare.ask("freeze")
    assert bare.ask("install", "--upgrade", "acme-good==2.0", "geppetto-store-sqlite").returncode == 0

    shown = bare.ask("sync", "--prune", "--print")
    untouched = bare.tools()
    done = bare.ask("sync")
    kept = bare.ask("list").stdout
    pruned = bare.ask("sync", "--prune")
    again = bare.ask("sync", "--prune", "--json")

    assert frozen.returncode == 0, frozen.stderr
    assert untouched == {"good 2.0"}
    assert shown.stdout.splitlines()[0].endswith("geppetto-store-sqlite")
    assert shown.stdout.splitlines()[1].endswith("acme_good-1.0-py3-none-any.whl")
    assert done.returncode == 0, done.stderr
    assert bare.tools() == {"good 1.0"}
    assert "geppetto-store-sqlite" in kept
    assert pruned.returncode == 0, pruned.stderr
    assert "geppetto-store-sqlite" not in bare.ask("list").stdout
    assert "nothing to do" in again.stderr
    assert again.stdout == "[]\n"


def test_a_lock_of_a_release_asks_for_its_number(bare: Place) -> None:
    """What came from an index comes from there again, where it is missing altogether."""
    assert bare.ask("install", "acme-good==1.0").returncode == 0
    assert bare.ask("freeze").returncode == 0
    assert bare.ask("uninstall", "acme-good").returncode == 0

    done = bare.ask("sync")

    assert "acme-good==1.0" in done.stderr
    assert bare.tools() == {"good 1.0"}


def test_sync_needs_a_lock(bare: Place, tmp_path: Path) -> None:
    """Without a lock the error says how to write one; a plugin whose folder is gone is left, with exit code 1."""
    missing = bare.ask("sync")
    entry = {
        "name": "acme-x",
        "version": "1",
        "record": "",
        "origin": "file:///gone/away",
        "editable": True,
        "offers": [],
    }
    lock = tmp_path / "plugins.lock"
    lock.write_text(json.dumps({"version": 1, "geppetto": "", "plugins": {"acme-x": entry}}))

    left = bare.ask("sync", "--file", lock)

    assert missing.returncode == 3
    assert "PLUGIN_LOCK_MISSING" in missing.stderr
    assert "geppetto plugins freeze" in missing.stderr
    assert left.returncode == 1
    assert "left: acme-x 1: it was installed from /gone/away, which is gone" in left.stderr
