"""`geppetto run`: what people and programs get, and how it fails."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Geppetto = Callable[..., subprocess.CompletedProcess[str]]


def test_without_an_engine_the_demo_answers_with_a_tool(geppetto: Geppetto) -> None:
    """No key and no option: the demo engine computes with the calculator; the reply alone is on stdout."""
    done = geppetto("run", "What is 6 times 7?")

    assert (done.returncode, done.stdout) == (0, "6 * 7 = 42\n")
    assert "calculator(expression='6 * 7')" in done.stderr


def test_the_engine_is_never_chosen_because_a_key_is_set(geppetto: Geppetto) -> None:
    """A vendor's key in the environment changes nothing."""
    done = geppetto("run", "What is 2 plus 2?", OPENAI_API_KEY="sk-test")

    assert done.stdout == "2 + 2 = 4\n"


@pytest.mark.parametrize("argument", [["-"], []], ids=["dash", "pipe"])
def test_the_prompt_may_come_from_standard_input(argument: list[str], tmp_path: Path) -> None:
    """`-`, or no prompt in a pipe, reads standard input."""
    done = subprocess.run(
        [sys.executable, "-m", "geppetto", "run", "-e", "echo", *argument],
        input="from a pipe", capture_output=True, text=True, check=False, cwd=tmp_path,
        env={**os.environ, "GEPPETTO_HOME": str(tmp_path)},
    )  # fmt: skip

    assert done.stdout == "from a pipe\n"


def test_an_empty_prompt_is_a_usage_error(geppetto: Geppetto) -> None:
    """Blank text is refused with exit code 2."""
    done = geppetto("run", "  ")

    assert done.returncode == 2
    assert "there is no prompt" in done.stderr


def test_settings_are_checked_against_the_engines_schema(geppetto: Geppetto) -> None:
    """A misspelt setting names the nearest; a good one is used."""
    wrong = geppetto("run", "hi", "-e", "echo", "--set", "repply=x")
    right = geppetto("run", "hi", "-e", "echo", "--set", "reply=yes")

    assert wrong.returncode == 2
    assert "did you mean reply?" in wrong.stderr
    assert right.stdout == "yes\n"


def test_middlewares_are_used_by_name_with_their_configuration(geppetto: Geppetto) -> None:
    """`--middleware NAME:json` puts an installed middleware around the engine, `--system` the system prompt."""
    by_name = geppetto(
        "run", "hi", "-e", "echo", "--json", "--middleware", 'system_prompt:{"prompt": "be kind"}'
    )
    by_option = geppetto("run", "hi", "-e", "echo", "--json", "--system", "be brief")

    assert json.loads(by_name.stdout)["turn"]["blocks"][0]["payload"]["text"] == "be kind"
    assert json.loads(by_option.stdout)["turn"]["blocks"][0]["payload"]["text"] == "be brief"


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("systemPrompt:{", "not JSON"),
        ("systemPrompt:[]", "no JSON object"),
        ('systemPrompt:{"promt": "x"}', "did you mean prompt?"),
        ('systemPrompt:{"prompt": 1}', "is not of type 'string'"),
    ],
)
def test_a_bad_middleware_configuration_is_one_paragraph(
    value: str, message: str, geppetto: Geppetto
) -> None:
    """What is wrong with a middleware's configuration is said, with exit code 2."""
    done = geppetto("run", "hi", "-e", "echo", "--middleware", value)

    assert done.returncode == 2
    assert message in done.stderr
    assert "Traceback" not in done.stderr


def test_an_unknown_tool_middleware_or_engine_ends_with_3(geppetto: Geppetto) -> None:
    """Names that nobody offers exit with 3 and name the nearest."""
    results = [
        geppetto("run", "hi", "--tool", "calculater"),
        geppetto("run", "hi", "--middleware", "loging"),
        geppetto("run", "hi", "-e", "ecco"),
    ]

    assert [done.returncode for done in results] == [3, 3, 3]
    assert ["Did you mean" in done.stderr for done in results] == [True, True, True]


def test_json_errors_have_the_documented_shape(geppetto: Geppetto) -> None:
    """With --json a failure is a JSON object on stdout."""
    done = geppetto("run", "hi", "-e", "ecko", "--json")

    error = json.loads(done.stdout)["error"]
    assert set(error) == {"code", "message", "phase", "subject", "next_step", "details"}
    assert error["code"] == "ENGINE_NOT_FOUND"


