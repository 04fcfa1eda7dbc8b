"""Credential bundles: which host a request goes to, and with whose key, is said by one layer or not at all.

A layer that names an address starts a bundle of its own, so that a key that was written down for another host never
travels there; a key on top of another layer's address is an error, because leaving the address out would send the
request elsewhere.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from geppetto.config.document import engine_of
from geppetto.config.source import Layer
from geppetto.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from geppetto.config.document import Document

__all__ = ["BUNDLE", "Left", "one_bundle"]

#: the settings that belong together; `engine` is the provider they are for
BUNDLE = ("base_url", "api_key", "key_header", "organization", "project", "extra_headers")
#: what must not be said without the engine that it is for
_NEEDS_ENGINE = ("base_url", "api_key", "extra_headers")


@dataclass(slots=True, frozen=True)
class Left:
    """A setting that does not count, because another layer says who is asked."""

    pointer: str
    place: str
    reason: str

    def __str__(self) -> str:
        return f"{self.pointer} of {self.place} is left out: {self.reason}"


def one_bundle(
    documents: Sequence[Document], engine: str, same: Callable[[str, str], bool]
) -> tuple[list[Document], list[Left]]:
    """Return the documents with the one bundle that counts, and what was left out.

    `same(a, b)` says whether two names mean one engine. Raises ConfigError (CREDENTIALS_SPLIT) for a bundle of several
    layers, and for an address or a key in a layer above the profile that does not say which engine it is for.
    """
    ordered = sorted(documents, key=lambda document: document.layer)
    left: list[Left] = []
    kept: list[Document] = []
    bundle: list[Document] = []
    for document in ordered:
        members = _members(document)
        if members and not _is_for(document, ordered, engine, same):
            kept.append(_without(document, members, f"it is not for the engine {engine}", left))
            continue
        if "base_url" in members:
            reason = f"{document.name} has its own address"
            kept = [_without(each, _members(each), reason, left) for each in kept]
            bundle = []
        if members:
            _check_layer(bundle, document, members)
            bundle.append(document)
        kept.append(document)
    return kept, left


def _members(document: Document) -> list[str]:
    settings = document.values.get("settings")
    return [name for name in BUNDLE if isinstance(settings, dict) and settings.get(name) is not None]


def _is_for(
    document: Document, documents: Sequence[Document], engine: str, same: Callable[[str, str], bool]
) -> bool:
    """Say whether a document's bundle is for the engine; the engine must be named in its own layer."""
    named = _named(document, documents)
    if named:
        return same(named, engine)
    above = any(each.values.get("engine") for each in documents)
    said = [name for name in _members(document) if name in _NEEDS_ENGINE]
    if above and said:
        place = document.place("settings", said[0])
        raise _split(
            f"/settings/{said[0]} is said by {place}, which does not say for which engine",
            f"/settings/{said[0]}",
            f"say `engine: {engine}` in the same place ({_example(document, engine)})",
        )
    return True


def _named(document: Document, documents: Sequence[Document]) -> str:
    """Return the engine that a document stands on in its layer: its own, the last one below it, else the last one above."""
    layer = [each for each in documents if each.layer == document.layer]
    place = next(at for at, each in enumerate(layer) if each is document)
    return engine_of(layer[: place + 1]) or engine_of(layer)


def _check_layer(bundle: Sequence[Document], document: Document, members: Sequence[str]) -> None:
    for below in bundle:
        if below.layer != document.layer:
            theirs = _members(below)
            raise _split(
                f"/settings/{theirs[0]} is said by {below.place('settings', theirs[0])} and /settings/{members[0]} by "
                f"{document.place('settings', members[0])}: an address, its key and headers come from one layer",
                f"/settings/{members[0]}",
                f"say {', '.join(dict.fromkeys([*theirs, *members]))} in one place",
            )


def _without(document: Document, names: Sequence[str], reason: str, left: list[Left]) -> Document:
    if not names:
        return document
    left.extend(Left(f"/settings/{name}", document.place("settings", name), reason) for name in names)
    settings: Any = document.values["settings"]
    rest = {name: value for name, value in settings.items() if name not in names}
    return replace(document, values={**document.values, "settings": rest})


def _example(document: Document, engine: str) -> str:
    if document.layer is Layer.ENVIRONMENT:
        return f"GEPPETTO__ENGINE={engine}"
    return f"--engine {engine}" if document.layer is Layer.FLAGS else f"engine: {engine}"


def _split(message: str, subject: str, next_step: str) -> ConfigError:
    return ConfigError(message, code="CREDENTIALS_SPLIT", subject=subject, next_step=next_step)
