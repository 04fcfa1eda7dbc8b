"""A lock says what is installed, in a form that can be read again; what is no lock is refused with file and line."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

import plugin_wheels
import pytest
from geppetto.errors import ConfigError, PluginError
from geppetto.plugins.kinds import distribution_key
from geppetto.plugins.lock import Lock, LockedPlugin, lock_of_installed, read_lock, write_lock

PLUGIN = LockedPlugin("Acme.Tools", "1.2", "ab" * 32, "file:///here", True, ("tool:look_up", "tool:sum"))


@pytest.fixture
def wheel(tmp_path: Path) -> Path:
    """Give the wheel of a plugin whose import would end the process."""
    return plugin_wheels.build(tmp_path, "acme-x", {"x": "acme_x"}, {"acme_x.py": "raise SystemExit(3)\n"})


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    """Every field survives, and the file is the same for the same plugins in any order."""
    file, other = tmp_path / "a" / "plugins.lock", tmp_path / "b" / "plugins.lock"
    second = LockedPlugin("b", "2", offers=("engine:b",))
    lock = Lock(file, {"acme-tools": PLUGIN, "b": second}, "0.1.0")

    write_lock(file, lock)
    write_lock(other, Lock(other, {"b": second, "acme-tools": PLUGIN}, "0.1.0"))

    assert read_lock(file) == lock
    assert file.read_text() == other.read_text()
    assert file.read_text().endswith("}\n")


def test_no_file_is_no_lock(tmp_path: Path) -> None:
    """None, also where a folder is missing or no folder."""
    tmp_path.joinpath("file").write_text("")

    assert read_lock(tmp_path / "plugins.lock") is None
    assert read_lock(tmp_path / "file" / "plugins.lock") is None


def _edited(**change: Any) -> str:
    plugin = {**Lock(Path(), {"acme-tools": PLUGIN}).to_json()["plugins"]["acme-tools"], **change}
    return json.dumps({"version": 1, "plugins": {"acme-tools": plugin}}, indent=1)


@pytest.mark.parametrize(
    ("text", "line", "problem"),
    [
        ('{\n "version": 1,\n', 3, "no valid JSON"),
        ("", 1, "no valid JSON"),
        ("[" * 100_000, 1, "no valid JSON"),
        ("[]", 1, "no `version`"),
        ('{\n "version": "1"}', 2, "no `version`"),
        ('{\n "version": true}', 2, "no `version`"),
        ('{"version": 1,\n "plugins": []}', 2, "no table"),
        ('{"version": 1,\n "plugins": {\n"a": 3}}', 3, "'a' is no table"),
        (_edited(record=None), 4, "no text `record`"),
        (_edited(offers="tool:x"), 4, "no list of texts `offers`"),
        (_edited(offers=[1]), 4, "no list of texts `offers`"),
        (_edited(editable="no"), 4, "`editable`"),
        (_edited(name="Other"), 4, "not the canonical name of Other"),
    ],
)
def test_what_is_no_lock_is_refused_with_its_line(tmp_path: Path, text: str, line: int, problem: str) -> None:
    """Whatever the file holds, the error names the place, the problem and the way to a good file."""
    file = tmp_path / "plugins.lock"
    file.write_text(text)

    with pytest.raises(ConfigError, match=problem) as caught:
        read_lock(file)

    assert caught.value.code == "PLUGIN_LOCK_INVALID"
    assert caught.value.subject == f"{file}:{line}"
    assert "geppetto plugins freeze" in caught.value.next_step


def test_a_lock_that_is_no_text_or_no_file_is_refused(tmp_path: Path) -> None:
    """Bytes that are no text, and a folder in its place, are errors with the path."""
    file = tmp_path / "plugins.lock"
    file.write_bytes(b"\xff\xfe\x00")
    folder = tmp_path / "folder"
    folder.mkdir()

    for path in (file, folder):
        with pytest.raises(ConfigError, match="cannot be read") as caught:
            read_lock(path)
        assert caught.value.subject == str(path)


@pytest.mark.parametrize(
    ("name", "version"),
    [
        ("-r/etc/passwd", "1.0"),
        ("--index-url=x", "1.0"),
        ("a b", "1.0"),
        ("a", "1.0 --index-url x"),
        ("a", "\n"),
    ],
)
def test_what_no_distribution_is_named_is_refused(tmp_path: Path, name: str, version: str) -> None:
    """These words reach an installer, which would take some of them for options."""
    file = tmp_path / "plugins.lock"
    key = distribution_key(name)
    write_lock(file, Lock(file, {key: LockedPlugin(name, version)}))

    with pytest.raises(ConfigError, match="no distribution can have") as caught:
        read_lock(file)

    assert caught.value.code == "PLUGIN_LOCK_INVALID"


def test_the_lock_of_a_newer_geppetto_is_refused(tmp_path: Path) -> None:
    """Its meaning is not known, so it decides nothing."""
    file = tmp_path / "plugins.lock"
    file.write_text('{"version": 2, "plugins": {"a": "of another shape"}}')

    with pytest.raises(ConfigError, match="newer Geppetto") as caught:
        read_lock(file)

    assert caught.value.code == "PLUGIN_LOCK_TOO_NEW"


def test_what_is_installed_is_locked_without_an_import(tmp_path: Path, wheel: Path) -> None:
    """Name, version, offers and the digest of a release; the core is named by its version alone."""
    site = tmp_path / "site"
    plugin_wheels.install(site, wheel, from_index=True)

    lock = lock_of_installed(tmp_path / "plugins.lock", search=[str(site)])
    everywhere = lock_of_installed(tmp_path / "plugins.lock", search=[str(site), *sys.path])

    assert list(lock.plugins) == ["acme-x"]
    plugin = lock.plugins["acme-x"]
    assert (plugin.name, plugin.version, plugin.offers) == ("acme-x", "1.0", ("engine:x",))
    assert (len(plugin.record), plugin.origin, plugin.editable) == (64, "", False)
    assert (lock.core, "geppetto" in everywhere.plugins, everywhere.core != "") == ("", False, True)
    assert "acme_x" not in sys.modules


def test_the_digest_is_that_of_the_wheel(tmp_path: Path, wheel: Path) -> None:
    """Installed twice, by file and by name, RECORD differs and the digest does not; another wheel has another."""
    one, two, three = (tmp_path / name for name in ("one", "two", "three"))
    plugin_wheels.install(one, wheel, from_index=True)
    os.utime(wheel, (1, 1))
    plugin_wheels.install(two, wheel)
    other = plugin_wheels.build(
        tmp_path / "b", "acme-x", {"x": "acme_x"}, {"acme_x.py": "raise SystemExit(4)\n"}
    )
    plugin_wheels.install(three, other)

    locks = [lock_of_installed(tmp_path / "l", search=[str(site)]) for site in (one, two, three)]
    records = [(site / "acme_x-1.0.dist-info" / "RECORD").read_text() for site in (one, two)]

    digests = [lock.plugins["acme-x"].record for lock in locks]
    assert records[0] != records[1]
    assert digests[0] == digests[1] != digests[2]
    assert [lock.plugins["acme-x"].origin for lock in locks] == ["", wheel.as_uri(), other.as_uri()]


def test_an_editable_plugin_is_locked_as_one(tmp_path: Path, wheel: Path) -> None:
    """Its origin is the folder of its source."""
    plugin_wheels.install(tmp_path / "site", wheel, editable=True)

    [plugin] = lock_of_installed(tmp_path / "l", search=[str(tmp_path / "site")]).plugins.values()

    assert plugin.editable
    assert plugin.origin == (tmp_path / "acme-x-1.0-source").as_uri()


def test_without_a_record_the_digest_is_empty(tmp_path: Path, wheel: Path) -> None:
    """And a damaged direct_url.json tells of no origin."""
    plugin_wheels.install(tmp_path / "site", wheel)
    info = tmp_path / "site" / "acme_x-1.0.dist-info"
    info.joinpath("RECORD").unlink()
    info.joinpath("direct_url.json").write_text("[1")

    [plugin] = lock_of_installed(tmp_path / "l", search=[str(tmp_path / "site")]).plugins.values()

    assert (plugin.record, plugin.origin, plugin.editable) == ("", "", False)


def test_a_damaged_record_is_an_error_with_its_owner(tmp_path: Path, wheel: Path) -> None:
    """Nothing can be locked of a distribution whose files nobody knows."""
    plugin_wheels.install(tmp_path / "site", wheel)
    tmp_path.joinpath("site", "acme_x-1.0.dist-info", "RECORD").write_text("acme_x.py,nonsense,3\n")

    with pytest.raises(PluginError, match=r"RECORD of acme-x has the line 'acme_x.py,nonsense,3'") as caught:
        lock_of_installed(tmp_path / "l", search=[str(tmp_path / "site")])

    assert (caught.value.code, caught.value.next_step) == ("PLUGIN_RECORD_INVALID", "reinstall acme-x")
