"""Discovery reads metadata and nothing else, and survives whatever stands in them."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from geppetto.plugins.discovery import discover, summary

Install = Callable[..., list[str]]


def test_rows_come_from_entry_points_without_an_import(install: Install) -> None:
    """Each entry point is a row with its kind, name, owner and module, and the module stays unimported."""
    path = install(
        "geppetto-provider-x",
        "[geppetto.engines]\nx = never_plugin\n[geppetto.tools]\ny = never_plugin\n[console_scripts]\nz = a:b\n",
        version="2.1",
        never_plugin="raise SystemExit(9)",
    )

    rows = discover(path).rows

    assert [row.to_json() for row in rows] == [
        {
            "kind": kind,
            "name": name,
            "distribution": "geppetto-provider-x",
            "version": "2.1",
            "module": "never_plugin",
            "status": "available",
            "reason": "",
            "source": "entry-point",
        }
        for kind, name in [("engine", "x"), ("tool", "y")]
    ]
    assert "never_plugin" not in sys.modules


def test_rows_of_the_core_are_built_in(install: Install) -> None:
    """A row of distribution `geppetto` has the source `built-in`."""
    path = install("geppetto", "[geppetto.engines]\necho = builtin_plugin\n")

    assert [row.source for row in discover(path).rows] == ["built-in"]


@pytest.mark.parametrize(
    ("group", "nearest"),
    [
        ("geppetto.engine", "geppetto.engines"),
        ("geppetto.toolsources", "geppetto.tool_sources"),
        ("geppetto.Middlewares", "geppetto.middlewares"),
        ("geppetto1.engines", "geppetto.engines"),
    ],
)
def test_a_misspelt_group_names_the_nearest(install: Install, group: str, nearest: str) -> None:
    """A `geppetto.*` group that is not known becomes a row that says which one was probably meant."""
    path = install("geppetto-x", f"[{group}]\nx = x_plugin\n")

    (row,) = discover(path).rows

    assert row.status == "misspelt-group"
    assert group in row.reason
    assert nearest in row.reason


def test_a_group_like_no_other_keeps_its_word_as_kind(install: Install) -> None:
    """A group without a near relative is listed under its own word, with all known groups as advice."""
    path = install("geppetto-x", "[geppetto.zzzzqqqq]\nx = x_plugin\n")

    (row,) = discover(path).rows

    assert row.kind == "zzzzqqqq"
    assert "geppetto.stores" in row.reason


def test_a_newer_api_is_incompatible(install: Install) -> None:
    """An entry point for a later plugin API says that a newer geppetto is needed."""
    path = install("geppetto-x", "[geppetto2.engines]\nx = x_plugin\n")

    (row,) = discover(path).rows

    assert (row.kind, row.status) == ("engine", "incompatible")
    assert "needs a newer geppetto" in row.reason


def test_a_distribution_may_declare_both_apis(install: Install) -> None:
    """A name that is offered for this API and a later one is available, whatever the order."""
    path = install(
        "geppetto-x",
        "[geppetto2.engines]\nx = new\ny = new\n[geppetto.engines]\nx = old\n[geppetto2.tools]\nx = new\n",
    )

    found = {(row.kind, row.name): (row.status, row.module) for row in discover(path).rows}

    assert found["engine", "x"] == ("available", "old")
    assert found["engine", "y"] == ("incompatible", "new")


def test_the_first_of_two_copies_counts(install: Install, tmp_path: Path) -> None:
    """A distribution that is on the path twice gives the rows of the copy that Python would import."""
    (path,) = install("geppetto-x", "[geppetto.engines]\nx = x_plugin\n", version="2.0")
    older = tmp_path / "older" / "Geppetto_X-1.0.dist-info"
    older.mkdir(parents=True)
    older.joinpath("METADATA").write_text("Metadata-Version: 2.1\nName: Geppetto.X\nVersion: 1.0\n")
    older.joinpath("entry_points.txt").write_text("[geppetto.engines]\nx = x_plugin\ngone = x_plugin\n")

    rows = discover([path, str(older.parent), path]).rows

    assert [(row.name, row.version) for row in rows] == [("x", "2.0")]


def test_broken_metadata_hide_nothing_else(install: Install, tmp_path: Path) -> None:
    """Distributions without a name, with bytes that are no text or with lines that say nothing are only notes."""
    path = install("geppetto-good", "[geppetto.engines]\ngood = good_plugin\n")
    install("geppetto-bad-lines", "[geppetto.engines]\nno equals sign\n")
    site = tmp_path / "site"
    for name, metadata in [("nameless", b"Metadata-Version: 2.1\n\n"), ("binary", b"Name: \xff\xfe\n")]:
        folder = site / f"{name}-1.0.dist-info"
        folder.mkdir()
        folder.joinpath("METADATA").write_bytes(metadata)
        folder.joinpath("entry_points.txt").write_text("[geppetto.engines]\nlost = lost_plugin\n")
    unreadable = site / "unreadable-1.0.dist-info"
    unreadable.mkdir()
    unreadable.joinpath("entry_points.txt").write_bytes(b"[geppetto.engines]\n\xff = x\n")
    (site / "empty-1.0.dist-info").mkdir()
    (site / "file-1.0.dist-info").write_text("no folder")

    found = discover([*path, "/no/such/folder"])

    assert "good" in [row.name for row in found.rows]
    assert any("geppetto-bad-lines" in note for note in found.notes)
    assert any("no readable name" in note for note in found.notes)


def test_the_summary_is_the_distributions_own(install: Install) -> None:
    """A distribution's one line is found by any spelling of its name, and is empty for one that is not there."""
    path = install("geppetto-x", "[geppetto.engines]\nx = x_plugin\n")

    assert summary("Geppetto_X", path) == "About geppetto-x"
    assert summary("geppetto-y", path) == ""
