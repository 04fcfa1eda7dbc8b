"""Each package as its users get it: a wheel, installed alone into a clean environment, without an index."""

import json
import re
import sys
import tomllib
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
import wheelhouse
from geppetto.testing import ReplayServer
from geppetto.testing.contracts import Case

ROOT = Path(__file__).parent.parent
DISTRIBUTIONS = wheelhouse.distributions()
UV = (sys.executable, "-m", "uv")

Install = Callable[..., Path]
Run = Callable[..., str]


def _name(folder: Path) -> str:
    name: str = tomllib.loads((folder / "pyproject.toml").read_text("utf-8"))["project"]["name"]
    return name


@pytest.mark.parametrize("folder", DISTRIBUTIONS, ids=_name)
def test_a_wheel_works_alone(folder: Path, install: Install, run_alone: Run, tmp_path: Path) -> None:
    """With only what it declares installed, every entry point of a package loads and the main job runs."""
    python = install(tmp_path / "env", _name(folder))

    rows = json.loads(
        run_alone(python, "-m", "geppetto", "plugins", "list", "--load", "--json", cwd=tmp_path)
    )
    answer = run_alone(python, "-m", "geppetto", "run", "What is 6 times 7?", cwd=tmp_path)

    assert {row["distribution"] for row in rows} >= {"geppetto", _name(folder)}
    assert [row for row in rows if row["status"] != "loaded"] == []
    assert "42" in answer


@pytest.mark.parametrize("folder", DISTRIBUTIONS, ids=_name)
def test_a_wheel_holds_the_package_and_its_types(folder: Path, wheels: Path) -> None:
    """A wheel has `py.typed` and no tests."""
    [wheel] = wheels.glob(f"{_name(folder).replace('-', '_')}-*.whl")

    names = zipfile.ZipFile(wheel).namelist()

    assert any(name.endswith("/py.typed") for name in names)
    assert not any("tests" in Path(name).parts for name in names if name.endswith(".py"))


def test_a_plugin_leaves_when_it_is_uninstalled(install: Install, run_alone: Run, tmp_path: Path) -> None:
    """Uninstalling a provider takes its engine out of the list, and the rest works on."""
    python = install(tmp_path / "env", "geppetto-provider-openai")
    before = run_alone(python, "-m", "geppetto", "engines", "list", cwd=tmp_path)

    run_alone(*UV, "pip", "uninstall", "--quiet", "--python", python, "geppetto-provider-openai")
    after = run_alone(python, "-m", "geppetto", "engines", "list", cwd=tmp_path)

    assert "openai" in before
    assert "openai" not in after
    assert "demo" in after


@pytest.mark.parametrize(
    ("dist", "engine", "base"),
    [
        ("claude", "claude", ""),
        ("claude", "anthropic", ""),
        ("gemini", "gemini", "/v1beta"),
        ("gemini", "google", "/v1beta"),
    ],
)
def test_an_installed_provider_answers(
    dist: str, engine: str, base: str, install: Install, run_alone: Run, tmp_path: Path
) -> None:
    """Installed offline from wheels, a provider is listed and streams an answer, under its alias too."""
    case = Case.read(ROOT / "contrib-providers" / dist / "tests" / "cases" / "text_streamed.yaml")
    python = install(tmp_path / "env", f"geppetto-provider-{dist}")

    listed = run_alone(python, "-m", "geppetto", "plugins", "list", cwd=tmp_path)
    with ReplayServer([case.exchange()]) as server:
        told = run_alone(
            python, "-m", "geppetto", "run", "-e", engine, "-m", "m", "--base-url", server.url + base, "--allow-local",
            "--set", "api_key=k", "Weather?", cwd=tmp_path,
        )  # fmt: skip

    assert re.search(rf"engine +{engine} +geppetto-provider-{dist}", listed)
    assert told == f"{case.expect.text}\n"
