"""`geppetto js repl` as a user types into it."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pexpect
import pytest

PROMPT = r"(?:^|\n)> "


@pytest.fixture
def repl(tmp_path: Path) -> Iterator[Any]:
    """Give a repl that was started, and end it."""
    env = {**os.environ, "GEPPETTO_HOME": str(tmp_path), "TERM": "dumb"}
    child = pexpect.spawn(
        sys.executable, ["-m", "geppetto", "js", "repl"], env=env, encoding="utf-8", timeout=20
    )
    yield child
    child.close(force=True)


def _answer(repl: Any, line: str) -> str:
    """Type a line and return what is printed before the next prompt, where the cursor stays."""
    repl.sendline(line)
    repl.expect(r"\r\n(.*?)(?=> $)")
    return str(repl.match.group(1)).strip()


@pytest.mark.needs_interrupt
@pytest.mark.parametrize("source", ["for (;;);", "await new Promise(() => {})"])
def test_ctrl_c_ends_the_evaluation_and_not_the_repl(repl: Any, source: str) -> None:
    """What was defined before is still there; at the prompt it drops the line; Ctrl-D ends it."""
    repl.expect(PROMPT)
    repl.sendline("let kept = 41")
    repl.expect(PROMPT)
    repl.sendline(source)
    time.sleep(0.5)
    repl.sendintr()
    repl.expect("interrupted")
    repl.expect(PROMPT)
    repl.sendline("kept + 1")
    repl.expect("42\r\n")
    repl.expect("> ")
    repl.sendintr()
    repl.expect("> ")
    repl.sendeof()
    repl.expect(pexpect.EOF)
    repl.close()

    assert repl.exitstatus == 0


@pytest.mark.needs_modules
def test_what_cannot_cross_is_shown_all_the_same(repl: Any) -> None:
    """Each is `_` afterwards; a declaration shows nothing."""
    repl.expect(PROMPT)

    shown = {
        line: _answer(repl, line)
        for line in [
            "new Map([[1, 2]])",
            "_.get(1)",
            "/x/",
            "Symbol('x')",
            "const o = {}; o.o = o; o",
            "let a = 5",
            "await Promise.resolve(/y/)",
            "12345678901234567890n",
            "'\\ud800'",
        ]
    }

    assert shown == {
        "new Map([[1, 2]])": "Map(1) { 1 => 2 }",
        "_.get(1)": "2",
        "/x/": "/x/",
        "Symbol('x')": "Symbol(x)",
        "const o = {}; o.o = o; o": "{ o: [Circular] }",
        "let a = 5": "",
        "await Promise.resolve(/y/)": "/y/",
        "12345678901234567890n": "12345678901234567890n",
        "'\\ud800'": "\\ud800",
    }


def test_a_line_that_awaits_runs_once(repl: Any) -> None:
    """Also when it throws a SyntaxError; a line that is no expression is run as it is."""
    repl.expect(PROMPT)
    _answer(repl, "globalThis.n = 0; globalThis.f = async () => { n++; JSON.parse('{') }; 0")

    assert "SyntaxError" in _answer(repl, "await f()")
    assert _answer(repl, "n") == "1"
    assert _answer(repl, "n = await 5; globalThis.m = n") == ""
    assert _answer(repl, "m") == "5"
