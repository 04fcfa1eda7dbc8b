"""What strangers may import, and what importing it costs."""

import ast
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import geppetto
import pytest

SOURCE = Path(geppetto.__file__)
FIXED = [
    "Turn",
    "Block",
    "BlockKind",
    "turn",
    "block",
    "Host",
    "default_host",
    "use_host",
    "create_session",
    "create_builder",
    "engine_builder",
    "run_inference",
    "engines",
    "middlewares",
    "tools",
    "events",
    "keys",
    "consts",
    "errors",
    "tool",
    "Engine",
    "EngineFactory",
    "MiddlewareDefinition",
    "ExtensionCodec",
    "ToolDefinition",
    "ToolSource",
    "ToolRegistry",
    "RunContext",
]
HEAVY = {"pydantic", "httpx", "httpcore", "jsonschema", "yaml", "rich", "click", "anyio", "tenacity"}


def _typed_names() -> set[str]:
    """Return the names that a type checker sees."""
    tree = ast.parse(SOURCE.read_text("utf-8"))
    [block] = [n for n in tree.body if isinstance(n, ast.If) and getattr(n.test, "id", "") == "TYPE_CHECKING"]
    return {a.asname or a.name for n in block.body if isinstance(n, ast.ImportFrom) for a in n.names}


@pytest.mark.parity(134, 216)
def test_the_lazy_table_the_typed_imports_and_all_are_equal() -> None:
    """A name that is promised to the type checker exists at run time, and the other way round."""
    lazy = {*geppetto._HOMES, *geppetto._MODULES}

    assert lazy == _typed_names() == set(geppetto.__all__)


def test_every_public_name_resolves() -> None:
    """Each name of each public module's `__all__` is there."""
    modules = ["geppetto", *(f"geppetto.{name}" for name in geppetto._MODULES)]

    missing = [
        f"{module}.{name}"
        for module in modules
        for name in import_module(module).__all__
        if not hasattr(import_module(module), name)
    ]

    assert missing == []
    assert not hasattr(geppetto, "nothing_of_that_name")


def test_the_names_that_strangers_rely_on_exist() -> None:
    """The fixed names of the design are public."""
    assert set(FIXED) <= set(geppetto.__all__)


def _imported_by(code: str) -> set[str]:
    program = f"{code}\nimport sys; print(*(name.split('.')[0] for name in sys.modules))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    return set(done.stdout.splitlines()[-1].split())


def test_importing_the_package_imports_nothing_heavy() -> None:
    """`import geppetto` costs no library and no asyncio."""
    assert _imported_by("import geppetto") & {*HEAVY, "asyncio", "pluggy", "importlib_metadata"} == set()


def test_running_the_echo_engine_imports_no_network_and_no_validation() -> None:
    """A session without settings and tools needs none of the heavy libraries."""
    code = "import geppetto; geppetto.create_session(engine='echo').run('hi')"

    assert _imported_by(code) & HEAVY == set()


@pytest.mark.parity(287)
def test_everything_public_can_be_imported_at_once() -> None:
    """`from geppetto import *` gives the names of `__all__`, and `dir` lists them before they are loaded."""
    program = (
        "import geppetto; listed = dir(geppetto)\n"
        "from geppetto import *\n"
        "assert set(geppetto.__all__) <= set(globals()), set(geppetto.__all__) - set(globals())\n"
        "assert listed == sorted(geppetto.__all__)"
    )

    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stderr


def test_a_name_that_does_not_exist_is_an_attribute_error() -> None:
    """As of any module; the import says so too."""
    with pytest.raises(AttributeError, match="module 'geppetto' has no attribute 'sesion'"):
        _ = geppetto.sesion


def test_a_name_is_looked_up_once() -> None:
    """After the first use it is an ordinary attribute of the module."""
    assert geppetto.Turn is geppetto.__dict__["Turn"]


def test_public_names_are_sorted_and_documented() -> None:
    """Whatever is public says in its docstring what it is for."""
    named = [name for name in geppetto.__all__ if not (getattr(geppetto, name).__doc__ or "").strip()]

    assert named == []
    assert list(geppetto.__all__) == sorted(geppetto.__all__)
