"""Which engine stands below, and that the other one passes what it can."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from geppetto_js import engine_report

_HERE = Path(__file__).parent
_SOURCES = [_HERE.parents[2] / "core" / "src", _HERE.parent / "src"]
_REPORT = "import geppetto_js; print(geppetto_js.engine_report().name)"
_NO_ENGINE = """
from geppetto_js import JsEngineMissing, Runtime
try:
    Runtime()
except JsEngineMissing as error:
    print(error.code, bool(error.next_step), error.exit_code)
"""


def _environment(*more: Path) -> dict[str, str]:
    places = os.pathsep.join(map(str, [*more, *_SOURCES]))
    return {**os.environ, "PYTHONPATH": places, "PYTHONSAFEPATH": "1"}


def _output(python: str, source: str, *more: Path) -> list[str]:
    done = subprocess.run(
        [python, "-S", "-c", source], env=_environment(*more), capture_output=True, text=True, check=True
    )
    return done.stdout.split()


def test_the_report_names_the_engine() -> None:
    """With what it can do."""
    report = engine_report()

    assert report.capabilities.native_values is (report.name == "quickjs-bindings")
    assert report.capabilities.memory_limit
    assert report.capabilities.memory_guard is (report.name == "quickjs-bindings")


def test_no_engine_is_an_error_with_a_next_step() -> None:
    """In an interpreter without any package."""
    assert _output(sys.executable, _NO_ENGINE) == ["JS_ENGINE_MISSING", "True", "3"]


def test_another_package_of_that_name_is_an_error(tmp_path: Path) -> None:
    """Three distributions install a module `quickjs`."""
    (tmp_path / "quickjs.py").write_text("class Context: pass\n")

    assert _output(sys.executable, _NO_ENGINE, tmp_path) == ["JS_ENGINE_MISSING", "True", "3"]


_UNKNOWN_RELEASE = """
import asyncio
from geppetto_js import JsError, Limits, Runtime, engine_report

async def fail() -> None:
    raise ValueError("host")

async def main() -> None:
    async with Runtime(limits=Limits(memory=2**24)) as runtime:
        await (await runtime.evaluate_async("(f) => { f() }")).call_async(fail)
        await (await runtime.evaluate_async("(f) => { f().catch(() => {}) }")).call_async(fail)
        await runtime.evaluate_async("Promise.reject(new Error('own')); setTimeout(() => { throw new Error('timer') })")
        await runtime.wait_idle_async()
        print(engine_report().capabilities.rejections, sorted(map(str, runtime.unhandled_rejections())))
        print(engine_report().capabilities.memory_guard)
        print(await runtime.evaluate_async("({ get a() { return [1, 'x'] }, b: { c: 2.5 } })"))
        await runtime.evaluate_async("const all = {}; for (let i = 0; ; i++) all['k' + i] = {}")

try:
    asyncio.run(main())
except JsError as error:
    print(error.code)
"""


def test_nothing_is_read_out_of_a_release_whose_layout_is_not_known(tmp_path: Path) -> None:
    """Host promises and timers are watched as before, the script's own promises are not; memory has the engine's limit.

    Objects cross as text, since nothing tells whether a script changes them on the way.
    """
    name = engine_report().name
    facts = tmp_path / f"{name.replace('-', '_')}-99.0.dist-info"
    facts.mkdir()
    (facts / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 99.0\n")

    done = subprocess.run(
        [sys.executable, "-c", _UNKNOWN_RELEASE],
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    )

    assert done.stdout.splitlines() == [
        "False ['Error: timer', 'host']",
        "False",
        "{'a': [1, 'x'], 'b': {'c': 2.5}}",
        "JS_OUT_OF_MEMORY",
    ]


@pytest.mark.needs_interrupt
def test_the_other_engine_passes_what_it_can(tmp_path: Path) -> None:
    """The same tests, in an environment with quickjs-ng; what it cannot do is left out there."""
    python = tmp_path / "venv" / ("Scripts" if os.name == "nt" else "bin") / "python"
    uv = [sys.executable, "-m", "uv"]
    root = _HERE.parents[2]
    ours = [root / "core", root / "plugins" / "store-sqlite", *(root / "contrib-providers").glob("*/")]
    packages = ["quickjs-ng", "pytest", "pytest-asyncio", "hypothesis", *ours]
    install = [*uv, "pip", "install", "--quiet", "--python", str(python)]
    subprocess.run([*uv, "venv", "--quiet", "--python", sys.executable, str(tmp_path / "venv")], check=True)
    subprocess.run([*install, *map(str, packages)], check=True)
    # without what it depends on: that would be the engine of this machine
    subprocess.run([*install, "--no-deps", str(_HERE.parent)], check=True)
    suite = [str(python), "-m", "pytest", "-q", "-c", os.devnull, "--rootdir", str(_HERE), str(_HERE)]
    options = ["-o", "asyncio_mode=auto", "--import-mode=importlib", "-p", "no:cacheprovider"]
    # the command line and the compiler are the same with every engine, and bring development tools
    apart = ("test_js_cli.py", "test_js_run.py", "test_js_repl.py", "test_js_types.py")
    options += [f"--ignore={_HERE / name}" for name in apart]

    done = subprocess.run([*suite, *options], cwd=tmp_path, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stdout[-4000:]
    assert " passed" in done.stdout
