"""Write the reference pages of docs/ and the codes that scripts know from the code, or say that they differ (`--check`)."""

from __future__ import annotations

import ast
import inspect
import re
import subprocess
import sys
from dataclasses import fields
from pathlib import Path

__all__ = ["host_codes", "main", "pages"]

ROOT = Path(__file__).parents[2]
#: a code that stands in a table; the environment's names are of the same form
_CODE = re.compile(r"(?!GEPPETTO_|PINOCCHIO_|PIPX_|SSL_|NO_|UV_)[A-Z]{2,}(_[A-Z]+)+")
_TARGET = ROOT / "docs" / "reference"
_CORE = ROOT / "core" / "src"
_HOST_CODES = ROOT / "plugins" / "js" / "src" / "geppetto_js" / "api" / "host_codes.py"
#: what the host builds of plugins
_BUILT = ("ENGINE", "MIDDLEWARE", "EMBEDDER")
#: what no script meets: what plugin authors test with, the command line, and what it alone does; and the list itself, which
#: would keep old codes
_OUTSIDE = re.compile(
    r"geppetto(_js|_store_sqlite)?\.(testing|cli|conduct|plugins\.installing)\b|geppetto_js\.api\.host_codes$"
)


def _hooks() -> str:
    """Return the page of the hooks, from the hookspecs' own words."""
    from geppetto.plugins import hookspecs
    from geppetto.plugins.kinds import Kind

    rows = ["# Hooks", "", inspect.getdoc(hookspecs) or "", ""]
    groups = {spec_name: kind for kind in Kind for spec_name in [_hook_of(kind)]}
    for name, function in vars(hookspecs).items():
        if name.startswith("geppetto_") and inspect.isfunction(function):
            kind = groups.get(name)
            signature = f"{name}{inspect.signature(function)}"
            rows += [f"## `{name}`", "", f"```text\n{signature}\n```", "", inspect.getdoc(function) or "", ""]
            if kind is not None:
                rows += [f"Entry-point group: `{kind.spec.group}`.", ""]
    return "\n".join(rows)


def _hook_of(kind: object) -> str:
    spec = getattr(kind, "spec", None)
    return str(getattr(spec, "hook", ""))


def _events() -> str:
    """Return the page of the events: names, meanings and fields."""
    from geppetto.events import model

    rows = ["# Events", "", inspect.getdoc(model) or "", "", "| event | payload | meaning |", "|---|---|---|"]
    for cls in vars(model).values():
        if isinstance(cls, type) and issubclass(cls, model.Event) and isinstance(cls.type, str) and cls.type:
            own = [f.name for f in fields(cls) if f.name not in {"correlation", "seq", "time"}]
            meaning = (inspect.getdoc(cls) or "").split("\n")[0]
            rows.append(f"| `{cls.type}` | {', '.join(f'`{name}`' for name in own) or '-'} | {meaning} |")
    correlation = ", ".join(f"`{f.name}`" for f in fields(model.Correlation))
    rows += [
        "",
        f"Every event has `type`, `seq`, `time` (Unix seconds) and `correlation` ({correlation}).",
        "",
    ]
    return "\n".join(rows)


def _errors() -> str:
    """Return the page of the errors: the tree, and every code with where it comes from."""
    from geppetto import errors

    tree = (inspect.getdoc(errors) or "").replace("\n\n    ", "\n\n```text\n    ", 1)
    tree = tree.replace("\n\n`code`", "\n```\n\n`code`", 1)
    rows = ["# Errors", "", tree, "", "| code | error | raised by |", "|---|---|---|"]
    for code, (names, modules) in sorted(_codes().items()):
        rows.append(
            f"| `{code}` | {', '.join(sorted(names)) or '-'} | {', '.join(f'`{m}`' for m in sorted(modules))} |"
        )
    rows += [
        "",
        "`<KIND>_NOT_FOUND` stands for each kind of contribution: `ENGINE_NOT_FOUND`, `TOOL_NOT_FOUND`, ..., and",
        "`<KIND>_BUILD_FAILED` for engines, middlewares and embedders that a plugin cannot make.",
        "",
    ]
    return "\n".join(rows)


def _codes(source: Path = _CORE) -> dict[str, tuple[set[str], set[str]]]:
    """Collect the codes that stand in a package's source: class defaults, `code="..."` in calls, and in tables."""
    found: dict[str, tuple[set[str], set[str]]] = {}
    for path in sorted(source.rglob("*.py")):
        module = ".".join(path.relative_to(source).with_suffix("").parts).removesuffix(".__init__")
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            for code, name in _codes_of(node):
                names, modules = found.setdefault(code, (set(), set()))
                names |= {name} if name else set()
                modules.add(module)
    # a constant's own name in `__all__` only looks like a code
    names = _assigned(source)
    return {code: where for code, where in found.items() if where[0] or code not in names}


