"""Each package as its users get it: a wheel, installed alone into a clean environment, without an index."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
import wheelhouse

ROOT = Path(__file__).parent.parent
DISTRIBUTIONS = wheelhouse.distributions()
UV = (sys.executable, "-m", "uv")


def _run(*command: str | Path, cwd: Path = ROOT) -> str:
    """Run a command in an environment that lends it nothing; return what it wrote."""
    env = {k: v for k, v in os.environ.items() if k not in {"PYTHONPATH", "VIRTUAL_ENV", "OPENAI_API_KEY"}}
    done = subprocess.run(
        [str(part) for part in command],
        capture_output=True,
        text=True,
        env=env,
        check=False,
        cwd=cwd,
    )
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    return done.stdout


@pytest.fixture(scope="session")
def third_party() -> Path:
    """The folder with the wheels of what the packages need."""
    folder = ROOT / ".wheelhouse"
    wheelhouse.fill(folder)
    return folder


@pytest.fixture(scope="session")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the wheels of all packages of the workspace, built from the sources."""
    folder = tmp_path_factory.mktemp("wheels")
    for source in DISTRIBUTIONS:
        _run(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", folder, cwd=source)
    return folder


def _install(folder: Path, name: str, wheels: Path, third_party: Path) -> Path:
    """Install one package into a new environment from the two folders alone; return its Python."""
    _run(*UV, "venv", "--quiet", "--python", sys.executable, folder)
    python = folder / "bin" / "python"
    links: list[str | Path] = ["--find-links", wheels, "--find-links", third_party]
    _run(*UV, "pip", "install", "--quiet", "--no-index", "--offline", *links, "--python", python, name)
    return python


def _name(folder: Path) -> str:
    import tomllib

    name: str = tomllib.loads((folder / "pyproject.toml").read_text("utf-8"))["project"]["name"]
    return name


@pytest.mark.parametrize("folder", DISTRIBUTIONS, ids=_name)
def test_a_wheel_works_alone(folder: Path, wheels: Path, third_party: Path, tmp_path: Path) -> None:
    """With only what it declares installed, every entry point of a package loads and the main job runs."""
    python = _install(tmp_path / "env", _name(folder), wheels, third_party)

    broken = _run(
        python, "-c", "import json, subprocess, sys; rows = json.loads(subprocess.check_output([sys.executable, '-m', "
        "'geppetto', 'plugins', 'list', '--load', '--json'])); print([r for r in rows if r['status'] != 'loaded'])",
        cwd=tmp_path,
    )  # fmt: skip
    answer = _run(python, "-m", "geppetto", "run", "What is 6 times 7?", cwd=tmp_path)

    assert broken.strip() == "[]"
    assert "42" in answer


@pytest.mark.parametrize("folder", DISTRIBUTIONS, ids=_name)
def test_a_wheel_holds_the_package_and_its_types(folder: Path, wheels: Path) -> None:
    """A wheel has `py.typed` and no tests."""
    [wheel] = wheels.glob(f"{_name(folder).replace('-', '_')}-*.whl")

    names = zipfile.ZipFile(wheel).namelist()

    assert any(name.endswith("/py.typed") for name in names)
    assert not any("tests" in Path(name).parts for name in names)


def test_a_plugin_leaves_when_it_is_uninstalled(wheels: Path, third_party: Path, tmp_path: Path) -> None:
    """Uninstalling a provider takes its engine out of the list, and the rest works on."""
    python = _install(tmp_path / "env", "geppetto-provider-openai", wheels, third_party)
    before = _run(python, "-m", "geppetto", "engines", "list", cwd=tmp_path)

    _run(*UV, "pip", "uninstall", "--quiet", "--python", python, "geppetto-provider-openai")
    after = _run(python, "-m", "geppetto", "engines", "list", cwd=tmp_path)

    assert "openai" in before
    assert "openai" not in after
    assert "demo" in after
