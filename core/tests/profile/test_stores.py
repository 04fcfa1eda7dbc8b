"""Stores: the same rules for all of them; files that processes share."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from geppetto.errors import (
    PolicyViolation,
    ProfileError,
    ProfileInvalid,
    ProfileNotFound,
    ReadOnlyStore,
    VersionConflict,
)
from geppetto.profile import (
    MemoryStore,
    Metadata,
    Policy,
    Profile,
    Registry,
    Store,
    Write,
    YamlStore,
    create_profile,
    delete_profile,
    put_registry,
    read_profile,
    set_default,
    update_profile,
)

W = Write(actor="me", now_ms=1000)
MAKERS: dict[str, Callable[[Path], Store]] = {
    "memory": lambda _folder: MemoryStore(),
    "yaml": lambda folder: YamlStore(folder / "sub" / "team.yaml"),
}


@pytest.fixture(params=list(MAKERS))
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """Give each kind of store, with an empty registry."""
    made = MAKERS[request.param](tmp_path)
    made.change("team", put_registry(Registry("team"), W))
    yield made
    made.close()


def _team(store: Store) -> Registry:
    return store.registries()["team"]


def _add(store: Store, name: str, **fields: Any) -> Profile:
    store.change("team", create_profile("team", read_profile({"slug": name, **fields}), W))
    return _team(store).profiles[name]


def test_a_life_of_a_profile(store: Store) -> None:
    """Made, changed, made the default, deleted: versions count, origins stay, unknown extensions survive."""
    made = _add(store, "a", extensions={"acme.x@v1": {"k": [1]}}, metadata={"tags": ["t"]})
    later = Write(actor="you", now_ms=2000)
    store.change("team", update_profile("team", "a", lambda p: replace(p, description="New"), later))
    changed = _team(store).profiles["a"]
    _add(store, "b")
    store.change("team", set_default("team", "b", W))
    default = _team(store).default_profile
    store.change("team", delete_profile("team", "b", W))

    assert (made.metadata.version, made.metadata.created_by, made.metadata.tags) == (1, "me", ("t",))
    assert (changed.description, changed.metadata.version, changed.extensions) == (
        "New",
        2,
        {"acme.x@v1": {"k": [1]}},
    )
    assert (changed.metadata.created_at_ms, changed.metadata.updated_at_ms) == (1000, 2000)
    assert (changed.metadata.created_by, changed.metadata.updated_by) == ("me", "you")
    assert default == "b"
    assert (_team(store).default_profile, list(_team(store).profiles)) == ("a", ["a"])


def test_a_policy_is_as_closed_after_it_was_written(store: Store) -> None:
    """No allowed key is something else than no list of them."""
    closed = Policy(allow_overrides=True, allowed_keys=())

    store.change("team", create_profile("team", Profile("a", policy=closed), W))

    assert _team(store).profiles["a"].policy == closed


def test_tags_and_stacks_can_be_changed(store: Store) -> None:
    """What a patch says counts, the version and the origin are the store's."""
    _add(store, "base")
    _add(store, "a")
    patch = read_profile(
        {"slug": "a", "stack": [{"profile_slug": "base"}], "metadata": {"tags": ["x"], "version": 99}}
    )

    store.change("team", update_profile("team", "a", lambda _old: patch, W))

    found = _team(store).profiles["a"]
    assert ([ref.profile for ref in found.stack], found.metadata.tags, found.metadata.version) == (
        ["base"],
        ("x",),
        2,
    )


def test_a_conflict_is_told_and_changes_nothing(store: Store) -> None:
    """For profiles and registries; a name that is taken is one too."""
    _add(store, "a")
    before = _team(store)

    for change, text in (
        (
            update_profile("team", "a", lambda p: p, Write(expected=7)),
            'profile "a" version conflict: expected=7 actual=1',
        ),
        (delete_profile("team", "a", Write(expected=7)), "expected=7 actual=1"),
        (
            set_default("team", "a", Write(expected=9)),
            'registry "team" version conflict: expected=9 actual=2',
        ),
        (put_registry(Registry("team"), Write(expected=9)), 'registry "team"'),
        (create_profile("team", Profile("a"), W), 'profile "a"'),
    ):
        with pytest.raises(VersionConflict, match=text):
            store.change("team", change)

    assert _team(store) == before


def test_what_cannot_be_changed(store: Store) -> None:
    """Read-only profiles, names that nobody has, stacks that would break, a profile's own slug."""
    _add(store, "fixed", policy={"read_only": True})
    _add(store, "base")
    _add(store, "top", stack=[{"profile_slug": "base"}])

    for change in (update_profile("team", "fixed", lambda p: p, W), delete_profile("team", "fixed", W)):
        with pytest.raises(PolicyViolation, match="profile is read-only"):
            store.change("team", change)
    for change in (
        delete_profile("team", "x", W),
        set_default("team", "x", W),
        update_profile("team", "x", lambda p: p, W),
    ):
        with pytest.raises(ProfileNotFound):
            store.change("team", change)
    with pytest.raises(ProfileInvalid, match='"base" not found'):
        store.change("team", delete_profile("team", "base", W))
    with pytest.raises(ProfileInvalid, match="keeps its slug"):
        store.change("team", update_profile("team", "base", lambda p: replace(p, slug="other"), W))


