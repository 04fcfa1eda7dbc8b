"""CommonJS, ES modules and modules made in Python; and that nothing outside can be read."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from geppetto_js import HostFunction, JsError, JsModule, JsModuleError, Runtime


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """Give the directory that is granted, with a name that looks like part of a stack."""
    made = tmp_path / "scripts at (one)"
    made.mkdir()
    return made


def _write(place: Path, **files: str) -> None:
    for name, text in files.items():
        path = place / name.replace("__", "/").replace("_dot_", ".")
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)


def _run(place: Path, name: str = "main.js", **options: Any) -> Any:
    with Runtime(read=[place], **options) as runtime:
        return runtime.run_file(place / name)


def test_a_file_requires_others(place: Path) -> None:
    """With and without ending, a folder, JSON; each is loaded once."""
    _write(
        place,
        main_dot_js="const a = require('./lib/a'); [a.name, require('./lib/a.js') === a, require('./data').n, require('./lib').i, __dirname]",
        lib__a_dot_js="exports.name = require('../b').name + __filename.slice(-4)",
        lib__index_dot_js="module.exports = {i: 1}",
        b_dot_js="#!/usr/bin/env geppetto\nmodule.exports = {name: 'b'}",
        data_dot_json='{"n": 5}',
    )

    assert _run(place) == ["ba.js", True, 5, 1, str(place)]


def test_cycles_see_what_is_there_so_far(place: Path) -> None:
    """As in Node."""
    _write(
        place,
        main_dot_js="const a = require('./a'); [a.done, a.seen, require('./b').seen]",
        a_dot_js="exports.done = false; const b = require('./b'); exports.seen = b.done; exports.done = true",
        b_dot_js="exports.done = false; const a = require('./a'); exports.seen = a.done; exports.done = true",
    )

    assert _run(place) == [True, True, False]


@pytest.mark.needs_modules
@pytest.mark.parametrize(
    ("source", "place_of_it"),
    [("exports.go = () => { null.x }; exports.go()", "1:26"), ("let a = ;", "1:9"), ("\n  null.x", "2:7")],
)
def test_columns_are_those_of_the_file(tmp_path: Path, source: str, place_of_it: str) -> None:
    """Whether it is required or is the main one and awaits: what we put around it does not count."""
    place = tmp_path / "parts at hand"
    place.mkdir()
    _write(place, main_dot_js="require('./one.js')", one_dot_js=source, waits_dot_js=f"{source}; await 1")
    for name, file in (("main.js", "one.js"), ("waits.js", "waits.js")):
        with pytest.raises(JsError) as caught:
            _run(place, name)
        assert f"{place / file}:{place_of_it}" in caught.value.js_stack


def test_a_module_that_fails_is_tried_again(place: Path) -> None:
    """And its error says where."""
    _write(
        place,
        bad_dot_js="globalThis.n = (globalThis.n ?? 0) + 1;\nif (n === 1) throw new Error('once');\nmodule.exports = n",
    )

    with Runtime(read=[place]) as runtime:
        with pytest.raises(JsError, match="once") as caught:
            runtime.evaluate("require('./bad')")
        assert runtime.evaluate("require('./bad')") == 2
    if runtime.engine.capabilities.modules:
        assert "bad.js:2" in caught.value.js_stack


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("./missing", "JS_MODULE_NOT_FOUND"),
        ("missing", "JS_MODULE_NOT_FOUND"),
        ("../outside.js", "JS_MODULE_FORBIDDEN"),
        ("../absent.js", "JS_MODULE_FORBIDDEN"),
        ("/etc/hostname", "JS_MODULE_FORBIDDEN"),
        ("./link.js", "JS_MODULE_FORBIDDEN"),
        ("./linked/outside.js", "JS_MODULE_FORBIDDEN"),
        ("./x/../../outside.js", "JS_MODULE_FORBIDDEN"),
        ("./module.mjs", "JS_MODULE_KIND"),
    ],
)
def test_what_cannot_be_required(place: Path, name: str, code: str) -> None:
    """Missing, or outside of the granted directory in whatever way; the error names both files."""
    (place.parent / "outside.js").write_text("module.exports = 'secret'")
    (place / "link.js").symlink_to(place.parent / "outside.js")
    (place / "linked").symlink_to(place.parent)
    _write(place, main_dot_js=f"require('{name}')", module_dot_mjs="export default 1")

    with pytest.raises(JsModuleError) as caught:
        _run(place)

    assert caught.value.code == code
    assert "secret" not in str(caught.value)
    if code != "JS_MODULE_KIND":
        assert str(place / "main.js") in str(caught.value)


def test_a_script_may_catch_it(place: Path) -> None:
    """With its code."""
    _write(place, main_dot_js="try { require('./missing') } catch (e) { e.code }")

    assert _run(place) == "JS_MODULE_NOT_FOUND"


def test_without_a_grant_nothing_is_read(place: Path, runtime: Runtime) -> None:
    """Neither by a script nor by run_file."""
    _write(place, main_dot_js="1")

    with pytest.raises(JsModuleError):
        runtime.evaluate(f"require('{place}/main.js')")
    with pytest.raises(JsModuleError):
        runtime.run_file(place / "main.js")


def test_modules_made_in_python() -> None:
    """Loaded once, by name; a near name is suggested."""
    loads: list[Runtime] = []

    def load(runtime: Runtime) -> dict[str, Any]:
        loads.append(runtime)
        return {"add": lambda a, b: a + b, "version": 3, "js": runtime.evaluate("(x) => x * 2")}

    with Runtime(modules=[JsModule("calc", load, "Adds.")]) as runtime:
        assert runtime.evaluate("const { add, version, js } = require('calc'); [add(1, version), js(4)]") == [
            4,
            8,
        ]
        assert runtime.evaluate("require('calc') === require('calc')") is True
        with pytest.raises(JsModuleError) as caught:
            runtime.evaluate("require('clac')")
        assert loads == [runtime]

    assert caught.value.next_step == "did you mean calc?"


async def test_a_script_runs_from_an_event_loop(place: Path) -> None:
    """Its last promise is waited for."""

    async def work() -> int:
        return 4

    _write(place, main_dot_js="async function main() { return await require('host').work() + 1 }\nmain()")
    module = JsModule("host", lambda _: {"work": HostFunction(work)})

    async with Runtime(read=[place], modules=[module]) as runtime:
        assert await runtime.run_file_async(place / "main.js") == 5


@pytest.mark.needs_modules
def test_es_modules_import(place: Path) -> None:
    """Names, defaults, JSON, CommonJS, Python; dynamically too; cycles are live bindings."""
    seen: list[Any] = []
    _write(
        place,
        main_dot_mjs=(
            "import def, { name } from './lib/a.mjs'; import data from './data.json'; import * as old from './old.cjs';\n"
            "import calc, { add } from 'calc'; import { tell } from 'calc';\n"
            "const late = await import('./lib/late.js');\n"
            "tell([def, name, data.n, old.x, old.default.x, add(1, 2), calc.add === add, late.default])"
        ),
        lib__a_dot_mjs="import { b } from './b.mjs'; export const name = 'a'; export default () => 1; export const both = () => b",
        lib__b_dot_mjs="import { name } from './a.mjs'; export const b = () => name",
        lib__late_dot_js="export default 'late'",
        data_dot_json='{"n": 5}',
        old_dot_cjs="exports.x = 9; exports['default'] = {x: 1}; exports.class = 2",
    )
    calc = JsModule("calc", lambda _: {"add": lambda a, b: a + b, "tell": seen.append})

    _run(place, "main.mjs", modules=[calc])

    assert seen[0][1:] == ["a", 5, 9, 9, 3, True, "late"]


@pytest.mark.needs_modules
def test_an_es_module_knows_its_place(place: Path) -> None:
    """`import.meta.url`, of the main file and of others; a first line with `#!` is no trouble."""
    seen: list[str] = []
    _write(
        place,
        main_dot_mjs="#!/usr/bin/env geppetto\nimport { here } from './other.mjs'; import { tell } from 'teller';\ntell([here, import.meta.url])",
        other_dot_mjs="export const here = import.meta.url",
    )

    _run(place, "main.mjs", modules=[JsModule("teller", lambda _: {"tell": seen.extend})])

    assert seen == [(place / name).as_uri() for name in ("other.mjs", "main.mjs")]


@pytest.mark.needs_modules
@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("./missing.mjs", "JS_MODULE_NOT_FOUND"),
        ("../outside.mjs", "JS_MODULE_FORBIDDEN"),
        ("./link.mjs", "JS_MODULE_FORBIDDEN"),
    ],
)
def test_what_cannot_be_imported(place: Path, name: str, code: str) -> None:
    """The error names the importing file."""
    (place.parent / "outside.mjs").write_text("export default 'secret'")
    (place / "link.mjs").symlink_to(place.parent / "outside.mjs")
    _write(
        place,
        main_dot_mjs="import x from './inner.mjs'",
        inner_dot_mjs=f"import x from '{name}'; export default x",
    )

    with pytest.raises(JsModuleError) as caught:
        _run(place, "main.mjs")

    assert caught.value.code == code
    assert str(place / "inner.mjs") in str(caught.value)


@pytest.mark.needs_modules
@pytest.mark.parametrize("name", ["./missing.mjs", f"./{'long' * 60}.mjs", f"./{'ü漢' * 40}.mjs"])
def test_what_cannot_be_imported_later(place: Path, name: str) -> None:
    """The engine makes an error of its own of it, and cuts its message; who does not catch it hears of ours."""
    _write(place, main_dot_mjs=f"export const late = await import('{name}')")

    with pytest.raises(JsModuleError) as caught:
        _run(place, "main.mjs")

    assert caught.value.code == "JS_MODULE_NOT_FOUND"


@pytest.mark.needs_modules
def test_errors_in_es_modules(place: Path) -> None:
    """Thrown at the top, after an await, in Python, and in the syntax."""
    _write(
        place,
        top_dot_mjs="throw new RangeError('top')",
        late_dot_mjs="await null;\nthrow new RangeError('late')",
    )
    _write(
        place, syntax_dot_mjs="import x from './broken.mjs'", broken_dot_mjs="\nlet = = 3; export default 1"
    )

    for name, wanted in (("top", "top"), ("late", "late")):
        with pytest.raises(JsError, match=wanted) as caught:
            _run(place, f"{name}.mjs")
        assert f"{name}.mjs:" in caught.value.js_stack
    with pytest.raises(JsError) as caught:
        _run(place, "syntax.mjs")
    assert caught.value.name == "SyntaxError"
    assert "broken.mjs:2" in caught.value.js_stack


@pytest.mark.needs_modules
def test_a_file_with_imports_is_a_module_whatever_its_ending(place: Path) -> None:
    """Unless the word stands in a comment or a text."""
    seen: list[Any] = []
    _write(
        place,
        main_dot_js="// import nothing\nimport { tell } from 'out';\ntell(typeof require('out').tell)",
        script_dot_js="/*\nimport x from 'y'\n*/ const text = `\nexport default 1\n`; 'script'",
    )
    out = JsModule("out", lambda _: {"tell": seen.append})

    _run(place, modules=[out])

    assert seen == ["function"]
    assert _run(place, "script.js") == "script"
