"""What the documentation shows works: every Python block runs, every command does what it says."""

import functools
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md")), *sorted(ROOT.glob("*/*/README.md"))]
_BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
#: a block that a reader is told to save under a name
_FILE = re.compile(r"^<!-- file: (\S+) -->\n```\w+\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"\]\((?!https?:|#)([^)#]+)")

#: commands that a test of the documentation cannot run, and why
ELSEWHERE = {
    "bash .ci/run": "it runs this very test",
    "OPENAI_API_KEY=sk-...": "it needs a key; tests/test_end_to_end.py runs it against a local server",
    "cd geppetto-provider-parrot": "tests/test_provider_page.py follows the page",
    "pip install geppetto-provider": "tests/test_wheels.py installs the packages",
    "pip install geppetto-js": "tests/test_wheels.py installs the packages",
}


@dataclass(frozen=True)
class Block:
    """One block of code on a page."""

    page: Path
    language: str
    text: str

    def __str__(self) -> str:
        return f"{self.page.relative_to(ROOT)}:{self.text.strip().splitlines()[0][:40]}"


BLOCKS = [
    Block(page, language, text)
    for page in PAGES
    for language, text in _BLOCK.findall(page.read_text("utf-8"))
]
COMMANDS = [
    (block, line)
    for block in BLOCKS
    if block.language in {"bash", "console", "sh"}
    for line in block.text.splitlines()
    if line.strip() and not line.startswith("#")
]


def _run(command: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    env = {**os.environ, "GEPPETTO_HOME": str(folder / "home"), "NO_COLOR": "1"}
    return subprocess.run(
        command, capture_output=True, text=True, cwd=folder, env=env, check=False, timeout=120
    )


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Path], Path]:
    """Give a function from a page to the folder that its reader works in, the same for all of its commands."""
    return functools.cache(lambda page: _with_files(page, tmp_path_factory.mktemp(page.stem)))


def _with_files(page: Path, folder: Path) -> Path:
    """Save the files that a page shows, as its reader does."""
    for name, text in _FILE.findall(page.read_text("utf-8")):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, "utf-8")
    return folder


@pytest.mark.parametrize("block", [b for b in BLOCKS if b.language == "python"], ids=str)
def test_a_python_block_runs(block: Block, tmp_path: Path) -> None:
    """A block of Python runs by itself, as a reader would paste it."""
    _with_files(block.page, tmp_path)
    script = tmp_path / "block.py"
    script.write_text(block.text, "utf-8")

    done = _run([sys.executable, "-W", "error", str(script)], tmp_path)

    assert done.returncode == 0, done.stderr


@pytest.mark.parity(105)
@pytest.mark.parity(247)
@pytest.mark.parity(248)
@pytest.mark.parametrize("block", [b for b in BLOCKS if b.language == "js"], ids=str)
def test_a_javascript_block_runs(block: Block, tmp_path: Path) -> None:
    """As a reader would save it and run it, with the options that its first line may tell."""
    _with_files(block.page, tmp_path)
    script = tmp_path / "block.js"
    script.write_text(block.text, "utf-8")

    told = re.match(r"// geppetto js run \S+ (.*)", block.text)
    options = shlex.split(told[1]) if told else []

    done = _run([sys.executable, "-m", "geppetto", "js", "run", str(script), *options], tmp_path)

    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(("block", "line"), COMMANDS, ids=[line for _, line in COMMANDS])
def test_a_command_works(block: Block, line: str, folders: Callable[[Path], Path]) -> None:
    """A command line exits with 0; the set-up in front of it is what made this environment."""
    if any(line.startswith(prefix) for prefix in ELSEWHERE):
        return
    command = (
        line.rsplit(" && ", maxsplit=1)[-1].replace(".venv/bin/uv run --all-packages ", "").removeprefix("$ ")
    )
    words = shlex.split(command)
    assert words[0] in {"geppetto", "pytest"}, f"{line!r}: a documented command that no test can run"

    done = _run([sys.executable, "-m", *words], folders(block.page))

    assert done.returncode == 0, done.stderr


def test_the_main_job_answers(tmp_path: Path) -> None:
    """The README's first command prints the answer."""
    [line] = [line for block, line in COMMANDS if block.page == ROOT / "README.md" and "6 times 7" in line]

    done = _run([sys.executable, "-m", *shlex.split(line.split("--all-packages ")[-1])], tmp_path)

    assert done.stdout.strip() == "6 * 7 = 42"


@pytest.mark.parity(214)
@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    """Every relative link on a page names a file that exists."""
    missing = [link for link in _LINK.findall(page.read_text("utf-8")) if not (page.parent / link).exists()]

    assert missing == []


def test_the_architecture_page_lists_every_layer() -> None:
    """The layers that the linter holds are those that the page explains."""
    import tomllib

    config = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    layers = config["tool"]["importlinter"]["contracts"][0]["layers"]
    page = (ROOT / "docs" / "architecture.md").read_text("utf-8")

    names = [name.strip() for layer in layers for name in re.split(r"[|:]", layer)]

    assert [name for name in names if f"`{name}`" not in page] == []


@pytest.mark.parity(212)
@pytest.mark.parity(369)
def test_what_breaks_has_a_note_for_migration() -> None:
    """The cut-over of profiles, and old profile files."""
    page = (ROOT / "docs" / "migrate-from-go.md").read_text("utf-8")

    for word in ("fromProfile", "PROFILE_REGISTRY_NOT_CONFIGURED", "migrate-legacy", "create_engine_factory"):
        assert word in page
