"""`geppetto chat` in a terminal, driven as a person would."""

from __future__ import annotations

import os
import signal
import sys
from typing import TYPE_CHECKING

import pexpect
import pytest
from geppetto import turns

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SLOW = '[{"text": "one two three four five six seven eight nine ten", "delay": 0.3}, "still here"]'


def _start(tmp_path: Path, *options: str) -> pexpect.spawn[str]:
    env = {**os.environ, "GEPPETTO_HOME": str(tmp_path / "home"), "TERM": "dumb", "NO_COLOR": "1"}
    arguments = ["-m", "geppetto", "chat", *options]
    return pexpect.spawn(
        sys.executable, arguments, cwd=str(tmp_path), env=env, encoding="utf-8", timeout=20, echo=False
    )


@pytest.fixture
def demo(tmp_path: Path) -> Iterator[pexpect.spawn[str]]:
    """A chat with the demo engine, at its first prompt."""
    with _start(tmp_path) as chat:
        chat.expect("> ")
        yield chat


def test_a_conversation_calls_a_tool_and_remembers(demo: pexpect.spawn[str]) -> None:
    """A prompt is answered with a tool; the history shows the whole conversation."""
    demo.sendline("What is 6 times 7?")
    demo.expect(r"calculator\(expression='6 \* 7'\)")
    demo.expect(r"6 \* 7 = 42")
    demo.expect("> ")

    demo.sendline("/history")

    demo.expect("user: What is 6 times 7")
    demo.expect("tool_call: calculator")
    demo.expect("llm_text: 6")


def test_a_reply_is_stopped_by_ctrl_c_and_the_program_goes_on(tmp_path: Path) -> None:
    """Ctrl-C cancels the run, keeps what was said, and the next prompt works."""
    with _start(tmp_path, "-e", "scripted", "--set", f"replies={SLOW}") as chat:
        chat.expect("> ")
        chat.sendline("count")
        chat.expect("two")

        chat.sendintr()
        chat.expect("the run was cancelled")
        chat.expect("> ")
        chat.sendline("and now?")

        chat.expect("still here")
        chat.expect("> ")
        chat.sendline("/history")
        chat.expect("llm_text: one two")
        chat.sendeof()
        chat.expect(pexpect.EOF)
    assert chat.exitstatus == 0


def test_ctrl_c_at_the_prompt_does_not_end_the_program(demo: pexpect.spawn[str]) -> None:
    """An interrupt without a run gives a new prompt."""
    demo.sendintr()
    demo.expect("> ")

    demo.sendline("What is 1 plus 1?")

    demo.expect("1 . 1 = 2")


def test_a_prompt_may_have_several_lines(tmp_path: Path) -> None:
    """A backslash at the end, or a fence of three quotes, goes on to the next line."""
    with _start(tmp_path, "-e", "echo") as chat:
        chat.expect("> ")
        chat.sendline("first \\")
        chat.expect(r"\.\.\. ")
        chat.sendline("second")
        chat.expect("first \r\nsecond")
        chat.expect("> ")

        chat.sendline('"""')
        chat.expect(r"\.\.\. ")
        chat.sendline("/not a command")
        chat.expect(r"\.\.\. ")
        chat.sendline('"""')

        chat.expect("/not a command")


def test_a_conversation_is_saved_and_loaded(tmp_path: Path) -> None:
    """`/save` writes the turn; `--load` goes on from it."""
    file = tmp_path / "talk.yaml"
    with _start(tmp_path, "-e", "echo") as chat:
        chat.expect("> ")
        chat.sendline("remember me")
        chat.expect("remember me")
        chat.expect("> ")
        chat.sendline(f"/save {file}")
        chat.expect("saved")

    saved = turns.from_yaml(file.read_text("utf-8"))
    with _start(tmp_path, "-e", "echo", "--load", str(file)) as chat:
        chat.expect("loaded 2 blocks")

    assert [block.text for block in saved.blocks] == ["remember me", "remember me"]


def test_the_history_cannot_drive_the_terminal(tmp_path: Path) -> None:
    """What a model wrote is shown again without its control characters."""
    with _start(tmp_path, "-e", "scripted", "--set", 'replies=["c\\e]0;owned\\x07d"]') as chat:
        chat.expect("> ")
        chat.sendline("hi")
        chat.expect("c]0;ownedd")
        chat.expect("> ")

        chat.sendline("/history")

        chat.expect("llm_text: c]0;ownedd")