def test_deleting_the_default_leaves_a_store_that_can_be_read(store: Store) -> None:
    """Another profile takes its place; with the last one the registry is empty and stays."""
    for name in ("default", "b"):
        _add(store, name)

    store.change("team", delete_profile("team", "default", W))
    after_one = _team(store).default_profile
    store.change("team", delete_profile("team", "b", W))

    assert (after_one, _team(store).default_profile, dict(_team(store).profiles)) == ("b", "", {})


def test_after_close_nothing_works(store: Store) -> None:
    """Closing twice is fine."""
    store.close()
    store.close()

    with pytest.raises(ProfileError, match="closed"):
        store.registries()


def test_threads_lose_nothing(store: Store) -> None:
    """Eight of them, each with profiles of its own."""

    def work(number: int) -> None:
        for count in range(5):
            store.change("team", create_profile("team", Profile(f"p{number}-{count}"), W))

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(_team(store).profiles) == 40
    assert _team(store).metadata.version == 41


def test_a_file_holds_one_registry_and_may_be_missing(tmp_path: Path) -> None:
    """Deleting the registry removes the file; what others wrote is seen at once."""
    path = tmp_path / "a.yaml"
    store = YamlStore(path)
    assert store.registries() == {}

    path.write_text("slug: team\nprofiles: {a: {}}\n")
    path.chmod(0o640)
    with pytest.raises(ProfileInvalid, match='holds the registry "team"'):
        store.change("other", put_registry(Registry("other"), W))
    store.change("team", create_profile("team", Profile("b"), W))

    assert sorted(_team(store).profiles) == ["a", "b"]
    assert path.stat().st_mode & 0o777 == 0o640
    store.change("team", lambda _before: None)
    assert not path.exists()


def test_a_file_with_comments_is_kept_before_it_is_written(tmp_path: Path) -> None:
    """As it was when they were last in it; the copy is as private as the file."""
    path = tmp_path / "mine.yaml"
    written = "slug: mine  # my own\nprofiles: {a: {}}\n"
    path.write_text(written)
    path.chmod(0o600)
    store = YamlStore(path)

    for name in ("b", "c"):
        store.change("mine", create_profile("mine", Profile(name), Write()))

    assert sorted(store.registries()["mine"].profiles) == ["a", "b", "c"]
    kept = tmp_path / "mine.yaml.bak"
    assert kept.read_text() == written
    assert kept.stat().st_mode & 0o777 == 0o600


def test_a_file_of_somebody_else_is_not_written(tmp_path: Path) -> None:
    """The error names it."""
    path = tmp_path / "a.yaml"
    path.write_text("slug: team\nprofiles: {a: {}}\n")
    store = YamlStore(path, writable=False)

    with pytest.raises(ReadOnlyStore, match=r'registry "team" is backed by read-only .*a\.yaml'):
        store.change("team", create_profile("team", Profile("b"), W))

    assert list(_team(store).profiles) == ["a"]


def test_a_failed_write_leaves_the_old_file(tmp_path: Path) -> None:
    """And nothing beside it."""
    path = tmp_path / "a.yaml"
    store = YamlStore(path)
    store.change("team", put_registry(Registry("team", {"a": Profile("a")}), W))
    before = path.read_bytes()

    def fail(_before: Registry | None) -> Registry:
        raise KeyError("mid-way")

    with pytest.raises(KeyError):
        store.change("team", fail)

    assert path.read_bytes() == before
    assert {found.name for found in tmp_path.iterdir()} <= {"a.yaml", "a.yaml.lock"}


WRITER = """
import sys, time
from pathlib import Path
from geppetto.errors import VersionConflict
from geppetto.profile import Profile, Write, create_profile, update_profile
from geppetto.profile import YamlStore
store, me, end = YamlStore(Path(sys.argv[1])), sys.argv[2], float(sys.argv[3])
count = 0
while time.time() < end:
    store.change("team", create_profile("team", Profile(f"p{me}-{count}"), Write()))
    print(f"p{me}-{count}", flush=True)
    count += 1
    seen = store.registries()["team"].profiles["shared"].metadata.version
    time.sleep(0.01)  # the others write meanwhile
    try:
        store.change("team", update_profile("team", "shared", lambda old: old, Write(expected=seen)))
        print("updated", flush=True)
    except VersionConflict:
        print("conflict", flush=True)
"""


def test_eight_processes_lose_nothing_in_a_file_although_two_are_killed(tmp_path: Path) -> None:
    """For ten seconds: what was written is there, the file is whole, and who comes too late is told so."""
    path = tmp_path / "a.yaml"
    YamlStore(path).change(
        "team", put_registry(Registry("team", {"shared": Profile("shared", metadata=Metadata(version=1))}), W)
    )
    end = str(time.time() + 10)
    command = [sys.executable, "-c", WRITER, str(path)]
    workers = [
        subprocess.Popen([*command, str(n), end], stdout=subprocess.PIPE, text=True, env={**os.environ})
        for n in range(8)
    ]
    for worker in workers[:2]:
        assert worker.stdout is not None
        worker.stdout.readline()
        worker.kill()
    # `communicate` alone passes over the lines that `readline` has taken from the pipe beyond the first
    said = [f"{w.stdout.read()}{w.communicate(timeout=60)[0]}".split() for w in workers if w.stdout]
    assert [worker.returncode for worker in workers[2:]] == [0] * 6

    found = _team(YamlStore(path)).profiles

    told = [word for words in said for word in words]
    assert [word for word in told if word.startswith("p") and word not in found] == []
    assert all("updated" in words for words in said[2:])
    assert "conflict" in told
    # a killed process may have written what it could not say any more
    assert 0 <= found["shared"].metadata.version - 1 - told.count("updated") <= 2
