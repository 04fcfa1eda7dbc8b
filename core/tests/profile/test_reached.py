"""Registries of somebody who may not open and write everything."""

from pathlib import Path

import pytest
from geppetto.errors import ProfileError, ReadOnlyStore, UsageError
from geppetto.plugins import PluginRegistry
from geppetto.profile import Registry, Write, put_registry
from geppetto.profile.chain import ProfileChain
from geppetto.profile.reached import chain_within, open_within
from geppetto.profile.stores import MemoryStore, YamlStore
from geppetto.reach import Reach
from geppetto_store_sqlite.store import SqliteStore

_TEAM = "slug: team\nprofiles:\n  default: {}\n"
_NEW = put_registry(Registry("new"), Write())


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a file, a database, and a link that leads out of it."""
    inside = tmp_path / "in"
    inside.mkdir()
    (inside / "team.yaml").write_text(_TEAM)
    (tmp_path / "out.yaml").write_text(_TEAM)
    (inside / "link.yaml").symlink_to(tmp_path / "out.yaml")
    store = SqliteStore(str(inside / "own.db"))
    store.change("own", put_registry(Registry("own"), Write()))
    store.close()
    return inside


def _open(reach: Reach, *sources: str) -> ProfileChain:
    return open_within(reach, sources, PluginRegistry())


@pytest.mark.parametrize(
    "source",
    ["{0}/../out.yaml", "yaml:{0}/../out.yaml", "{0}/link.yaml", "sqlite-dsn:file:{0}/../out.db", "{0}/..", "/etc", "~nobody-of-that-name/x.yaml", "a\0b"],
)  # fmt: skip
def test_what_lies_outside_is_refused(folder: Path, source: str) -> None:
    """However it is written, whether it exists or not."""
    with pytest.raises(UsageError) as caught:
        _open(Reach(read=(folder,), write=(folder,)), source.format(folder))

    assert caught.value.code == "OUT_OF_REACH"


def test_what_may_be_read_is_not_written(folder: Path) -> None:
    """A database is opened to be read, and not so much as migrated; it keeps its name."""
    before = {path: path.stat().st_mtime_ns for path in folder.glob("own.db")}

    chain = _open(Reach(read=(folder,)), f"{folder}/team.yaml,{folder}/own.db")

    assert sorted(chain.registries()) == ["own", "team"]
    assert [store.name for store in chain.stores] == [f"{folder}/team.yaml", f"{folder}/own.db"]
    with pytest.raises(ReadOnlyStore, match="may not be written"):
        chain.stores[1].change("new", _NEW)
    chain.close()
    assert {path: path.stat().st_mtime_ns for path in folder.glob("own.db")} == before


def test_no_database_is_made_where_nothing_may_be_written(folder: Path) -> None:
    """The message says what would be needed."""
    with pytest.raises(ProfileError, match="there is no profile registry file") as caught:
        _open(Reach(read=(folder,)), f"{folder}/new.db")

    assert "--allow-write" in caught.value.next_step
    assert not (folder / "new.db").exists()


def test_what_may_be_written_is(folder: Path) -> None:
    """Also a database that was not there."""
    chain = _open(Reach(write=(folder,)), f"{folder}/own.db", f"sqlite:{folder}/new.db")

    for store in chain.stores:
        store.change("new", _NEW)
        store.change("new", lambda _registry: None)
    chain.close()
    assert (folder / "new.db").exists()


def test_a_chain_is_written_where_that_was_granted(folder: Path) -> None:
    """A store in memory is its owner's to give; the rest is read."""
    own, kept = YamlStore(folder / "mine.yaml"), MemoryStore()

    closed = chain_within(Reach(read=(folder,)), ProfileChain(own, kept))
    opened = chain_within(Reach(write=(folder / "mine.yaml",)), ProfileChain(own, kept))

    assert [store.writable for store in closed.stores] == [False, True]
    assert [store.writable for store in opened.stores] == [True, True]
