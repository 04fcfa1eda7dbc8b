"""Where the files of a project are found."""

from pathlib import Path

from geppetto.project import project_file


def test_a_project_ends_at_the_git_root(tmp_path: Path) -> None:
    """A file is found upwards to the git root and not above; without a git root in the folder alone."""
    (tmp_path / "own.toml").touch()
    root = tmp_path / "repository"
    inner = root / "a" / "b"
    inner.mkdir(parents=True)

    assert project_file(inner, "own.toml") is None
    (root / ".git").mkdir()
    assert project_file(inner, "own.toml") is None
    (root / "own.toml").touch()
    assert project_file(inner, "own.toml") == root / "own.toml"
    assert project_file(tmp_path, "own.toml") == tmp_path / "own.toml"
