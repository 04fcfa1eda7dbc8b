"""The receipt of a uv tool: `uv tool install` forgets whatever is not said again, so all of it is said again."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

from geppetto.errors import PluginError
from geppetto.plugins.installing.requirement import Requirement
from geppetto.plugins.kinds import distribution_key

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

__all__ = ["Receipt", "read_receipt"]

_TOOL = {"requirements", "python", "entrypoints", "options"}
_ENTRY = {
    "name",
    "extras",
    "specifier",
    "marker",
    "url",
    "subdirectory",
    "path",
    "directory",
    "editable",
    "git",
}
#: stored options that the command line takes
_OPTIONS = (
    *(
        "resolution",
        "prerelease",
        "fork-strategy",
        "index-strategy",
        "keyring-provider",
        "exclude-newer",
        "link-mode",
    ),
    *("find-links", "index-url", "extra-index-url"),
)


@dataclass(slots=True, frozen=True)
class Receipt:
    """What a tool was installed with: the tool itself, what came `--with` it, and the options, as words.

    `notes` are sentences about what no word can say again.
    """

    tool: Requirement
    extra: tuple[Requirement, ...]
    options: tuple[str, ...]
    notes: tuple[str, ...] = ()


def read_receipt(text: str, where: str, variables: Collection[str] = ()) -> Receipt:
    """Read a `uv-receipt.toml`; raise PluginError for one that says what cannot be said again.

    What one of the environment's `variables` says now goes before what the receipt says, as it does for uv.
    """
    try:
        tool = tomllib.loads(text)["tool"]
        entries = tool["requirements"]
        surplus = [key for key in tool if key not in _TOOL and tool[key]]
        if surplus:
            raise _unreadable(where, f"it has {', '.join(sorted(surplus))}")
        first, *rest = [_requirement(entry, where) for entry in entries]
        programs = _programs(tool, first.name)
        options, notes = _options(tool.get("options", {}), variables)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise _unreadable(where, f"it is not as expected ({error})") from error
    # who gives executables is asked for by that option alone
    kept = {each.text: each for each in rest if each.text not in programs}
    words = [word for name in programs for word in ("--with-executables-from", name)]
    words += ["--python", str(tool["python"])] if tool.get("python") else []
    return Receipt(first, tuple(kept.values()), (*words, *options), notes)


def _requirement(entry: Mapping[str, Any], where: str) -> Requirement:
    unknown = set(entry) - _ENTRY
    if unknown:
        raise _unreadable(where, f"{entry['name']} has {', '.join(sorted(unknown))}")
    name, extras = entry["name"], f"[{','.join(entry['extras'])}]" if entry.get("extras") else ""
    key = distribution_key(name)
    if "editable" in entry:
        return Requirement(f"{entry['editable']}{extras}", key, editable=True)
    source = _source(entry)
    text = f"{name}{extras} @ {source}" if source else f"{name}{extras}{entry.get('specifier', '')}"
    marker = f" ; {entry['marker']}" if entry.get("marker") else ""
    return Requirement(text + marker, key)


def _source(entry: Mapping[str, Any]) -> str:
    """Return the address of a requirement that has one."""
    path = entry.get("path") or entry.get("directory")
    if path:
        return Path(path).as_uri()
    if "git" in entry:
        return _git(entry["git"])
    part = f"#subdirectory={entry['subdirectory']}" if entry.get("subdirectory") else ""
    return f"{entry['url']}{part}" if "url" in entry else ""


def _git(stored: str) -> str:
    """Turn uv's address of a repository, with its revision in the query, into one that installers take."""
    address = urlsplit(stored)
    query = {key: values[0] for key, values in parse_qs(address.query).items()}
    revision = query.get("rev") or query.get("tag") or query.get("branch")
    part = f"#subdirectory={query['subdirectory']}" if "subdirectory" in query else ""
    plain = address._replace(query="", fragment="").geturl()
    return f"git+{plain}{f'@{revision}' if revision else ''}{part}"


def _programs(tool: Mapping[str, Any], own: str) -> list[str]:
    """Return the other distributions whose executables were asked for, each once."""
    givers = (entry.get("from", own) for entry in tool.get("entrypoints", ()))
    return list(dict.fromkeys(giver for giver in givers if distribution_key(giver) != own))


def _options(
    stored: Mapping[str, Any], variables: Collection[str]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    words: list[str] = []
    lost: list[str] = []
    for key, value in stored.items():
        given = value if isinstance(value, list) else [value]
        if f"UV_{key.replace('-', '_').upper()}" in variables:
            continue
        # an address with somebody's name in it may have a key in it, which no command line should show
        if key in _OPTIONS and all(isinstance(each, str) and "@" not in each for each in given):
            words += [word for each in given for word in (f"--{key}", each)]
        else:
            lost.append(key)
    told = f"uv's own configuration must say {', '.join(lost)} again: the tool was installed with it"
    return tuple(words), (told,) if lost else ()


def _unreadable(where: str, why: str) -> PluginError:
    return PluginError(
        f"{where}: {why}, and what is not said again is lost",
        code="PLUGIN_RECEIPT",
        subject=where,
        next_step="run `uv tool install` yourself, with all that the receipt lists and what is new",
    )
