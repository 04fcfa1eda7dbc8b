"""A lock and what is installed differ by what has to be installed, removed or left."""

from __future__ import annotations

from pathlib import Path

from geppetto.plugins.installing.requirement import Requirement
from geppetto.plugins.installing.sync import difference
from geppetto.plugins.lock import Lock, LockedPlugin


def _lock(*plugins: LockedPlugin) -> Lock:
    return Lock(Path("plugins.lock"), {each.name: each for each in plugins})


def test_missing_and_other_versions_are_installed_by_number() -> None:
    """What is as the lock says stays; the rest is asked for by its version."""
    lock = _lock(LockedPlugin("a", "1"), LockedPlugin("b", "2"), LockedPlugin("c", "3"))

    found = difference(lock, _lock(LockedPlugin("a", "1"), LockedPlugin("b", "1"), LockedPlugin("x", "1")))

    assert found.add == (Requirement("b==2", "b"), Requirement("c==3", "c"))
    assert (found.remove, found.left) == ((), ())


def test_pruning_removes_what_the_lock_does_not_have() -> None:
    """Only with `prune` a plugin goes."""
    installed = _lock(LockedPlugin("a", "1"), LockedPlugin("x", "1"))

    assert difference(_lock(LockedPlugin("a", "1")), installed, prune=True).remove == ("x",)


def test_what_came_from_elsewhere_comes_from_there_again(tmp_path: Path) -> None:
    """Folders, wheels and archives are taken from their origin."""
    (tmp_path / "a b").mkdir()
    folder = (tmp_path / "a b").as_uri()
    lock = _lock(
        LockedPlugin("a", "1", origin=folder, editable=True),
        LockedPlugin("b", "1", origin=folder),
        LockedPlugin("c", "1", origin="https://example.com/c-1-py3-none-any.whl"),
    )

    assert difference(lock, _lock()).add == (
        Requirement(str(tmp_path / "a b"), "a", editable=True),
        Requirement(str(tmp_path / "a b"), "b"),
        Requirement("c @ https://example.com/c-1-py3-none-any.whl", "c"),
    )


def test_what_cannot_be_brought_back_is_left_with_a_reason(tmp_path: Path) -> None:
    """A folder that is gone, a repository without a revision, and an editable that says another version now."""
    here = tmp_path.as_uri()
    lock = _lock(
        LockedPlugin("a", "1", origin=(tmp_path / "gone").as_uri()),
        LockedPlugin("b", "1", origin="https://example.com/repository"),
        LockedPlugin("c", "1", origin=here, editable=True),
    )

    found = difference(lock, _lock(LockedPlugin("c", "2", origin=here, editable=True)))

    assert found.add == ()
    assert [sentence.partition(":")[0] for sentence in found.left] == ["a 1", "b 1", "c 1"]
    assert "gone" in found.left[0]
    assert "no revision" in found.left[1]
    assert "it is 2 now" in found.left[2]
