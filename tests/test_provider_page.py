"""docs/write-a-provider.md followed to the letter: new package, tests, fill in, tests again, installed, a run."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from geppetto.testing import Exchange, ReplayServer

PAGE = (Path(__file__).parent.parent / "docs" / "write-a-provider.md").read_text("utf-8")
Run = Callable[..., str]


def _blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The package that the page's first command writes."""
    folder = tmp_path_factory.mktemp("author")
    [command, _] = [line for block in _blocks("sh") for line in block.splitlines()]
    subprocess.run([sys.executable, "-m", *command.split()], cwd=folder, check=True, capture_output=True)
    [made] = folder.iterdir()
    return made


def _tests(package: Path) -> str:
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    done = subprocess.run(command, cwd=package, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_page_leads_to_an_engine_with_tools(
    package: Path, install: Callable[..., Path], run_alone: Run, wheels: Path, tmp_path: Path
) -> None:
    """The contract passes before and after the change; then a stranger installs the wheel and asks for the weather."""
    before = _tests(package)
    [change] = _blocks("diff")
    subprocess.run(["git", "apply", "-"], input=change, text=True, cwd=package, check=True)
    after = _tests(package)
    python = install(tmp_path / "env", "geppetto")
    run_alone(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", tmp_path, cwd=package)
    [wheel] = tmp_path.glob("*.whl")
    run_alone(
        sys.executable,
        "-m",
        "uv",
        "pip",
        "install",
        "--quiet",
        "--no-index",
        "--no-deps",
        "--python",
        python,
        wheel,
    )

    rows = json.loads(
        run_alone(python, "-m", "geppetto", "plugins", "list", "--load", "--json", cwd=tmp_path)
    )
    call = {"calls": [{"id": "c1", "tool": "calculator", "input": {"expression": "6*7"}}], "end": "calls"}
    answers = [
        Exchange(body={"model": "parrot-1", **call}),
        Exchange(body={"text": "It is 42.", "end": "done"}),
    ]
    with ReplayServer(answers) as server:
        told = run_alone(
            python, "-m", "geppetto", "run", "-e", "parrot", "-m", "parrot-1", "--base-url", f"{server.url}/v1",
            "--allow-local", "--set", "stream=false", "--tool", "calculator", "6 times 7?", cwd=tmp_path,
        )  # fmt: skip
        requests = [request.json for request in server.requests]

    assert int(re.findall(r"(\d+) passed", after)[0]) > int(re.findall(r"(\d+) passed", before)[0]) > 80
    assert [row["status"] for row in rows if row["name"] == "parrot"] == ["loaded"]
    assert told == "It is 42.\n"
    assert requests[0]["tools"][0]["tool"] == "calculator"
    assert requests[1]["messages"][-1] == {"role": "tool", "id": "c1", "output": "42"}
