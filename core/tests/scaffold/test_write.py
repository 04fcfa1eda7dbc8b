"""Packages written from templates."""

import tomllib
from pathlib import Path

import pytest
from geppetto.errors import InvalidOption
from geppetto.scaffold import write_package


def test_names_are_filled_in_everywhere(tmp_path: Path) -> None:
    """In paths, in the project file, in code, in cases; nothing of the template's own marks is left."""
    written = write_package("provider", "red-parrot", tmp_path / "new")

    texts = {path.relative_to(tmp_path / "new").as_posix(): path.read_text("utf-8") for path in written}
    project = tomllib.loads(texts["pyproject.toml"])["project"]
    assert project["name"] == "geppetto-provider-red-parrot"
    assert project["entry-points"]["geppetto.engines"] == {
        "red-parrot": "geppetto_provider_red_parrot.plugin"
    }
    assert "class RedParrotSettings" in texts["src/geppetto_provider_red_parrot/settings.py"]
    assert "RED_PARROT = EngineFactory(" in texts["src/geppetto_provider_red_parrot/plugin.py"]
    assert [path for path, text in texts.items() if "$" in text] == []
    for path, text in texts.items():
        if path.endswith(".py"):
            compile(text, path, "exec")


@pytest.mark.parametrize("name", ["", "Parrot", "a b", "-a", "a--b", "a/b", "1a", "ä"])
def test_a_name_that_is_none_is_refused(name: str, tmp_path: Path) -> None:
    """Nothing is written."""
    with pytest.raises(InvalidOption, match="no name"):
        write_package("provider", name, tmp_path / "new")

    assert not (tmp_path / "new").exists()


def test_files_that_are_there_are_kept(tmp_path: Path) -> None:
    """A folder with anything in it is refused; so is a kind without a template."""
    (tmp_path / "mine.txt").write_text("mine")

    with pytest.raises(InvalidOption, match="has files"):
        write_package("provider", "parrot", tmp_path)
    with pytest.raises(InvalidOption, match="no template"):
        write_package("soup", "parrot", tmp_path / "new")

    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]
