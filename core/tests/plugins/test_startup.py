"""Code that runs at every start of Python is found, with whose it is."""

from __future__ import annotations

import site
import sys
from pathlib import Path

import plugin_wheels
import pytest
from geppetto.plugins.startup import site_folders, startup_code


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Give a folder in which a plugin is installed that brings a `.pth` file with code."""
    files = {"acme_x.py": "", "acme.pth": "# first\nimport os; os.environ['ACME'] = '1'\n/some/path\n"}
    wheel = plugin_wheels.build(tmp_path, "acme-x", {"x": "acme_x"}, files)
    plugin_wheels.install(tmp_path / "site", wheel)
    return tmp_path / "site"


def test_a_file_with_code_has_its_owner(folder: Path) -> None:
    """With the line that runs; a change after the installation is seen."""
    [code] = startup_code([str(folder)])
    folder.joinpath("acme.pth").write_text("import sys\n")
    [changed] = startup_code([str(folder)])

    assert (code.file, code.owner, code.genuine) == (folder / "acme.pth", "acme-x", True)
    assert code.line == "import os; os.environ['ACME'] = '1'"
    assert (changed.owner, changed.genuine) == ("acme-x", False)


@pytest.mark.parametrize(
    ("content", "runs"),
    [
        (b"import os\n", True),
        (b"import\tos\n", True),
        (b"\xef\xbb\xbfimport os\n", True),
        (b"/a/path\r\nimport os\r\n", True),
        (b"import caf\xe9\n", True),
        (b"/a/path\x0cimport os", True),
        (b"/a/path\n# import os\n", False),
        (b"important\n", False),
        (b" import os\n", False),
        (b"", False),
    ],
)
def test_code_is_what_python_runs(tmp_path: Path, content: bytes, runs: bool) -> None:
    """Paths and comments run nothing; a file of nobody's has no owner."""
    tmp_path.joinpath("any.pth").write_bytes(content)
    tmp_path.joinpath("any.txt").write_bytes(b"import os\n")

    found = startup_code([str(tmp_path), str(tmp_path / "absent")])

    assert [(code.owner, code.genuine) for code in found] == ([("", False)] if runs else [])


def test_the_file_of_virtualenv_is_known_by_its_content(tmp_path: Path) -> None:
    """No RECORD names it; with one more line it is nobody's."""
    file = tmp_path / "_virtualenv.pth"
    file.write_text("import _virtualenv\n")
    [known] = startup_code([str(tmp_path)])
    file.write_text("import _virtualenv\nimport evil\n")
    [other] = startup_code([str(tmp_path)])

    assert (known.owner, known.genuine) == ("virtualenv", True)
    assert (other.owner, other.genuine) == ("", False)


def test_a_damaged_record_owns_nothing(folder: Path) -> None:
    """What it says cannot be compared."""
    folder.joinpath("acme_x-1.0.dist-info", "RECORD").write_text("acme.pth,what\n")

    assert [code.owner for code in startup_code([str(folder)])] == [""]


def test_the_folders_are_those_of_this_python() -> None:
    """Each once, with the one that plugins are installed into."""
    folders = site_folders()

    assert set(site.getsitepackages()) <= set(folders)
    assert len(folders) == len(set(folders))
    assert {str(Path(folder).resolve()) for folder in folders} & {
        str(Path(entry).resolve()) for entry in sys.path
    }
