"""An environment is recognised by what its manager leaves in it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from geppetto.plugins.installing.environment import Facts, Manager, manager_of, read_facts

BASE = Path("/usr")


@pytest.mark.parametrize(
    ("file", "manager"),
    [
        ("uv-receipt.toml", Manager.UV_TOOL),
        ("pipx_metadata.json", Manager.PIPX),
        ("pyvenv.cfg", Manager.VENV),
        ("conda-meta/history", Manager.VENV),
    ],
)
def test_files_in_the_environment_tell_its_manager(tmp_path: Path, file: str, manager: Manager) -> None:
    """A receipt means uv tool, metadata pipx; an environment of its own is a virtual one, whatever else is in it."""
    (tmp_path / file).parent.mkdir(exist_ok=True)
    (tmp_path / file).write_text("")

    assert manager_of(read_facts({}, prefix=tmp_path, base_prefix=BASE, stdlib=tmp_path)) == manager


def test_a_python_of_its_own_is_conda_s_or_the_system_s_or_refuses(tmp_path: Path) -> None:
    """Without a virtual environment, conda-meta means conda; the file of PEP 668 goes before it."""

    def seen() -> Manager:
        return manager_of(read_facts({}, prefix=tmp_path, base_prefix=tmp_path, stdlib=tmp_path / "lib"))

    plain = seen()
    (tmp_path / "conda-meta").mkdir()
    conda = seen()
    (tmp_path / "lib").mkdir()
    (tmp_path / "lib" / "EXTERNALLY-MANAGED").write_text("[externally-managed]\n")

    assert (plain, conda, seen()) == (Manager.SYSTEM, Manager.CONDA, Manager.EXTERNAL)


def test_the_mark_of_the_system_does_not_count_for_virtual_environments(tmp_path: Path) -> None:
    """A virtual environment made from a managed Python may be changed."""
    (tmp_path / "EXTERNALLY-MANAGED").write_text("")

    facts = read_facts({}, prefix=tmp_path / "env", base_prefix=tmp_path, stdlib=tmp_path)

    assert manager_of(facts) == Manager.VENV


def test_programs_are_called_by_name_where_the_shell_finds_them(tmp_path: Path) -> None:
    """A uv on the PATH is `uv`, one that is only installed here is a module, one that is nowhere is nothing."""
    program = tmp_path / ("pipx.exe" if sys.platform == "win32" else "pipx")
    program.write_text("")
    program.chmod(0o755)

    facts = read_facts({"PATH": str(tmp_path)})

    assert facts.pipx == ("pipx",)
    assert facts.uv == (sys.executable, "-P", "-m", "uv")  # a tool of our own development


def test_a_real_virtual_environment_is_one(tmp_path: Path) -> None:
    """An environment that uv made is a virtual one, read from the interpreter's own folders."""
    folder = tmp_path / "env"
    uv = [sys.executable, "-m", "uv", "venv", "--quiet", "--offline", "--python", sys.executable, str(folder)]
    subprocess.run(uv, check=True)
    told = subprocess.run(
        [folder / "bin" / "python", "-c", "import sys; print(sys.prefix); print(sys.base_prefix)"],
        capture_output=True,
        text=True,
        check=True,
    )
    prefix, base = map(Path, told.stdout.splitlines())

    assert prefix == folder.resolve()
    assert manager_of(read_facts({}, prefix=prefix, base_prefix=base)) == Manager.VENV


def test_what_uv_throws_away_is_recognised() -> None:
    """The environment of one `uvx` run lies in uv's cache."""
    prefix = Path("/home/a/.cache/uv/archive-v0/tWWwMEfqoau8OYOK")

    assert manager_of(Facts(prefix, BASE, "python")) == Manager.UVX


def test_a_module_in_the_working_folder_is_not_installed(tmp_path: Path) -> None:
    """A pip.py beside the user does not make an environment one with pip."""
    (tmp_path / "pipx.py").write_text("")
    code = (
        "import sys; sys.path = [each for each in sys.path if 'site-packages' not in each]\n"
        "from geppetto.plugins.installing.environment import read_facts\n"
        "print(read_facts({'PATH': ''}).pipx)"
    )
    source = Path(__file__).parents[4] / "core" / "src"

    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env={"PYTHONPATH": str(source)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.stdout == "()\n", done.stderr
