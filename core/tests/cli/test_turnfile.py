"""`run --save`, `--load` and `-a`: turns in files, files in prompts."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from geppetto import turns

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable
    from pathlib import Path

    Geppetto = Callable[..., subprocess.CompletedProcess[str]]


@pytest.mark.parametrize("suffix", ["yaml", "json"])
def test_a_run_goes_on_from_a_saved_turn(suffix: str, geppetto: Geppetto, tmp_path: Path) -> None:
    """What one run saves, the next one loads."""
    file = tmp_path / f"turn.{suffix}"
    geppetto("run", "one", "-e", "echo", "--save", str(file))

    done = geppetto("run", "two", "-e", "echo", "--load", str(file), "--json")

    texts = [block["payload"]["text"] for block in json.loads(done.stdout)["turn"]["blocks"]]
    assert texts == ["one", "one", "two", "two"]


def test_a_broken_file_is_told_with_its_place(geppetto: Geppetto, tmp_path: Path) -> None:
    """A file that is no turn ends with 2 and names the file and what is wrong."""
    file = tmp_path / "turn.yaml"
    file.write_text("blocks:\n- kind: user\n  paylod: {}\n", "utf-8")

    done = geppetto("run", "two", "-e", "echo", "--load", str(file))

    assert done.returncode == 2
    assert "turn.yaml" in done.stderr
    assert "did you mean payload" in done.stderr


def test_dangling_calls_of_a_loaded_turn_are_repaired_and_reported(
    geppetto: Geppetto, tmp_path: Path
) -> None:
    """A call without a result is answered as lost before anything is sent."""
    file = tmp_path / "turn.yaml"
    file.write_text(turns.to_yaml(turns.turn().user("go").tool_call("x", id="c").build()), "utf-8")

    done = geppetto("run", "on", "-e", "echo", "--load", str(file), "--json")

    assert "1 tool calls" in done.stderr
    assert (
        json.loads(done.stdout)["turn"]["blocks"][2]["payload"]["error"] == "the result of this call was lost"
    )


def test_files_are_attached_to_the_prompt(geppetto: Geppetto, tmp_path: Path) -> None:
    """Images, documents and URLs become parts of the user block."""
    (tmp_path / "a.png").write_bytes(b"\x89PNG")
    (tmp_path / "b.pdf").write_bytes(b"%PDF")

    done = geppetto(
        "run", "see", "-e", "echo", "--json",
        "-a", str(tmp_path / "a.png"), "-a", str(tmp_path / "b.pdf"), "-a", "https://example.org/c.jpg",
    )  # fmt: skip

    parts = json.loads(done.stdout)["turn"]["blocks"][0]["payload"]["parts"]
    assert [part["type"] for part in parts] == ["image", "document", "image"]
    assert parts[0]["media_type"] == "image/png"
    assert parts[2]["url"] == "https://example.org/c.jpg"


def test_an_attachment_that_is_not_there_is_refused(geppetto: Geppetto) -> None:
    """A missing file ends with 2."""
    done = geppetto("run", "see", "-e", "echo", "-a", "nowhere.png")

    assert done.returncode == 2
    assert "nowhere.png: cannot be read" in done.stderr
