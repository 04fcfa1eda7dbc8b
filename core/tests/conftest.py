"""Fixtures that most tests of the core share."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from geppetto import Host


@pytest.fixture
def plain_host(tmp_path: Path) -> Iterator[Host]:
    """A host of its own, with the core's contributions only and empty folders."""
    with Host(plugins=False, env={"GEPPETTO_HOME": str(tmp_path)}, grace=0.5) as host:
        yield host
