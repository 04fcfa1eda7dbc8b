"""Checks: what a hook gave, judged in one sentence that says what to do."""

from __future__ import annotations

import inspect
from importlib import import_module
from typing import TYPE_CHECKING, Any

from geppetto.errors import PluginError
from geppetto.plugins.kinds import Kind, spelling

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from geppetto.plugins.row import Row

__all__ = ["in_words", "listed", "name_of", "pick", "surplus", "verify"]


def in_words(error: BaseException) -> str:
    """Return an exception as `Type: first line`, also when it cannot write itself."""
    try:
        lines = str(error).strip().splitlines()
    except Exception:
        lines = ["(its text cannot be read)"]
    text = lines[0][:300] if lines else ""
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


def listed(hook: str, answers: Any) -> list[Any]:
    """Return the contributions in what pluggy collected from the one plugin that was asked."""
    if not answers:
        raise PluginError(f"{hook} returned None: return a list")
    # a list of lists: one answer for each function that implements the hook
    return [item for given in answers for item in _items(hook, given)]


def verify(kind: Kind, given: Iterable[Any]) -> None:
    """Raise PluginError when one of the contributions is not what the kind needs."""
    for item in given:
        problem = _problem(kind, item)
        if problem:
            raise PluginError(f"{kind.spec.hook} gave {problem}")


def name_of(kind: Kind, contribution: Any) -> str:
    """Return the name a contribution gives itself."""
    return str(getattr(contribution, kind.spec.named_by))


def pick(row: Row, promised: Sequence[str], given: Sequence[Any]) -> Any:
    """Return the contribution that the row promises; `promised` are all names its module promises of the kind.

    A contribution of that name is it. An alias, one of several names, means the only contribution there is.
    """
    kind = Kind(row.kind)
    named = [item for item in given if spelling(name_of(kind, item)) == spelling(row.name)]
    if len(named) == 1:
        return named[0]
    names = ", ".join(name_of(kind, item) for item in given)
    if named:
        raise PluginError(f"{kind.spec.hook} gave {len(named)} contributions named '{row.name}': keep one")
    if len(given) == 1 and len({spelling(name) for name in promised}) > 1:
        return given[0]
    raise PluginError(
        f"the entry point promises '{row.name}', but {kind.spec.hook} gave [{names}]: give both the same name"
    )


def surplus(kind: Kind, promised: Iterable[str], given: Iterable[Any]) -> list[str]:
    """Return the names of contributions that no entry point promises, which nobody can look up."""
    known = {spelling(name) for name in promised}
    names = [name_of(kind, item) for item in given]
    return [name for name in names if spelling(name) not in known]


def _items(hook: str, given: Any) -> list[Any]:
    if inspect.iscoroutine(given):
        given.close()
        raise PluginError(f"{hook} is async: write it as a plain def that returns a list")
    try:
        return list(given)
    except TypeError:
        raise PluginError(f"{hook} returned {_article(given)}: return a list of them") from None


def _problem(kind: Kind, item: Any) -> str:
    spec = kind.spec
    if spec.wants and not _is_wanted(kind, item):
        return f"{_article(item)}, which is no {spec.label}: give {spec.label} only"
    name = getattr(item, spec.named_by, None)
    if not isinstance(name, str) or not name:
        return f"{_article(item)} without a `{spec.named_by}`: name it as its entry point does"
    dead = next((each for each in spec.callables if not callable(getattr(item, each))), None)
    return f"'{name}', whose `{dead}` cannot be called: give a function" if dead else ""


def _is_wanted(kind: Kind, item: Any) -> bool:
    module, _, name = kind.spec.wants.partition(":")
    wanted = getattr(import_module(module), name)
    if kind is Kind.EVENT:
        return isinstance(item, type) and issubclass(item, wanted)
    return isinstance(item, wanted)


def _article(value: Any) -> str:
    if isinstance(value, type):
        return f"the class {value.__name__}"
    name = type(value).__name__
    return f"an {name}" if name[0].lower() in "aeiou" else f"a {name}"