def host_codes() -> list[str]:
    """Return the codes that scripts may meet and that go by no other name there: of the core, and of the packages here.

    Tables of packages hold the words of vendors, too; those of the core hold codes alone.
    """
    from geppetto.plugins.kinds import Kind
    from geppetto_js.api.faults import BOUNDARY_CODES, FACTORY_CODES, SAME_CODES

    found = {f"{kind.name}_NOT_FOUND" for kind in Kind} | {f"{kind}_BUILD_FAILED" for kind in _BUILT}
    packages = [path for folder in ("plugins", "contrib-providers") for path in (ROOT / folder).glob("*/src")]
    for source in (_CORE, *packages):
        for code, (names, modules) in _codes(source).items():
            inside = any(not _OUTSIDE.match(module) for module in modules)
            if inside and (names or source == _CORE or code.startswith("JS_")):
                found.add(code)
    return sorted(found - {*BOUNDARY_CODES, *BOUNDARY_CODES.values(), *FACTORY_CODES, *SAME_CODES})


def _host_codes() -> str:
    rows = "".join(f'    "{code}",\n' for code in host_codes())
    return (
        '"""Codes of the host that scripts meet, generated by `python tests/support/reference.py`; do not edit."""\n\n'
        f'from __future__ import annotations\n\n__all__ = ["HOST_CODES"]\n\nHOST_CODES = (\n{rows})\n'
    )


def _assigned(source: Path) -> set[str]:
    trees = [ast.parse(path.read_text("utf-8")) for path in source.rglob("*.py")]
    names = [node for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Name)]
    return {node.id for node in names if isinstance(node.ctx, ast.Store)}


def _codes_of(node: ast.AST) -> list[tuple[str, str]]:
    if isinstance(node, ast.Call):
        called = getattr(node.func, "id", getattr(node.func, "attr", ""))
        values = [k.value for k in node.keywords if k.arg == "code"]
        name = f"`{called}`" if called[:1].isupper() else "-"
        return [
            (str(v.value), name) for v in values if isinstance(v, ast.Constant) and str(v.value).isupper()
        ]
    if isinstance(node, ast.ClassDef):
        texts = [v for stm in node.body if isinstance(stm, ast.Assign) for v in _strings(stm) if v.isupper()]
        return [(text, f"`{node.name}`") for text in texts[:1] if node.name[:1].isupper()]
    if isinstance(node, ast.Constant) and isinstance(node.value, str) and _CODE.fullmatch(node.value):
        return [(node.value, "")]
    return []


def _strings(assign: ast.Assign) -> list[str]:
    targets = [n.id for t in assign.targets for n in ast.walk(t) if isinstance(n, ast.Name)]
    if "code" not in targets:
        return []
    return [
        n.value for n in ast.walk(assign.value) if isinstance(n, ast.Constant) and isinstance(n.value, str)
    ]


def pages() -> dict[Path, str]:
    """Return the text of each generated page."""
    note = "<!-- generated by tests/support/reference.py; do not edit -->\n"
    texts = {"hooks": _hooks(), "events": _events(), "errors": _errors()}
    found = {_TARGET / f"{name}.md": f"{note}{text.rstrip()}\n" for name, text in texts.items()}
    found[_HOST_CODES] = _host_codes()
    found[_TARGET / "geppetto.schema.json"] = _config_schema()
    found[ROOT / "docs" / "javascript" / "reference.md"] = f"{note}{_javascript().rstrip()}\n"
    return found


def _javascript() -> str:
    """Return the reference of the JavaScript API: its exports with their stability, then every type."""
    from geppetto_js.types import declarations

    text = declarations()
    rows = ["# JavaScript: API reference", "", "`geppetto js types` prints these types for your editor.", ""]
    rows += ["| export | stability |", "|---|---|"]
    found = re.findall(
        r"/\*\* @(\w+) \*/\n  export (?:const|function) (.+?);\n(?=  /\*\*|\})", text, re.DOTALL
    )
    for stability, signature in found:
        shown = " ".join(signature.split()).replace("|", "\\|")
        rows.append(f"| `{shown}` | {stability} |")
    for title, body in re.findall(
        r"^  // ---- (.+?)\n(.*?)(?=^  // ---- |\Z)", text, re.MULTILINE | re.DOTALL
    ):
        code = "\n".join(line.removeprefix("  ") for line in body.strip("\n").splitlines())
        if title != "the module":
            rows += ["", f"## {title[:1].upper()}{title[1:]}", "", "```ts", code.strip(), "```"]
    return "\n".join(rows)


def _config_schema() -> str:
    """Return the JSON Schema of geppetto.yaml with what this repository's packages give."""
    import json

    from geppetto import Host
    from geppetto.factory.schema import config_schema

    with Host(env={}) as host:
        return json.dumps(config_schema(host.offered), indent=1, ensure_ascii=False, sort_keys=True) + "\n"


def main(arguments: list[str]) -> int:
    """Write the pages; with `--check` compare only and return 1 when one differs."""
    stale = []
    if "--check" not in arguments and _HOST_CODES.read_text("utf-8") != _host_codes():
        _HOST_CODES.write_text(_host_codes(), "utf-8")
        return subprocess.call([sys.executable, __file__])  # what is imported here are the older ones
    for path, text in pages().items():
        if "--check" in arguments:
            # how a schema is written out depends on the version of pydantic: tests/test_config_schema.py looks at it
            if path.suffix == ".json":
                continue
            if not path.exists() or path.read_text("utf-8") != text:
                stale.append(path.name)
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, "utf-8")
    if stale:
        sys.stderr.write(
            f"{', '.join(stale)} differ from the code: run `python tests/support/reference.py`\n"
        )
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
