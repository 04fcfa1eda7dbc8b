"""Files written in one step."""

import stat
from pathlib import Path

import pytest
from geppetto.atomic import write_atomically


def test_a_new_file_is_its_owners_alone_and_an_old_one_keeps_its_permissions(tmp_path: Path) -> None:
    """Folders are made on the way."""
    path = tmp_path / "new" / "a.yaml"

    write_atomically(path, "one")
    first = stat.S_IMODE(path.stat().st_mode)
    path.chmod(0o640)
    write_atomically(path, b"two", durable=False)

    assert (first, stat.S_IMODE(path.stat().st_mode), path.read_text()) == (0o600, 0o640, "two")


def test_a_write_that_fails_leaves_the_old_file_and_nothing_beside_it(tmp_path: Path) -> None:
    """A text that has no UTF-8 form is found out after the new file was made."""
    path = tmp_path / "a.yaml"
    write_atomically(path, "old")

    with pytest.raises(UnicodeEncodeError):
        write_atomically(path, "\ud800")

    assert [each.name for each in tmp_path.iterdir()] == ["a.yaml"]
    assert path.read_text() == "old"
