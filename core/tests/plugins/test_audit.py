"""An audit tells what became of the plugins that are installed, by distribution, file and what to do."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import plugin_wheels
import pytest
from geppetto.plugins import PluginPolicy
from geppetto.plugins.audit import audit
from geppetto.plugins.findings import Fault, Finding, Level
from geppetto.plugins.lock import lock_of_installed
from geppetto.plugins.locked import Lock, LockedPlugin

STARTS = "import os; os.environ.setdefault('ACME', '1')\n"
Told = list[tuple[Fault, str, str, Level]]


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """Give a folder in which two plugins are installed."""
    for name, module in (("acme-x", "acme_x"), ("acme-y", "acme_y")):
        files = {f"{module}.py": "raise SystemExit(3)\n"}
        plugin_wheels.install(
            tmp_path / "site", plugin_wheels.build(tmp_path, name, {module[-1]: module}, files)
        )
    return tmp_path / "site"


def _lock(site: Path) -> Lock:
    return lock_of_installed(site.parent / "plugins.lock", search=[str(site)])


def _audit(site: Path, lock: Lock | None = None, policy: PluginPolicy | None = None) -> list[Finding]:
    return audit(lock, policy or PluginPolicy(), search=[str(site)], sites=[str(site)])


def _told(findings: list[Finding]) -> Told:
    return [(each.fault, each.distribution, Path(each.file).name, each.level) for each in findings]


def test_what_is_as_it_was_installed_and_locked_is_clean(site: Path) -> None:
    """Also with byte code that Python compiled since, and without a lock; nothing is imported."""
    site.joinpath("__pycache__").mkdir()
    site.joinpath("__pycache__", "acme_x.cpython-311.pyc").write_bytes(b"code")

    assert _audit(site, _lock(site)) == []
    assert _audit(site) == []
    assert {"acme_x", "acme_y"}.isdisjoint(sys.modules)


def test_files_that_changed_or_went_are_findings(site: Path) -> None:
    """Without a lock as well: a distribution's own record tells of them."""
    site.joinpath("acme_x.py").write_text("A = 1\n")
    site.joinpath("acme_y.py").unlink()

    findings = _audit(site)

    assert _told(findings) == [
        (Fault.FILE_CHANGED, "acme-x", "acme_x.py", Level.ERROR),
        (Fault.FILE_MISSING, "acme-y", "acme_y.py", Level.ERROR),
    ]
    assert findings[0].message == "has other content than was installed: reinstall acme-x"


def test_records_that_are_missing_or_damaged_are_findings(site: Path) -> None:
    """Of one that was never there nobody can say more; the damaged one is told once, with a lock as well."""
    lock = _lock(site)
    site.joinpath("acme_x-1.0.dist-info", "RECORD").write_text("nonsense\n")
    site.joinpath("acme_y-1.0.dist-info", "RECORD").unlink()

    assert _told(_audit(site, lock)) == [
        (Fault.RECORD_UNREADABLE, "acme-x", "RECORD", Level.ERROR),
        (Fault.RECORD_CHANGED, "acme-y", "RECORD", Level.ERROR),
        (Fault.RECORD_MISSING, "acme-y", "RECORD", Level.WARNING),
    ]


def test_a_lock_tells_what_came_went_and_changed(site: Path, tmp_path: Path) -> None:
    """Another version, other files with a record that fits them, what is new, and what is gone."""
    lock = _lock(site)
    newer = plugin_wheels.build(tmp_path / "n", "acme-x", {"x": "acme_x"}, {"acme_x.py": ""}, version="2.0")
    other = plugin_wheels.build(tmp_path / "n", "acme-y", {"y": "acme_y"}, {"acme_y.py": "B = 1\n"})
    new = plugin_wheels.build(tmp_path / "n", "acme-new", {"n": "acme_n"}, {"acme_n.py": ""})
    shutil.rmtree(site)
    plugin_wheels.install(site, newer, other, new)
    gone = LockedPlugin("Acme-Gone", "1.0")

    findings = _audit(site, Lock(lock.path, {**lock.plugins, "acme-gone": gone}))

    assert _told(findings) == [
        (Fault.NOT_INSTALLED, "Acme-Gone", "plugins.lock", Level.ERROR),
        (Fault.NOT_LOCKED, "acme-new", "plugins.lock", Level.ERROR),
        (Fault.VERSION_CHANGED, "acme-x", "plugins.lock", Level.ERROR),
        (Fault.RECORD_CHANGED, "acme-y", "RECORD", Level.ERROR),
    ]
    assert "geppetto plugins sync" in findings[0].message


