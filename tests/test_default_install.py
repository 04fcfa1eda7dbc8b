"""The default install: what passes with `geppetto[fast]`, as everywhere else here, passes without its parts."""

import os
import sys
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).parent.parent
UV = (sys.executable, "-m", "uv")
PARTS = ("httptools", "jsonschema_rs", "msgspec", "uvloop")
ABSENT = f"import importlib.util as u; print([name for name in {PARTS!r} if u.find_spec(name)])"


def test_the_providers_contracts_pass_without_the_faster_parts(
    run_alone: Callable[..., str], tmp_path: Path
) -> None:
    """The same contract tests, where h11 reads HTTP, the standard library JSON, and jsonschema judges."""
    python = tmp_path / "venv" / "bin" / "python"
    providers = sorted(ROOT.glob("contrib-providers/*/"))
    run_alone(*UV, "venv", "--quiet", "--python", sys.executable, tmp_path / "venv")
    packages = [f"{ROOT / 'core'}[testing]", "hypothesis", "pytest-asyncio", *providers]
    run_alone(*UV, "pip", "install", "--quiet", "--python", python, *packages)

    absent = run_alone(python, "-c", ABSENT, cwd=tmp_path)
    told = run_alone(
        python, "-m", "pytest", "-q", "-c", os.devnull, "--rootdir", ROOT, "--import-mode=importlib",
        "-o", "asyncio_mode=auto", "-p", "no:cacheprovider",
        *(provider / "tests" / "test_contract.py" for provider in providers), cwd=tmp_path,
    )  # fmt: skip

    assert absent.strip() == "[]"
    assert " passed" in told
    assert "skipped" not in told
