"""Distributions that exist for one test: metadata and modules in a folder that Python imports from."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., list[str]]]:
    """Give a function that installs a distribution and returns the path to discover it on."""
    site = tmp_path / "site"
    site.mkdir()
    monkeypatch.syspath_prepend(str(site))

    def put(name: str, entry_points: str, *, version: str = "1.0", **modules: str) -> list[str]:
        info = site / f"{name.replace('-', '_')}-{version}.dist-info"
        info.mkdir()
        info.joinpath("METADATA").write_text(
            f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\nSummary: About {name}\n"
        )
        info.joinpath("entry_points.txt").write_text(entry_points)
        for module, code in modules.items():
            site.joinpath(f"{module}.py").write_text(code)
        return [str(site)]

    yield put
    for file in site.glob("*.py"):
        sys.modules.pop(file.stem, None)
