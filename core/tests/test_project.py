"""Where the files of a project are found."""

from pathlib import Path

from geppetto.project import project_file


def test_the_project_ends_at_the_git_root(tmp_path: Path) -> None:
    """A plugins.toml is found upwards to the git root and not above; without a git root in the folder alone."""
    _write(tmp_path, "")
    inner = tmp_path / "repository" / "a" / "b"
    inner.mkdir(parents=True)

    assert project_file(inner, "plugins.toml") is None
    (tmp_path / "repository" / ".git").mkdir()
    assert project_file(inner, "plugins.toml") is None
    file = _write(tmp_path / "repository", "")
    assert project_file(inner, "plugins.toml") == file
    assert project_file(tmp_path, "plugins.toml") == tmp_path / "plugins.toml"
