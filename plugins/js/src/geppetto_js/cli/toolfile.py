"""Tools from a Python module or file, for `--tool-plugin`."""

from __future__ import annotations

import importlib
import importlib.util
from pathlib import Path
from typing import TYPE_CHECKING, Any

from geppetto import ToolDefinition, ToolRegistry
from geppetto.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from types import ModuleType

__all__ = ["tools_of"]

_NAME_ONE = "name a module or file with functions that `geppetto.tool` decorates"


def tools_of(places: Iterable[str]) -> ToolRegistry | None:
    """Return the tools of `module`, `file.py`, `module:name` or `file.py:name`; None without any place.

    Without a name, all tools that the module has. Raises UsageError for a module or name that is not there.
    """
    found = ToolRegistry()
    for place in places:
        module, _, name = place.partition(":")
        made = _module(module, place)
        for tool in [_named(made, name, place)] if name else _tools(made):
            found.register(tool)
    return found if len(found) else None


def _module(name: str, place: str) -> ModuleType:
    is_file = name.endswith(".py")
    if not is_file and (not name or name.startswith(".")):
        raise _unusable(place, "that is no name of a module, and no path of a .py file")
    try:
        return _of_file(name) if is_file else importlib.import_module(name)
    except (Exception, SystemExit) as error:  # a stranger's module may raise anything
        raise _unusable(place, f"{type(error).__name__}: {error}", _step_after(error)) from error


def _of_file(place: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(Path(place).stem, place)
    if spec is None or spec.loader is None:
        raise _unusable(place, "it cannot be loaded")
    made = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(made)
    return made


def _tools(module: ModuleType) -> list[ToolDefinition]:
    found = [value for value in vars(module).values() if isinstance(value, ToolDefinition)]
    if not found:
        raise _unusable(module.__name__, "there is no tool in it")
    return found


def _named(module: ModuleType, name: str, place: str) -> Any:
    if not hasattr(module, name):
        raise _unusable(place, f"there is no {name}")
    found = getattr(module, name)
    if not callable(found) and not isinstance(found, ToolDefinition):
        raise _unusable(place, f"{name} is no tool")
    return found


def _step_after(error: BaseException) -> str:
    if isinstance(error, (ImportError, OSError)):
        return _NAME_ONE
    return "mend the module: Python must be able to import it"


def _unusable(place: str, reason: str, next_step: str = _NAME_ONE) -> UsageError:
    return UsageError(
        f"--tool-plugin {place or repr(place)}: {reason}",
        code="TOOL_PLUGIN_UNUSABLE",
        subject=place,
        next_step=next_step,
    )
