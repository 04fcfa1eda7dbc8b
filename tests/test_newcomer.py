"""A newcomer's half hour: the quickstart, word for word, with wheels in a clean environment and an empty home."""

import re
import shlex
from collections.abc import Callable
from pathlib import Path

QUICKSTART = Path(__file__).parent.parent / "docs" / "quickstart.md"
_BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def test_the_quickstart_works_as_it_is_written(
    install: Callable[..., Path], run_alone: Callable[..., str], tmp_path: Path
) -> None:
    """Every command and every program of the page works for somebody who has only the packages."""
    python = install(tmp_path / "env", "geppetto", "geppetto-provider-openai")
    home = tmp_path / "home"
    home.mkdir()
    env = {
        "HOME": str(home),
        "PATH": f"{python.parent}:/usr/bin:/bin",
        "XDG_CONFIG_HOME": "",
        "XDG_DATA_HOME": "",
    }

    outputs = []
    for number, (language, text) in enumerate(_BLOCK.findall(QUICKSTART.read_text("utf-8"))):
        if language == "console":
            commands = [line.removeprefix("$ ") for line in text.splitlines() if line.startswith("$ ")]
            outputs += [
                run_alone(python.parent / "geppetto", *shlex.split(c)[1:], cwd=home, **env) for c in commands
            ]
        elif language == "python":
            program = home / f"program{number}.py"
            program.write_text(text, "utf-8")
            outputs.append(run_alone(python, program, cwd=home, **env))

    assert outputs[0] == "6 * 7 = 42\n"
    assert outputs[1] == "Say this again\n"
    assert any("one two three" in output for output in outputs)