def test_what_only_does_not_name_is_a_finding(site: Path) -> None:
    """A distribution of which one contribution is named is named."""
    some = PluginPolicy(only=frozenset({"engine:x"}), source={"only": "plugins.toml:2"})
    none = PluginPolicy(only=frozenset({"acme-z"}))

    [finding] = _audit(site, policy=some)

    assert (finding.fault, finding.distribution, finding.file) == (
        Fault.NOT_ALLOWED,
        "acme-y",
        "plugins.toml:2",
    )
    assert {each.distribution for each in _audit(site, policy=none)} == {"acme-x", "acme-y"}


def test_code_at_the_start_of_python_is_an_error_of_plugins_and_of_nobody(site: Path, tmp_path: Path) -> None:
    """A tool that is no plugin may have it, as long as its file is the one it brought."""
    plugin = plugin_wheels.build(tmp_path, "acme-s", {"s": "acme_s"}, {"acme_s.py": "", "plugin.pth": STARTS})
    tools = [
        plugin_wheels.build(tmp_path, name, {}, {f"{name}.py": "", f"{name}.pth": STARTS}, group="other")
        for name in ("honest", "changed")
    ]
    plugin_wheels.install(site, plugin, *tools)
    site.joinpath("changed.pth").write_text("import sys\n")
    site.joinpath("stranger.pth").write_text("import sys\n")
    site.joinpath("paths.pth").write_text("/somewhere\n")

    findings = _audit(site, _lock(site))

    assert _told(findings) == [
        (Fault.STARTUP_CODE, "", "stranger.pth", Level.ERROR),
        (Fault.STARTUP_CODE, "acme-s", "plugin.pth", Level.ERROR),
        (Fault.STARTUP_CODE, "changed", "changed.pth", Level.ERROR),
        (Fault.STARTUP_CODE, "honest", "honest.pth", Level.WARNING),
    ]
    assert STARTS.strip() in findings[1].message
    assert "belongs to no distribution" in findings[0].message


def test_an_editable_plugin_that_was_locked_as_one_is_only_a_warning(site: Path, tmp_path: Path) -> None:
    """Its code is its developer's, and so is the `.pth` file that build tools make for it; unlocked it is an error."""
    wheel = plugin_wheels.build(tmp_path, "acme-e", {"e": "acme_e"}, {"acme_e.py": ""})
    plugin_wheels.install(site, wheel, editable=True)
    info, pth = site / "acme_e-1.0.dist-info", next(site.glob("*acme_e.pth"))
    pth.write_text("import acme_e_finder\n")
    lines = [line for line in info.joinpath("RECORD").read_text().splitlines() if ".pth" not in line]
    info.joinpath("RECORD").write_text("\n".join([*lines, f"{pth.name},{_hash(pth)},1", ""]))

    assert _told(_audit(site, _lock(site))) == [
        (Fault.EDITABLE, "acme-e", "acme-e-1.0-source", Level.WARNING),
        (Fault.STARTUP_CODE, "acme-e", pth.name, Level.WARNING),
    ]
    assert _told(_audit(site)) == [(Fault.STARTUP_CODE, "acme-e", pth.name, Level.ERROR)]


def _hash(file: Path) -> str:
    from base64 import urlsafe_b64encode
    from hashlib import sha256

    return f"sha256={urlsafe_b64encode(sha256(file.read_bytes()).digest()).decode().rstrip('=')}"


def test_a_startup_file_that_cannot_be_read_is_an_error(site: Path) -> None:
    """Nobody can tell what it runs; it hides no other."""
    site.joinpath("folder.pth").mkdir()
    site.joinpath("later.pth").write_text("import sys\n")

    findings = _audit(site)

    assert _told(findings) == [
        (Fault.STARTUP_CODE, "", "folder.pth", Level.ERROR),
        (Fault.STARTUP_CODE, "", "later.pth", Level.ERROR),
    ]
    assert findings[0].message.startswith("cannot be read")


def test_the_files_of_this_python_are_looked_at_by_default() -> None:
    """The core's own files are as they were installed, and its distribution is no plugin that could be unlocked."""
    findings = audit(Lock(Path("plugins.lock")), PluginPolicy())

    assert [each for each in findings if each.distribution == "geppetto"] == []
    assert all(each.fault is not Fault.NOT_INSTALLED for each in findings)
