"""Which files somebody may use who may not use all."""

from pathlib import Path

import pytest
from geppetto.errors import UsageError
from geppetto.reach import Reach


def test_nothing_is_granted_without_a_folder(tmp_path: Path) -> None:
    """Not even what does not exist."""
    reach = Reach()

    assert not reach.reads(tmp_path / "x")
    assert not reach.writes(tmp_path / "x")


def test_a_folder_grants_what_is_below_it(tmp_path: Path) -> None:
    """By its real place: `..` and links lead nowhere else; what may be written may be read."""
    inside, outside = tmp_path / "in", tmp_path / "out"
    inside.mkdir()
    outside.mkdir()
    (inside / "link").symlink_to(outside)
    reach = Reach(read=(inside,), write=(inside / "own",))

    assert reach.reads(inside / "deep" / "x")
    assert reach.reads(inside / "own" / "x")
    assert reach.writes(inside / "own" / "x")
    assert not reach.writes(inside / "x")
    assert not reach.reads(inside / ".." / "out" / "x")
    assert not reach.reads(inside / "link" / "x")
    assert not reach.reads(tmp_path / "inside")


@pytest.mark.parametrize("name", ["a\0b", "loop/x", "~nobody-of-that-name/x"])
def test_what_can_be_no_file_is_not_granted(tmp_path: Path, name: str) -> None:
    """Names that no file has, links that lead in a circle, homes that nobody knows."""
    (tmp_path / "in").mkdir()
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    reach = Reach(read=(tmp_path / "in",))

    assert not reach.reads(name if name.startswith("~") else f"{tmp_path}/{name}")


def test_a_refusal_is_the_same_whether_the_file_exists(tmp_path: Path) -> None:
    """The difference would tell."""
    (tmp_path / "there").touch()
    texts = []

    for name in ("there", "gone"):
        with pytest.raises(UsageError) as caught:
            Reach().check_read(tmp_path / name, "file")
        assert caught.value.code == "OUT_OF_REACH"
        texts.append(caught.value.message.replace(name, "x"))

    assert texts[0] == texts[1]
