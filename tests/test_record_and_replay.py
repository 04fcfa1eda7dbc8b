"""`run --record`, `--record-http` and `--replay`, with a provider and a server that is gone when it is replayed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from geppetto.testing import Exchange, ReplayServer

KEY = "sk-canary-0123456789"
Geppetto = Callable[..., subprocess.CompletedProcess[str]]


def _chunks(*deltas: dict[str, object], reason: str = "stop") -> list[bytes]:
    found: list[dict[str, object]] = [{"index": 0, "delta": delta, "finish_reason": None} for delta in deltas]
    found.append({"index": 0, "delta": {}, "finish_reason": reason})
    lines = [
        f"data: {json.dumps({'id': 'c', 'model': 'm', 'choices': [choice]})}\n\n".encode() for choice in found
    ]
    return [*lines, b"data: [DONE]\n\n"]


def _stream(*deltas: dict[str, object], reason: str = "stop") -> Exchange:
    return Exchange(headers={"content-type": "text/event-stream"}, chunks=_chunks(*deltas, reason=reason))


CALL: dict[str, object] = {
    "index": 0,
    "id": "call_1",
    "type": "function",
    "function": {"name": "calculator", "arguments": '{"expression": "6*7"}'},
}
TALK = (
    _stream({"tool_calls": [CALL]}, reason="tool_calls"),
    _stream({"content": "It "}, {"content": "is 42."}),
)


@pytest.fixture
def geppetto(tmp_path: Path) -> Geppetto:
    """Give a function that runs the command line in an empty folder, with a key in the environment."""
    base = {name: value for name, value in os.environ.items() if "API_KEY" not in name}

    def run(*words: str | Path, **env: str) -> subprocess.CompletedProcess[str]:
        own = {"GEPPETTO_HOME": str(tmp_path / "home"), **env}
        return subprocess.run(
            [sys.executable, "-m", "geppetto", *(str(word) for word in words)],
            capture_output=True, text=True, check=False, cwd=tmp_path, timeout=60, env={**base, **own}, stdin=subprocess.DEVNULL,
        )  # fmt: skip

    return run


def _record(
    geppetto: Geppetto, option: str, path: Path, *exchanges: Exchange
) -> subprocess.CompletedProcess[str]:
    with ReplayServer(exchanges) as server:
        return geppetto(
            "run", "-e", "openai", "-m", "gpt-4o", "--base-url", f"{server.url}/v1", "--allow-local",
            "--set", f"api_key={KEY}", "--tool", "calculator", option, path, "6 times 7?",
        )  # fmt: skip


@pytest.mark.parametrize("option", ["--record", "--record-http"])
def test_a_recorded_run_comes_again_without_server_and_key(
    geppetto: Geppetto, tmp_path: Path, option: str
) -> None:
    """The tool runs for real, the text is the same, and no secret is in the file."""
    tape = tmp_path / "talk.yaml"
    first = _record(geppetto, option, tape, *TALK)
    same = ("--base-url", "http://localhost:9/v1", "-m", "gpt-4o") if option == "--record-http" else ()

    again = geppetto("run", "--replay", tape, *same, "--tool", "calculator", "6 times 7?")
    machine = geppetto("run", "--replay", tape, *same, "--tool", "calculator", "--json", "6 times 7?")

    assert (first.returncode, first.stdout) == (0, "It is 42.\n"), first.stderr
    assert (again.returncode, again.stdout) == (0, first.stdout), again.stderr
    assert "calculator" in again.stderr
    kinds = [block["kind"] for block in json.loads(machine.stdout)["turn"]["blocks"]]
    assert kinds == ["user", "tool_call", "tool_use", "llm_text"]
    assert KEY not in tape.read_text()


def test_another_prompt_is_refused_with_the_difference(geppetto: Geppetto, tmp_path: Path) -> None:
    """And a run that ends sooner than the recorded one is no success."""
    tape = tmp_path / "talk.yaml"
    _record(geppetto, "--record", tape, *TALK)

    other = geppetto("run", "--replay", tape, "--tool", "calculator", "8 times 8?")
    text = tape.read_text()
    tape.write_text(text + text[text.index("- request:") :])
    sooner = geppetto("run", "--replay", tape, "--tool", "calculator", "6 times 7?")

    assert other.returncode == 2
    assert "'6 times 7?'" in other.stderr
    assert "'8 times 8?'" in other.stderr
    assert sooner.returncode == 2
    assert "were not used" in sooner.stderr


def test_a_failed_run_is_recorded_too(geppetto: Geppetto, tmp_path: Path) -> None:
    """What happened is what comes again."""
    tape = tmp_path / "talk.yaml"
    refusal = Exchange(401, body={"error": {"message": f"bad key {KEY}", "code": "invalid_api_key"}})

    first = _record(geppetto, "--record", tape, refusal)
    again = geppetto("run", "--replay", tape, "--tool", "calculator", "6 times 7?")

    assert first.returncode == again.returncode == 4
    assert KEY not in tape.read_text() + first.stderr + again.stderr


def test_a_run_that_cannot_start_leaves_files_as_they_are(geppetto: Geppetto, tmp_path: Path) -> None:
    """A recording is not replaced by nothing, and no empty file stands in the way of the next try."""
    tape, other = tmp_path / "talk.yaml", tmp_path / "other.yaml"
    geppetto("run", "-e", "echo", "--record", tape, "hi")
    recorded = tape.read_bytes()

    misspelt = geppetto("run", "-e", "ecko", "--record", tape, "--overwrite", "hi")
    first = geppetto("run", "-e", "ecko", "--record", other, "hi")
    again = geppetto("run", "-e", "echo", "--record", other, "hi")

    assert (misspelt.returncode, first.returncode, again.returncode) == (3, 3, 0), again.stderr
    assert "nothing was recorded" in misspelt.stderr
    assert tape.read_bytes() == recorded


def test_files_are_not_lost_and_options_exclude_each_other(geppetto: Geppetto, tmp_path: Path) -> None:
    """An existing file is kept unless --overwrite is given; a damaged one is named."""
    tape = tmp_path / "talk.yaml"
    tape.write_text("mine")

    kept = geppetto("run", "--record", tape, "hi")
    both = geppetto("run", "--record", tmp_path / "a", "--replay", tape, "hi")
    damaged = geppetto("run", "--replay", tape, "hi")
    demo = geppetto("run", "--record", tape, "--overwrite", "What is 6 times 7?")
    again = geppetto("run", "--replay", tape, "What is 6 times 7?")

    assert (kept.returncode, both.returncode, damaged.returncode) == (2, 2, 2)
    assert "exists" in kept.stderr
    assert "exclude each other" in both.stderr
    assert "talk.yaml" in damaged.stderr
    assert (demo.returncode, again.stdout) == (0, demo.stdout), demo.stderr + again.stderr
