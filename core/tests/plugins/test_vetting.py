"""Where only locked plugins are trusted, nothing else is imported, and nothing that was changed since."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import plugin_wheels
import pytest
from geppetto.errors import NotFound, PluginError
from geppetto.plugins import Kind, PluginPolicy, PluginRegistry
from geppetto.plugins.lock import lock_of_installed, write_lock
from geppetto.plugins.locked import Lock, LockedPlugin
from geppetto.plugins.policy import Trust
from geppetto.plugins.survey import checked_rows, contributions, inspect_plugin

CODE = """
from geppetto.engine import EngineFactory
from geppetto.plugins import hookimpl

@hookimpl
def geppetto_engine_factories():
    return [EngineFactory(name, lambda settings, deps: None) for name in ("x", "y")]
"""
OFFERS = {"x": "acme_x", "y": "acme_x"}


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Give a folder on Python's path in which a plugin of two engines is installed."""
    wheel = plugin_wheels.build(tmp_path, "acme-x", OFFERS, {"acme_x.py": CODE})
    plugin_wheels.install(tmp_path / "site", wheel)
    monkeypatch.syspath_prepend(str(tmp_path / "site"))
    yield tmp_path / "site"
    for name in ("acme_x", "acme_y"):
        sys.modules.pop(name, None)


def _policy(site: Path, *, trust: Trust = Trust.LOCKED, **options: bool) -> PluginPolicy:
    source = {"trust": "plugins.toml:1"}
    return PluginPolicy(trust=trust, lock_file=site.parent / "plugins.lock", source=source, **options)  # type: ignore[arg-type]


def _freeze(site: Path) -> Lock:
    lock = lock_of_installed(site.parent / "plugins.lock", search=[str(site)])
    write_lock(lock.path, lock)
    return lock


def _registry(site: Path, *, trust: Trust = Trust.LOCKED, **options: bool) -> PluginRegistry:
    return PluginRegistry(_policy(site, trust=trust, **options), path=[str(site)])


def test_a_plugin_that_is_as_it_was_locked_is_used(site: Path) -> None:
    """Both of its contributions, and nothing is told."""
    _freeze(site)
    registry = _registry(site)

    assert registry.get(Kind.ENGINE, "x").name == "x"
    assert registry.get(Kind.ENGINE, "y").name == "y"
    assert (registry.notes(), registry.missing()) == ((), [])


def test_without_a_lock_no_plugin_is_trusted(site: Path) -> None:
    """But the core's own; row, note and error say that there is no lock and what makes one."""
    registry = PluginRegistry(_policy(site), path=[str(site), *sys.path])

    with pytest.raises(PluginError, match=r"there is no .*plugins.lock: geppetto plugins freeze") as caught:
        registry.get(Kind.ENGINE, "x")

    assert caught.value.code == "PLUGIN_DISABLED"
    assert registry.get(Kind.ENGINE, "echo").name == "echo"
    assert {row.status for row in registry.rows() if not row.is_core} == {"disabled"}
    assert any("plugins freeze" in note and "plugins.toml:1" in note for note in registry.notes())
    assert "acme_x" not in sys.modules


@pytest.mark.parametrize("content", ["{", '{"version": 9}'])
def test_a_lock_that_cannot_be_read_trusts_nobody(site: Path, content: str) -> None:
    """The reason is what is wrong with it; where everybody is trusted it is a note."""
    site.parent.joinpath("plugins.lock").write_text(content)
    strict, lax = _registry(site), _registry(site, trust=Trust.INSTALLED)

    [row, _] = strict.rows()

    assert row.status == "disabled"
    assert "the lock cannot be read" in row.reason
    assert [row.status for row in lax.rows()] == ["available", "available"]
    assert [("plugins.lock" in note, "freeze" in note) for note in lax.notes()] == [(True, True)]
    assert lax.missing() == []


def test_a_plugin_that_is_not_locked_is_not_imported(site: Path) -> None:
    """Not when its name is looked up, nor when everything is loaded."""
    write_lock(site.parent / "plugins.lock", Lock(Path(), {}))
    registry = _registry(site)

    with pytest.raises(PluginError, match="is installed and not locked"):
        registry.get(Kind.ENGINE, "x")
    registry.load()

    assert {row.status for row in registry.rows()} == {"disabled"}
    assert "acme_x" not in sys.modules


def test_another_version_and_another_wheel_are_not_imported(site: Path, tmp_path: Path) -> None:
    """The version, or the record of the files, is not the locked one."""
    _freeze(site)
    newer = plugin_wheels.build(tmp_path, "acme-x", OFFERS, {"acme_x.py": CODE}, version="2.0")
    plugin_wheels.install(tmp_path / "newer", newer)
    same = plugin_wheels.build(tmp_path / "b", "acme-x", OFFERS, {"acme_x.py": f"{CODE}\n# more\n"})
    plugin_wheels.install(tmp_path / "same", same)

    policy = _policy(site)
    [first, _] = PluginRegistry(policy, path=[str(tmp_path / "newer")]).rows()
    [second, _] = PluginRegistry(policy, path=[str(tmp_path / "same")]).rows()

    assert (first.status, second.status) == ("disabled", "disabled")
    assert "it is 2.0, and 1.0 is locked" in first.reason
    assert "other files than were locked" in second.reason


