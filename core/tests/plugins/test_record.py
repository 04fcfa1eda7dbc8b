"""RECORD tells which files changed since an installer wrote them, and how a record is damaged."""

from __future__ import annotations

import os
import shutil
import zipfile
from pathlib import Path
from typing import Any

import plugin_wheels
import pytest
from geppetto.plugins.discovery import distribution_of
from geppetto.plugins.record import RecordUnreadable, differences, record_digest, recorded

FILES = {"acme_x.py": "A = 1\n", "acme_more.py": "B = 2\n"}


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """Give a folder with an installed plugin of two modules."""
    wheel = plugin_wheels.build(tmp_path, "acme-x", {"x": "acme_x"}, FILES)
    plugin_wheels.install(tmp_path / "site", wheel)
    return tmp_path / "site"


def _found(site: Path) -> Any:
    return distribution_of("acme-x", [str(site)])


def _record(site: Path) -> Path:
    return site / "acme_x-1.0.dist-info" / "RECORD"


def test_what_was_just_installed_has_no_difference(site: Path) -> None:
    """Neither has it with byte code that was compiled since, whether RECORD names it or not."""
    site.joinpath("__pycache__").mkdir()
    site.joinpath("__pycache__", "acme_x.cpython-311.pyc").write_bytes(b"compiled")
    digest = record_digest(_found(site))
    with _record(site).open("a") as file:
        file.write("__pycache__/acme_x.cpython-311.pyc,,\n")

    files = {each.path for each in recorded(_found(site)) or ()}

    assert list(differences(_found(site))) == []
    assert {"acme_x.py", "acme_more.py"} <= files
    assert not any("__pycache__" in file or file.endswith("RECORD") for file in files)
    assert record_digest(_found(site)) == digest


def test_a_changed_file_and_one_that_is_gone_are_told_apart(site: Path) -> None:
    """Each by the path that RECORD has."""
    site.joinpath("acme_x.py").write_text("A = 2\n")
    site.joinpath("acme_more.py").unlink()

    found = {each.path: each.missing for each in differences(_found(site))}

    assert found == {"acme_x.py": False, "acme_more.py": True}


def test_what_can_be_no_file_is_a_difference_and_is_not_opened(site: Path) -> None:
    """A pipe would never end, and a folder has no content."""
    for name in FILES:
        site.joinpath(name).unlink()
    os.mkfifo(site / "acme_x.py")
    site.joinpath("acme_more.py").mkdir()

    assert {each.problem for each in differences(_found(site))} == {"is no file"}


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("acme_x.py,sha256", "no path,hash,size"),
        (",sha256=abc,3", "no path,hash,size"),
        ("acme_x.py,sha256=,3", "no path,hash,size"),
        ("acme_x.py", "no path,hash,size"),
        ("acme_x.py,rot13=abc,3", "the hash 'rot13'"),
        ("acme_x.py,shake_128=abc,3", "the hash 'shake_128'"),
        ('"' + "x" * 200_000, "no table"),
    ],
)
def test_a_damaged_record_says_how(site: Path, line: str, problem: str) -> None:
    """A line that says nothing must not pass for a file that is all right."""
    _record(site).write_text(f"{line}\n")

    with pytest.raises(RecordUnreadable, match=problem):
        list(differences(_found(site)))


def test_a_record_that_is_no_text_is_damaged(site: Path) -> None:
    """Bytes that no encoding reads."""
    _record(site).write_bytes(b"\xff\xfe\x00,,\n")

    with pytest.raises(RecordUnreadable, match="cannot be read"):
        recorded(_found(site))


def test_the_hash_is_the_one_that_record_names(site: Path) -> None:
    """SHA-512 is compared as such, and padding of the text does not count."""
    import base64
    import hashlib

    digest = base64.urlsafe_b64encode(hashlib.sha512(FILES["acme_x.py"].encode()).digest()).decode()
    _record(site).write_text(f"acme_x.py,SHA512={digest},6\n")

    same = list(differences(_found(site)))
    site.joinpath("acme_x.py").write_text("A = 9\n")

    assert same == []
    assert [each.path for each in differences(_found(site))] == ["acme_x.py"]


def test_without_a_record_nothing_is_known(site: Path) -> None:
    """No digest, no difference, and None instead of a list."""
    _record(site).unlink()

    assert recorded(_found(site)) is None
    assert (record_digest(_found(site)), list(differences(_found(site)))) == ("", [])


@pytest.mark.parametrize(
    ("line", "counts"),
    [
        ("acme_new.py,sha256=abc,3", True),
        ("acme_x-1.0.dist-info/entry_points.txt,sha256=abc,3", True),
        ("acme_x-1.0.dist-info/INSTALLER,sha256=abc,3", False),
        ("acme_x-1.0.dist-info/some_cache.json,sha256=abc,3", False),
        ("../../../bin/acme,sha256=abc,3", False),
        ("acme_x.pyc,,", False),
    ],
)
def test_the_digest_is_of_what_the_wheel_brought(site: Path, line: str, counts: bool) -> None:
    """What installers add, and scripts that name this very Python, leave it as it is."""
    before = record_digest(_found(site))
    with _record(site).open("a") as file:
        file.write(f"{line}\n")

    assert (record_digest(_found(site)) != before) is counts


def test_a_distribution_in_a_zip_file_is_compared_too(site: Path, tmp_path: Path) -> None:
    """Python imports from a wheel on its path, and metadata are read from there."""
    wheel = next(tmp_path.joinpath("wheels").glob("*.whl"))
    changed = tmp_path / "changed.whl"
    with zipfile.ZipFile(wheel) as old, zipfile.ZipFile(changed, "w") as new:
        for item in old.infolist():
            text = b"A = 3\n" if item.filename == "acme_x.py" else old.read(item)
            new.writestr(item.filename, text)
    shutil.rmtree(site)

    assert list(differences(_found(wheel))) == []
    assert [each.path for each in differences(_found(changed))] == ["acme_x.py"]