def test_a_failed_run_with_json_keeps_the_turn(geppetto: Geppetto) -> None:
    """The document of a run that failed has the error and the turn as far as it got."""
    script = '[{"text": "half of it", "error": "cut"}]'

    done = geppetto("run", "hi", "-e", "scripted", "--set", f"replies={script}", "--json")

    document = json.loads(done.stdout)
    assert done.returncode == 1
    assert document["error"]["code"] == "SCRIPTED_ERROR"
    assert document["turn"]["blocks"][-1]["payload"] == {"text": "half of it", "partial": True}


@pytest.mark.parametrize(
    ("word", "note"),
    [
        ("paused", "note: the reply ended as 'paused'\n"),
        ("max_tokens", "limit of tokens\n"),
        ("completed", ""),
    ],
)
def test_a_reply_that_ended_in_its_own_way_is_noted(word: str, note: str, geppetto: Geppetto) -> None:
    """An engine may have a word of its own for the end; the run is good all the same."""
    script = f'[{{"text": "yes", "finish_class": "{word}"}}]'

    done = geppetto("run", "hi", "-e", "scripted", "--set", f"replies={script}")

    assert (done.returncode, done.stdout) == (0, "yes\n")
    assert done.stderr.endswith(note)
    assert bool(done.stderr) is bool(note)


def test_a_deadline_ends_with_124(geppetto: Geppetto) -> None:
    """A run that takes too long exits with 124 and keeps what was printed."""
    script = '[{"text": "a b c d e f g", "delay": 0.3}]'

    done = geppetto("run", "hi", "-e", "scripted", "--set", f"replies={script}", "--timeout", "0.8")

    assert done.returncode == 124
    assert done.stdout.startswith("a ")


def test_two_outputs_are_refused(geppetto: Geppetto) -> None:
    """--events and --json exclude each other."""
    assert geppetto("run", "hi", "--events", "--json").returncode == 2


def test_without_plugins_the_core_still_works(geppetto: Geppetto, install: Callable[..., None]) -> None:
    """--no-plugins keeps the main job alive whatever is installed."""
    install("evil", "[geppetto.engines]\ndemo = evil_plugin\n", evil_plugin="raise SystemExit(3)")

    done = geppetto("run", "--no-plugins", "What is 6 times 7?")

    assert done.stdout == "6 * 7 = 42\n"


def test_a_strangers_demo_does_not_replace_the_built_in(
    geppetto: Geppetto, install: Callable[..., None]
) -> None:
    """A package that claims the name `demo` is not even imported."""
    install("evil", "[geppetto.engines]\ndemo = evil_plugin\n", evil_plugin="raise SystemExit(3)")

    done = geppetto("run", "What is 6 times 7?")

    assert done.stdout == "6 * 7 = 42\n"


@pytest.mark.parametrize(
    ("stream", "text"), [("stdout", b"c]0;ownedd"), ("stderr", b"tool not found: a]0;ownedb")]
)
def test_on_a_terminal_a_model_cannot_send_control_codes(stream: str, text: bytes, tmp_path: Path) -> None:
    """Escape sequences of a reply, or of a tool, do not reach the terminal, whichever of both streams is one."""
    leader, follower = pty.openpty()
    env = {**os.environ, "GEPPETTO_HOME": str(tmp_path), "TERM": "xterm"}
    call = '{"tool_calls": [{"name": "a\\e]0;owned\\x07b"}]}'
    options = ["--tool", "clock", "--set", f'replies=[{call}, "c\\e]0;owned\\x07d"]']
    command = [sys.executable, "-m", "geppetto", "run", "-e", "scripted", *options, "hi"]
    out, err = (follower if stream == name else subprocess.DEVNULL for name in ("stdout", "stderr"))
    process = subprocess.Popen(command, stdout=out, stderr=err, env=env, cwd=tmp_path)
    process.wait(timeout=60)
    os.close(follower)

    shown = os.read(leader, 10_000)
    os.close(leader)

    assert text in shown
    assert b"\x1b]0" not in shown
    assert b"\x07" not in shown
