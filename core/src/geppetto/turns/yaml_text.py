"""YAML as a writing of JSON: only JSON's types are read, so a date or a `yes` in a text stays what it was."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Any, NoReturn

import yaml

from geppetto.errors import DecodeError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["dump", "has_comments", "lines", "load"]

_TOO_MUCH = "its aliases stand for too much"
#: how long the paths of all values of a file may be together: a long key above a long list would fill the memory
_MOST_LETTERS = 50_000_000
_TAG = "tag:yaml.org,2002:"


class _JsonLoader(yaml.SafeLoader):
    """Resolves YAML 1.2's JSON schema: no dates, no sexagesimals, `yes` and `on` are texts."""

    def __init__(self, text: str | bytes) -> None:
        super().__init__(text)
        #: how many values may be made, and how many pairs merged: aliases of aliases would fill the memory
        self.limit = 100_000 + 10 * len(text)
        self._pairs = self.limit

    def flatten_mapping(self, node: yaml.MappingNode) -> None:
        """Resolve merge keys; called once more wherever a mapping is merged, so all that is copied is counted."""
        super().flatten_mapping(node)
        self._pairs -= len(node.value)
        if self._pairs < 0:
            _refuse(node, _TOO_MUCH)


_JsonLoader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag.rsplit(":", 1)[-1] in {"null", "merge"}]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def _resolve(kind: str, pattern: str, first: str) -> None:
    _JsonLoader.add_implicit_resolver(_TAG + kind, re.compile(pattern), list(first))


_resolve("bool", r"^(?:true|True|TRUE|false|False|FALSE)$", "tTfF")
_resolve("int", r"^[-+]?(?:0|[1-9][0-9]*)$", "-+0123456789")
_resolve(
    "float", r"^[-+]?(?:[0-9]+\.[0-9]*(?:[eE][-+]?[0-9]+)?|[0-9]+[eE][-+]?[0-9]+|\.[0-9]+)$", "-+.0123456789"
)


class _JsonDumper(yaml.SafeDumper):
    """Writes what `load` reads back the same."""

    def ignore_aliases(self, _data: Any) -> bool:
        return True


_BREAKS = re.compile("[\r\x85\u2028\u2029\ufeff]")


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    style = "|" if "\n" in text and _block_style_keeps(text) else None
    if _BREAKS.search(text):
        style = '"'  # YAML takes these for line breaks everywhere else
    return dumper.represent_scalar(_TAG + "str", text, style=style)


def _block_style_keeps(text: str) -> bool:
    return not text[:1].isspace() and all(line == line.rstrip() for line in text.split("\n"))


def _float(dumper: yaml.SafeDumper, number: float) -> yaml.ScalarNode:
    return dumper.represent_scalar(_TAG + "float", repr(number))


_JsonDumper.add_representer(str, _text)
_JsonDumper.add_representer(float, _float)
_JsonDumper.yaml_implicit_resolvers = {
    first: [*resolvers, *_JsonLoader.yaml_implicit_resolvers.get(first, [])]
    for first, resolvers in yaml.SafeDumper.yaml_implicit_resolvers.items()
}


def _refuse(node: yaml.Node, problem: str) -> NoReturn:
    raise yaml.constructor.ConstructorError(None, None, problem, node.start_mark)


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(text)
    return number


_SCALARS: dict[str, Callable[[str], Any]] = {
    _TAG + "str": str,
    _TAG + "null": lambda _text: None,
    _TAG + "bool": lambda text: {"true": True, "false": False}[text.lower()],
    _TAG + "int": int,
    _TAG + "float": _finite,
}


class _Reader:
    """Makes JSON data of composed nodes, as much as the loader's limit allows."""

    def __init__(self, loader: _JsonLoader) -> None:
        self._loader = loader
        self._left = loader.limit
        self._flat: set[int] = set()  # nodes that were checked, and their merge keys resolved

    def value(self, node: yaml.Node) -> Any:
        self._left -= 1
        if self._left < 0:
            _refuse(node, _TOO_MUCH)
        if isinstance(node, yaml.MappingNode) and node.tag == _TAG + "map":
            return self._object(node)
        if isinstance(node, yaml.SequenceNode) and node.tag == _TAG + "seq":
            return [self.value(item) for item in node.value]
        return _scalar(node)

    def _object(self, node: yaml.MappingNode) -> dict[str, Any]:
        if id(node) not in self._flat:
            self._flat.add(id(node))
            _check_keys(node)
            self._loader.flatten_mapping(node)
        return {key.value: self.value(item) for key, item in node.value}


def _check_keys(node: yaml.MappingNode) -> None:
    own: set[str] = set()
    for key, _ in node.value:
        if not isinstance(key, yaml.ScalarNode):
            _refuse(key, "a key is a text")
        if key.value in own:
            _refuse(key, f"the key {key.value!r} stands here twice")
        own.add(key.value)


def _scalar(node: yaml.Node) -> Any:
    try:
        return _SCALARS[node.tag](node.value)
    except (KeyError, ValueError, TypeError):
        shown = f"{node.value:.40} " if isinstance(node, yaml.ScalarNode) else ""
        _refuse(node, f"{shown}is no JSON value ({node.tag.removeprefix(_TAG)})")


def dump(value: Any) -> str:
    """Return JSON data as YAML text."""
    text: str = yaml.dump(value, Dumper=_JsonDumper, sort_keys=False, allow_unicode=True, width=110)
    return text


def load(text: str | bytes, where: str = "YAML") -> Any:
    """Read YAML text as JSON data, keys as texts; raise DecodeError with line and column when it is not."""
    try:
        loader = _JsonLoader(text)
        node = loader.get_single_node()
        return None if node is None else _Reader(loader).value(node)
    except RecursionError:
        raise DecodeError(f"{where}: nested too deeply, or inside itself", subject=where) from None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        place = f" at line {mark.line + 1}, column {mark.column + 1}" if mark else ""
        raise DecodeError(
            f"{where}: not YAML{place}: {getattr(error, 'problem', error)}", subject=where
        ) from error


def has_comments(text: str) -> bool:
    """Say whether there are comments in text that `load` has read: a `#` between two of its tokens."""
    read = 0
    for token in yaml.scan(text, Loader=yaml.SafeLoader):
        if "#" in text[read : token.start_mark.index]:
            return True
        read = token.end_mark.index
    return "#" in text[read:]


def lines(text: str | bytes) -> dict[str, int]:
    """Return the line of each value by its JSON pointer, for text that `load` has read; raise DecodeError for endless ones."""
    found: dict[str, int] = {}
    loader = _JsonLoader(text)
    node = loader.get_single_node()
    if node is not None:
        _Reader(loader).value(node)  # merge keys are resolved, and no more stands for more than its limit
        left = _MOST_LETTERS
        for pointer, line in _numbered(node, ""):
            left -= len(pointer)
            if left < 0:
                raise DecodeError("YAML: the paths of its values are too long", subject=pointer[:100])
            found[pointer] = line
    return found


def _numbered(node: yaml.Node, pointer: str) -> Iterator[tuple[str, int]]:
    pairs: list[tuple[str, yaml.Node, yaml.Node]] = []
    if isinstance(node, yaml.MappingNode):
        pairs = [(str(key.value), key, value) for key, value in node.value]
    elif isinstance(node, yaml.SequenceNode):
        pairs = [(str(index), value, value) for index, value in enumerate(node.value)]
    for name, key, value in pairs:
        inner = f"{pointer}/{name.replace('~', '~0').replace('/', '~1')}"
        yield inner, key.start_mark.line + 1
        yield from _numbered(value, inner)
