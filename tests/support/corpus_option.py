"""The option `--corpus DIR`: recorded exchanges with the vendors' APIs, an extra run on top of our own fixtures."""

import os
from pathlib import Path

import pytest

__all__ = ["corpus", "pytest_addoption"]


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add `--corpus`."""
    named = os.environ.get("GEPPETTO_CORPUS")
    parser.addoption(
        "--corpus",
        type=Path,
        default=Path(named) if named else None,
        help="a folder of recorded exchanges to decode and re-encode (or GEPPETTO_CORPUS)",
    )


@pytest.fixture(scope="session")
def corpus(request: pytest.FixtureRequest) -> Path:
    """The folder of recorded exchanges."""
    folder: Path | None = request.config.getoption("--corpus")
    if folder is None:
        pytest.skip("no recordings: pass --corpus DIR")
    return folder
