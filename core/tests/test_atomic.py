"""Files written in one step."""

import stat
from pathlib import Path

import pytest
from geppetto.atomic import check_writable, make_private, write_atomically


def test_a_new_file_is_its_owners_alone_and_an_old_one_keeps_its_permissions(tmp_path: Path) -> None:
    """Folders are made on the way."""
    path = tmp_path / "new" / "a.yaml"

    write_atomically(path, "one")
    first = stat.S_IMODE(path.stat().st_mode)
    path.chmod(0o640)
    write_atomically(path, b"two", durable=False)

    assert (first, stat.S_IMODE(path.stat().st_mode), path.read_text()) == (0o600, 0o640, "two")


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    """What it leads to is written, in its own folder, also where that is not there yet: people link to their dotfiles."""
    (tmp_path / "dotfiles").mkdir()
    link, far = tmp_path / "a.yaml", tmp_path / "dotfiles" / "a.yaml"
    link.symlink_to(Path("between.yaml"))
    (tmp_path / "between.yaml").symlink_to(Path("dotfiles") / "a.yaml")

    write_atomically(link, "one")
    far.chmod(0o640)
    write_atomically(link, "two")

    assert (link.is_symlink(), far.is_symlink(), far.read_text()) == (True, False, "two")
    assert stat.S_IMODE(far.stat().st_mode) == 0o640
    assert [each.name for each in far.parent.iterdir()] == ["a.yaml"]


def test_a_write_that_fails_leaves_the_old_file_and_nothing_beside_it(tmp_path: Path) -> None:
    """A text that has no UTF-8 form is found out after the new file was made."""
    path = tmp_path / "a.yaml"
    write_atomically(path, "old")

    with pytest.raises(UnicodeEncodeError):
        write_atomically(path, "\ud800")

    assert [each.name for each in tmp_path.iterdir()] == ["a.yaml"]
    assert path.read_text() == "old"


def test_an_error_names_what_was_meant(tmp_path: Path) -> None:
    """The file, not the one that is written beside it; or the folder, where that cannot be."""
    (tmp_path / "file").touch()

    with pytest.raises(OSError, match="directory") as taken:
        write_atomically(tmp_path, "x")
    with pytest.raises(FileExistsError) as below:
        write_atomically(tmp_path / "file" / "a.yaml", "x")
    with pytest.raises(IsADirectoryError) as told:
        check_writable(tmp_path)
    with pytest.raises(NotADirectoryError) as told_below:
        check_writable(tmp_path / "file" / "a.yaml")

    named = [caught.value.filename for caught in (taken, told)]
    assert named == [str(tmp_path)] * 2
    assert below.value.filename == str(tmp_path / "file")
    assert told_below.value.filename == str(tmp_path / "file" / "a.yaml")


def test_what_can_be_written_is_told_without_writing(tmp_path: Path) -> None:
    """Neither the file nor its folder is made."""
    check_writable(tmp_path / "new" / "folder" / "a.yaml")

    assert list(tmp_path.iterdir()) == []


def test_a_file_for_somebody_else_to_fill_is_its_owners_alone(tmp_path: Path) -> None:
    """One that is there is left as it is; a link that leads nowhere yet is followed; what cannot be made is told."""
    new, there, link = (tmp_path / name for name in ("new", "there", "link"))
    there.write_text("kept")
    there.chmod(0o644)
    link.symlink_to(tmp_path / "far")

    for path in (new, there, link):
        make_private(path)

    assert [stat.S_IMODE((tmp_path / name).stat().st_mode) for name in ("new", "there", "far")] == [
        0o600,
        0o644,
        0o600,
    ]
    assert there.read_text() == "kept"
    with pytest.raises(NotADirectoryError):
        make_private(there / "below")
