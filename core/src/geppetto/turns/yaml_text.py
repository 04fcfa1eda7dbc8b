"""YAML as a writing of JSON: only JSON's types are read, so a date or a `yes` in a text stays what it was."""

from __future__ import annotations

import re
from typing import Any

import yaml

from geppetto.errors import DecodeError

__all__ = ["dump", "load"]


class _JsonLoader(yaml.SafeLoader):
    """Reads YAML 1.2's JSON schema: no dates, no sexagesimals, `yes` and `on` are texts."""


_JsonLoader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag.rsplit(":", 1)[-1] in {"null", "merge"}]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def _resolve(kind: str, pattern: str, first: str) -> None:
    _JsonLoader.add_implicit_resolver(f"tag:yaml.org,2002:{kind}", re.compile(pattern), list(first))


_resolve("bool", r"^(?:true|True|TRUE|false|False|FALSE)$", "tTfF")
_resolve("int", r"^[-+]?(?:0|[1-9][0-9]*)$", "-+0123456789")
_resolve(
    "float", r"^[-+]?(?:[0-9]+\.[0-9]*(?:[eE][-+]?[0-9]+)?|[0-9]+[eE][-+]?[0-9]+|\.[0-9]+)$", "-+.0123456789"
)


class _JsonDumper(yaml.SafeDumper):
    """Writes what `_JsonLoader` reads back the same."""

    def ignore_aliases(self, _data: Any) -> bool:
        return True


_BREAKS = re.compile("[\r\x85\u2028\u2029\ufeff]")


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    style = "|" if "\n" in text and _block_style_keeps(text) else None
    if _BREAKS.search(text):
        style = '"'  # YAML takes these for line breaks everywhere else
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


def _block_style_keeps(text: str) -> bool:
    return not text[:1].isspace() and all(line == line.rstrip() for line in text.split("\n"))


def _float(dumper: yaml.SafeDumper, number: float) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:float", repr(number))


_JsonDumper.add_representer(str, _text)
_JsonDumper.add_representer(float, _float)
_JsonDumper.yaml_implicit_resolvers = {
    first: [*resolvers, *_JsonLoader.yaml_implicit_resolvers.get(first, [])]
    for first, resolvers in yaml.SafeDumper.yaml_implicit_resolvers.items()
}


def dump(value: Any) -> str:
    """Return JSON data as YAML text."""
    text: str = yaml.dump(value, Dumper=_JsonDumper, sort_keys=False, allow_unicode=True, width=110)
    return text


def load(text: str | bytes, where: str = "YAML") -> Any:
    """Read YAML text as JSON data; raise DecodeError with line and column when it is not."""
    try:
        return yaml.load(text, Loader=_JsonLoader)  # noqa: S506  # a SafeLoader with fewer types
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        place = f" at line {mark.line + 1}, column {mark.column + 1}" if mark else ""
        raise DecodeError(
            f"{where}: not YAML{place}: {getattr(error, 'problem', error)}", subject=where
        ) from error
