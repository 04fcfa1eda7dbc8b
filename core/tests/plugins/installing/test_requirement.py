"""What somebody wants installed is read for its name, and never passed on as an option."""

from __future__ import annotations

from pathlib import Path

import pytest
from geppetto.errors import PluginError
from geppetto.plugins.installing.requirement import Requirement, read_requirement


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Geppetto_Provider.Acme", "geppetto-provider-acme"),
        ("acme==1.2", "acme"),
        ("acme [x] >= 1, < 2 ; python_version > '3'", "acme"),
        ("acme @ https://example.com/acme.whl", "acme"),
        ("git+https://example.com/acme", ""),
        ("https://example.com/acme-1-py3-none-any.whl", ""),
    ],
)
def test_names_and_addresses_pass_as_they_are(tmp_path: Path, text: str, name: str) -> None:
    """The text stays what the user wrote; the name is known where a requirement begins with it."""
    (tmp_path / "acme").mkdir()  # a bare name is never a folder, as for pip

    assert read_requirement(text, tmp_path) == Requirement(text, name)


def test_paths_become_absolute_and_tell_their_names(tmp_path: Path) -> None:
    """Wheels are named by their file, projects by their pyproject.toml; extras stay."""
    (tmp_path / "acme_tools-1-py3-none-any.whl").write_text("")
    (tmp_path / "lib").mkdir()
    (tmp_path / "lib" / "pyproject.toml").write_text('[project]\nname = "Acme.Lib"\n')
    (tmp_path / "old").mkdir()

    wheel = read_requirement("./acme_tools-1-py3-none-any.whl[fast]", tmp_path)
    folder = read_requirement("lib", tmp_path, editable=True)
    old = read_requirement("./old", tmp_path)

    assert wheel == Requirement(f"{tmp_path.resolve()}/acme_tools-1-py3-none-any.whl[fast]", "acme-tools")
    assert folder == Requirement(str(tmp_path.resolve() / "lib"), "acme-lib", editable=True)
    assert old.name == ""


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("--index-url=http://evil.example", "like an option"),
        (" -r file", "like an option"),
        ("", "it is empty"),
        ("a\n--pre", "cannot be printed"),
        ("./nowhere", "there is no"),
        ("nowhere-1-py3-none-any.whl", "there is no"),
        ("Geppetto>=9", "no plugin"),
    ],
)
def test_options_and_what_is_not_there_are_refused(tmp_path: Path, text: str, says: str) -> None:
    """Nothing that an installer would take for an option reaches one."""
    with pytest.raises(PluginError, match=says) as refused:
        read_requirement(text, tmp_path)

    assert refused.value.code == "PLUGIN_REQUIREMENT"
    assert refused.value.next_step


def test_only_a_folder_is_editable(tmp_path: Path) -> None:
    """A wheel cannot be installed editable."""
    (tmp_path / "a-1-py3-none-any.whl").write_text("")

    with pytest.raises(PluginError, match="only the folder"):
        read_requirement("a-1-py3-none-any.whl", tmp_path, editable=True)
