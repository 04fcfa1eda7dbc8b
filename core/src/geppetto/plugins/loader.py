"""Loader: imports one plugin module, asks its hooks one by one, and keeps its faults to itself."""

from __future__ import annotations

import inspect
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any

import pluggy

from geppetto.errors import PluginError, nearest
from geppetto.plugins import hookspecs
from geppetto.plugins.checks import in_words, listed, pick, surplus, verify
from geppetto.plugins.kinds import Kind

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from geppetto.plugins.row import Row

__all__ = ["Loader"]

_HOOKS = tuple(kind.spec.hook for kind in Kind)


class Loader:
    """Load plugin modules into one pluggy manager; whatever goes wrong is a PluginError with a one-sentence reason.

    Nothing is tried twice: an answer, good or bad, holds for the life of the loader.
    """

    def __init__(self) -> None:
        self._manager = pluggy.PluginManager("geppetto")
        self._manager.add_hookspecs(hookspecs)
        self._answers: dict[tuple[str, str], Any] = {}
        self._loading: set[str] = set()

    def contribution(self, row: Row, promised: Sequence[str]) -> Any:
        """Return what the row promises; `promised` are all names that its module promises of the kind."""
        return pick(row, promised, self._given(row.module, Kind(row.kind)))

    def remark(self, row: Row, promised: Sequence[str]) -> str:
        """Return what a plugin author should know about a row that is loaded, or nothing."""
        extra = surplus(Kind(row.kind), promised, self._given(row.module, Kind(row.kind)))
        names = ", ".join(extra)
        return f"its hook also gives {names}, which no entry point names" if extra else ""

    def _given(self, value: str, kind: Kind) -> list[Any]:
        def ask() -> list[Any]:
            return self._ask(self._plugin(value), kind)

        given: list[Any] = self._once((value, kind), ask)
        return given

    def _plugin(self, value: str) -> ModuleType:
        plugin: ModuleType = self._once((value, ""), lambda: self._register(value, self._import(value)))
        return plugin

    def _once(self, key: tuple[str, str], work: Callable[[], Any]) -> Any:
        """Do the work the first time; afterwards give or raise the same again."""
        if key not in self._answers:
            try:
                self._answers[key] = work()
            except PluginError as error:
                self._answers[key] = error
        answer = self._answers[key]
        if isinstance(answer, PluginError):
            raise PluginError(answer.message) from answer.__cause__
        return answer

    def _import(self, value: str) -> ModuleType:
        if value in self._loading:
            raise PluginError(f"{value} asks for its own contribution while it is imported: do that later")
        self._loading.add(value)
        try:
            module = import_module(value)
        except KeyboardInterrupt:
            raise
        except BaseException as error:
            reason = f"importing {value} failed with {in_words(error)}: reinstall or update it"
            raise PluginError(reason) from error
        finally:
            self._loading.discard(value)
        if not isinstance(module, ModuleType):
            raise PluginError(f"{value} is no module: name the plugin's module as value of the entry point")
        return module

    def _register(self, value: str, module: ModuleType) -> ModuleType:
        """Hand the module to pluggy; what it refuses leaves nothing behind."""
        if self._manager.is_registered(module):
            return module  # two values that lead to one module
        try:
            self._manager.register(module, value)
            self._manager.check_pending()
        except KeyboardInterrupt:
            raise
        except BaseException as error:
            reason = self._refusal(module) or in_words(error)
            if self._manager.is_registered(module):
                self._manager.unregister(module)
            raise PluginError(reason) from error
        return module

    def _refusal(self, module: ModuleType) -> str:
        """Say why pluggy refused a module: a hook that does not exist, or one with an argument."""
        if self._manager.is_registered(module):
            for caller in self._manager.get_hookcallers(module) or ():
                if not caller.has_spec():
                    return _typo(caller.name)
        for hook in _HOOKS:
            extra = _arguments(getattr(module, hook, None))
            if extra:
                return f"{hook} asks for `{', '.join(extra)}`, but hooks take no arguments: remove it"
        return ""

    def _ask(self, plugin: ModuleType, kind: Kind) -> list[Any]:
        """Call one hook of one plugin: pluggy's own call over all of them ends at the first that raises."""
        hook = kind.spec.hook
        callers = self._manager.get_hookcallers(plugin) or ()
        if hook not in {caller.name for caller in callers}:
            raise PluginError(_missing(plugin, hook))
        others = self._manager.get_plugins() - {plugin}
        try:
            answers = self._manager.subset_hook_caller(hook, remove_plugins=others)()
            given = listed(hook, answers)
            verify(kind, given)
        except (KeyboardInterrupt, PluginError):
            raise
        except BaseException as error:
            raise PluginError(f"{hook} raised {in_words(error)}: report it to its author") from error
        return given


def _arguments(function: Any) -> list[str]:
    if not inspect.isfunction(function):
        return []
    given = inspect.signature(function).parameters.values()
    return [each.name for each in given if each.default is each.empty]


def _typo(name: str) -> str:
    guess = nearest(name, _HOOKS)
    hint = f"did you mean {guess}?" if guess else f"there are {', '.join(_HOOKS)}"
    return f"there is no hook {name}: {hint}"


def _missing(plugin: ModuleType, hook: str) -> str:
    """Say why a hook that an entry point relies on is not there."""
    names = [name for name, value in vars(plugin).items() if inspect.isfunction(value)]
    if hook in names:
        return f"{hook} is not marked: put @hookimpl above it"
    typos = [name for name in names if name.startswith("geppetto_") and name not in _HOOKS]
    if typos:
        return f"{_typo(typos[0])} (and put @hookimpl above it)"
    return f"{plugin.__name__} has no hook {hook}: write one, marked with @hookimpl"
