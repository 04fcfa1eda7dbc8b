"""Standard streams that are closed, full, gone or poor in characters: short errors, and never a bug's."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

FULL = Path("/dev/full")
needs_full = pytest.mark.skipif(not FULL.exists(), reason="no /dev/full on this platform")


def _shell(line: str, tmp_path: Path, **env: str) -> subprocess.CompletedProcess[str]:
    """Run a line of a shell in which $G is the command line."""
    own = {"GEPPETTO_HOME": str(tmp_path / "home"), "G": f"{sys.executable} -m geppetto", **env}
    return subprocess.run(
        ["bash", "-c", line], capture_output=True, text=True, check=False, cwd=tmp_path, timeout=60,
        env={**os.environ, **own}, stdin=subprocess.DEVNULL,
    )  # fmt: skip


@needs_full
@pytest.mark.parametrize("unbuffered", ["", "1"])
@pytest.mark.parametrize("words", ["run hi", "run --json hi", "run --events hi", "plugins list", "--version"])
def test_a_full_disk_is_one_short_error(words: str, unbuffered: str, tmp_path: Path) -> None:
    """Whatever a command prints, the error is told on stderr and Python adds nothing."""
    done = _shell(f"$G {words} >/dev/full", tmp_path, PYTHONUNBUFFERED=unbuffered)

    assert done.returncode == 1
    assert done.stderr.startswith("error: standard output cannot be written: No space left on device\n")
    assert "code:  OUTPUT_FAILED\n" in done.stderr
    assert "Traceback" not in done.stderr
    assert "ignored" not in done.stderr


@needs_full
def test_an_error_that_stdout_does_not_take_is_told_on_stderr(tmp_path: Path) -> None:
    """With --json as well; the exit code is the error's own."""
    done = _shell("$G run -e ecko --json hi >/dev/full", tmp_path)

    assert done.returncode == 3
    assert "code:  ENGINE_NOT_FOUND\n" in done.stderr


@needs_full
@pytest.mark.parametrize(("words", "code"), [("run -e echo hi", 0), ("run -e ecko hi", 3)])
def test_stderr_that_cannot_be_written_changes_nothing(words: str, code: int, tmp_path: Path) -> None:
    """The exit code is the same, and what goes to stdout comes."""
    done = _shell(f"$G {words} 2>/dev/full", tmp_path)

    assert (done.returncode, done.stdout) == (code, "" if code else "hi\n")


def test_a_closed_stdout_is_told(tmp_path: Path) -> None:
    """There is nothing to print to, and that is said."""
    done = _shell("$G run -e echo hi >&-", tmp_path)

    assert done.returncode == 1
    assert "standard output cannot be written: Bad file descriptor" in done.stderr


def test_closed_stdin_and_stderr_are_as_good_as_empty_ones(tmp_path: Path) -> None:
    """Neither is needed for a prompt that is given and a reply that is good."""
    done = _shell("$G run -e echo hi <&- 2>&-", tmp_path)

    assert (done.returncode, done.stdout) == (0, "hi\n")


@pytest.mark.parametrize("option", ["", "--json", "--events"])
def test_characters_that_an_encoding_lacks_are_escaped(option: str, tmp_path: Path) -> None:
    r"""As in JSON, so that JSON stays JSON."""
    done = _shell(f"$G run -e echo {option} 'Zürich 😀'", tmp_path, PYTHONIOENCODING="ascii:strict")

    assert done.returncode == 0, done.stderr
    documents = [json.loads(f'"{done.stdout.strip()}"')] if not option else [done.stdout]
    if option == "--events":
        documents = [json.loads(line).get("text") for line in done.stdout.splitlines()]
    if option == "--json":
        documents = [block["payload"]["text"] for block in json.loads(done.stdout)["turn"]["blocks"]]
    assert "Zürich 😀" in documents


def test_a_file_that_cannot_be_used_is_no_bug(tmp_path: Path) -> None:
    """The error names the file, and none of the helpers that were to be written beside it."""
    tmp_path.joinpath("home").touch()

    made = _shell("$G plugins new provider acme --folder home/acme", tmp_path)
    stored = _shell("echo key | $G keys set openai", tmp_path)

    for done in (made, stored):
        assert done.returncode == 1
        assert "code:  FILE_NOT_USABLE\n" in done.stderr
        assert "next:  see what is there: ls -ld " in done.stderr
    assert "error: home/acme: Not a directory\n" in made.stderr
    assert f"error: {tmp_path}/home/" in stored.stderr


def test_profiles_that_cannot_be_read_are_no_bug(tmp_path: Path) -> None:
    """The user's own file, which is read for every profile, and written."""
    tmp_path.joinpath("p.yaml").write_text("slug: coder\n")
    file = tmp_path / "home" / "config" / "profiles.yaml"
    file.mkdir(parents=True)

    for words in ("run -p coder hi", "profiles create p.yaml"):
        done = _shell(f"$G {words}", tmp_path)

        assert f"error: {file}: Is a directory\n" in done.stderr
        assert "code:  FILE_NOT_USABLE\n" in done.stderr