def test_the_system_prompt_is_set_and_replaced(demo: pexpect.spawn[str]) -> None:
    """`/system` puts one system block in front, and replaces it the next time."""
    demo.sendline("/system be brief")
    demo.expect("system prompt: be brief")
    demo.sendline("/system be kind")
    demo.expect("system prompt: be kind")

    demo.sendline("/history")

    demo.expect("system: be kind")


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        ("/tools", "calculator: Compute"),
        ("/histroy", "did you mean /history"),
        ("/help", "Ctrl-C stops a reply"),
        ("/load nowhere.yaml", "cannot be read"),
        ("/attach nowhere.png", "cannot be read"),
        ("/save", "usage: /save"),
    ],
)
def test_commands_answer_and_mistakes_are_told(line: str, answer: str, demo: pexpect.spawn[str]) -> None:
    """A command, or what is wrong with it, is shown, and the conversation goes on."""
    demo.sendline(line)

    demo.expect(answer)
    demo.expect("> ")


def test_a_failing_engine_does_not_end_the_conversation(tmp_path: Path) -> None:
    """An error is one paragraph; the next prompt works."""
    with _start(tmp_path, "-e", "scripted", "--set", 'replies=[{"error": "down"}, "up"]') as chat:
        chat.expect("> ")
        chat.sendline("hello?")
        chat.expect("error: down")
        chat.expect("> ")

        chat.sendline("again?")

        chat.expect("up")


@pytest.mark.parametrize(
    ("end", "code"), [("eof", 0), ("/quit", 0), (signal.SIGTERM, 143), (signal.SIGHUP, 129)]
)
def test_a_conversation_is_saved_at_its_end(end: str | int, code: int, tmp_path: Path) -> None:
    """Whatever the end is: Ctrl-D, a command or a signal at the prompt."""
    chat = _start(tmp_path, "-e", "echo", "--save", "talk.yaml")
    chat.expect("> ")
    chat.sendline("remember me")
    chat.expect("remember me")
    chat.expect("> ")

    if isinstance(end, int):
        chat.kill(end)
    elif end == "eof":
        chat.sendeof()
    else:
        chat.sendline(end)
    chat.expect(pexpect.EOF)
    chat.close()

    saved = turns.from_yaml((tmp_path / "talk.yaml").read_text("utf-8"))
    assert chat.exitstatus == code
    assert [block.text for block in saved.blocks] == ["remember me", "remember me"]


def test_a_signal_in_a_reply_ends_and_saves_the_conversation(tmp_path: Path) -> None:
    """Unlike Ctrl-C, after which it goes on."""
    chat = _start(tmp_path, "-e", "scripted", "--set", f"replies={SLOW}", "--save", "talk.yaml")
    chat.expect("> ")
    chat.sendline("count")
    chat.expect("two")

    chat.kill(signal.SIGTERM)
    chat.expect(pexpect.EOF)
    chat.close()

    saved = turns.from_yaml((tmp_path / "talk.yaml").read_text("utf-8"))
    assert chat.exitstatus == 143
    assert saved.blocks[-1].text.startswith("one two ")


def test_a_terminal_that_is_closed_saves_the_conversation(tmp_path: Path) -> None:
    """The window is gone, and what was said is not."""
    chat = _start(tmp_path, "-e", "echo", "--save", "talk.yaml")
    chat.expect("> ")
    chat.sendline("remember me")
    chat.expect("remember me")
    chat.expect("> ")

    os.close(chat.child_fd)
    _, status = os.waitpid(chat.pid or 0, 0)

    assert os.waitstatus_to_exitcode(status) in {
        0,
        1,
        129,
    }  # the end of input, or the signal, whichever comes first
    assert turns.from_yaml((tmp_path / "talk.yaml").read_text("utf-8")).text == "remember me"


def test_a_file_that_cannot_be_written_is_told_before_anything_is_said(tmp_path: Path) -> None:
    """And a conversation in which nothing was said leaves a file as it is."""
    (tmp_path / "file").touch()
    with _start(tmp_path, "-e", "echo", "--save", "file/talk.yaml") as chat:
        chat.expect("file/talk.yaml: cannot be written")

    chat = _start(tmp_path, "-e", "echo", "--save", "file")
    chat.expect("> ")
    chat.sendeof()
    chat.expect(pexpect.EOF)
    chat.close()

    assert (chat.exitstatus, (tmp_path / "file").read_bytes()) == (0, b"")


def test_a_history_that_cannot_be_kept_does_not_stop_a_chat(tmp_path: Path) -> None:
    """It is a convenience."""
    (tmp_path / "home" / "data" / "chat_history").mkdir(parents=True)
    chat = _start(tmp_path, "-e", "echo")
    chat.expect("> ")
    chat.sendeof()
    chat.expect(pexpect.EOF)
    shown = chat.before or ""
    chat.close()

    assert "Traceback" not in shown
    assert chat.exitstatus == 0