def test_a_file_that_was_changed_is_refused_before_it_is_imported(site: Path) -> None:
    """The row says which file; the error is the same each time, and nothing of the plugin ran."""
    _freeze(site)
    site.joinpath("acme_x.py").write_text("raise SystemExit(3)\n")
    registry = _registry(site)

    assert {row.status for row in registry.rows()} == {"available"}
    for _ in range(2):
        with pytest.raises(PluginError, match=r"acme_x.py has other content.*plugins audit") as caught:
            registry.get(Kind.ENGINE, "x")
        assert caught.value.code == "PLUGIN_DISABLED"
    registry.load()

    assert {row.status for row in registry.rows()} == {"disabled"}
    assert "acme_x" not in sys.modules


def test_without_trust_a_changed_file_is_nobodys_business(site: Path) -> None:
    """A lock alone blocks nothing."""
    _freeze(site)
    with site.joinpath("acme_x.py").open("a") as file:
        file.write("# edited\n")

    assert _registry(site, trust=Trust.INSTALLED).get(Kind.ENGINE, "x").name == "x"


def test_a_changed_file_is_not_tried_in_another_process_either(site: Path) -> None:
    """Listings with --load, `-v` and `show` leave it alone, and say why."""
    _freeze(site)
    mark = site.parent / "ran"
    site.joinpath("acme_x.py").write_text(f"open({str(mark)!r}, 'w').close()\n{CODE}")

    rows = checked_rows(_registry(site))
    listed = contributions(_registry(site), Kind.ENGINE, verbose=True)
    shown = inspect_plugin(_registry(site), "acme-x/x")

    assert [row.status for row in rows] == ["disabled", "disabled"]
    assert listed == []
    assert "acme_x.py has other content" in shown["reason"]
    assert not mark.exists()


def test_a_changed_plugin_with_a_clashing_name_is_not_tried(site: Path, tmp_path: Path) -> None:
    """Its full name would reach it."""
    other = plugin_wheels.build(tmp_path, "acme-y", {"x": "acme_y"}, {"acme_y.py": CODE})
    plugin_wheels.install(site, other)
    _freeze(site)
    mark = tmp_path / "ran"
    site.joinpath("acme_x.py").write_text(f"open({str(mark)!r}, 'w').close()\n{CODE}")
    registry = _registry(site)

    shown = inspect_plugin(_registry(site), "acme-x/x")
    with pytest.raises(PluginError, match="other content"):
        registry.get(Kind.ENGINE, "acme-x/x")

    assert shown["status"] == "disabled"
    assert not mark.exists()
    assert registry.get(Kind.ENGINE, "acme-y/x").name == "x"


def test_a_module_in_front_of_the_locked_one_is_not_imported(
    site: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The files are as they were, but Python would import another."""
    _freeze(site)
    tmp_path.joinpath("front").mkdir()
    tmp_path.joinpath("front", "acme_x.py").write_text("raise SystemExit(3)\n")
    monkeypatch.syspath_prepend(str(tmp_path / "front"))

    with pytest.raises(PluginError, match=r"would be imported from .*front.acme_x.py"):
        _registry(site).get(Kind.ENGINE, "x")


def test_what_was_locked_without_files_to_compare_is_trusted(
    site: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who locked an editable plugin, or one without a RECORD, was told so."""
    other = plugin_wheels.build(
        tmp_path, "acme-y", {"z": "acme_y"}, {"acme_y.py": CODE.replace('"x", "y"', '"z"')}
    )
    plugin_wheels.install(site, other, editable=True)
    site.joinpath("acme_x-1.0.dist-info", "RECORD").unlink()
    _freeze(site)
    monkeypatch.syspath_prepend(str(tmp_path / "acme-y-1.0-source"))
    registry = _registry(site)

    assert registry.get(Kind.ENGINE, "x").name == "x"
    assert registry.get(Kind.ENGINE, "z").name == "z"


def test_a_damaged_record_is_not_trusted(site: Path) -> None:
    """Nobody can tell what the plugin is."""
    _freeze(site)
    site.joinpath("acme_x-1.0.dist-info", "RECORD").write_text("nonsense\n")

    [row, _] = _registry(site).rows()

    assert row.status == "disabled"
    assert "RECORD of acme-x has the line" in row.reason


def test_a_denial_is_told_before_a_lack_of_trust(site: Path) -> None:
    """It holds whatever is locked."""
    policy = PluginPolicy(deny=frozenset({"acme-x"}), trust=Trust.LOCKED, lock_file=site / "no.lock")

    assert {row.reason for row in PluginRegistry(policy, path=[str(site)]).rows()} == {
        "denied by 'acme-x' in the policy"
    }


def test_a_locked_plugin_that_is_gone_is_missing(site: Path) -> None:
    """By name; an error for what it offered leads to the way back, whether trust is asked for or not."""
    gone = LockedPlugin("Acme-Gone", "1.0", offers=("engine:far_off",))
    write_lock(site.parent / "plugins.lock", Lock(Path(), {"acme-gone": gone, **_freeze(site).plugins}))
    registry = _registry(site, trust=Trust.INSTALLED)

    for name in ("far-off", "acme_gone/farOff"):
        with pytest.raises(NotFound) as caught:
            registry.get(Kind.ENGINE, name)
        assert caught.value.next_step.startswith("geppetto plugins sync: Acme-Gone offers it")
    with pytest.raises(NotFound) as other:
        registry.get(Kind.TOOL, "far_off")

    assert registry.missing() == [gone]
    assert other.value.next_step == "geppetto plugins list"


def test_without_plugins_a_lock_is_not_looked_at(site: Path) -> None:
    """Nothing is missing, wrong or missed."""
    site.parent.joinpath("plugins.lock").write_text("{")
    registry = _registry(site, no_plugins=True)

    assert (registry.notes(), registry.missing(), registry.rows()) == ((), [], [])
