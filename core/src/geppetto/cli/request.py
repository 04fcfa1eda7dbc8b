"""What the options of a command ask for: a profile, flags as a layer, middlewares, a patch; composed with the rest."""

from __future__ import annotations

import json
from contextlib import contextmanager
from dataclasses import fields, replace
from typing import TYPE_CHECKING, Any

from geppetto.cli.registries import require_databases
from geppetto.cli.streams import aside
from geppetto.config import Layer, Source, read_assignments
from geppetto.config.document import ROOTS, Document
from geppetto.engine.inference import InferenceConfig
from geppetto.errors import ConfigError, DecodeError, GeppettoError, InvalidOption, UsageError, nearest
from geppetto.factory.patch import MiddlewarePatch, read_patch
from geppetto.factory.request import Composed, Request, composed
from geppetto.factory.uses import Use
from geppetto.profile.selection import chosen_profile

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from geppetto.host import Host

__all__ = ["compose_options", "likely", "request_of"]

_OPTIONS = frozenset(f.name for f in fields(InferenceConfig))


def compose_options(host: Host, *, places: bool = False, lenient: bool = False, **options: Any) -> Composed:
    """Return what the options of `run` mean, all layers included; warnings go to standard error, also when it fails."""
    with request_of(host, places=places, lenient=lenient, **options) as request:
        try:
            found = composed(host, request)
        except GeppettoError as error:
            _warn(error.details.get("warnings", ()))
            raise _hinted(error, options.get("assignments", ())) from error.__cause__
    _warn(found.warnings)
    return found


def likely(word: str, settings: Iterable[str]) -> str | None:
    """Return the word most like this one that a path may begin with."""
    return nearest(word, _words(settings))


def _words(settings: Iterable[str]) -> list[str]:
    """Return what a path may begin with: a root, an option of the run, a setting of the engine."""
    return sorted({*ROOTS, *_OPTIONS, *settings})


def _hinted(error: GeppettoError, assignments: Sequence[str]) -> GeppettoError:
    """Return the error for a word of `--set` that was taken for a setting and is none, with all that it may have been."""
    word = error.subject.removeprefix("/")
    if error.code != "UNKNOWN_KEY" or word not in _assigned(assignments).get("settings", {}):
        return error
    known = _words(error.details["known"])
    guess = nearest(word, known)
    hint = f"did you mean {guess}?" if guess else f"known: {', '.join(known)}"
    about = error.message.rpartition(";")[0]
    details = {**error.details, "nearest": guess, "known": known}
    return ConfigError(
        f"{about}; {hint}", code=error.code, subject=error.subject, next_step=hint, details=details
    )


def _warn(warnings: Iterable[str]) -> None:
    for warning in warnings:
        aside(f"warning: {warning}")


@contextmanager
def request_of(
    host: Host,
    *,
    engine: str | None = None,
    profile: str | None = None,
    profile_registries: str | None = None,
    system: str | None = None,
    tools: Sequence[str] = (),
    middlewares: Sequence[str] = (),
    middleware_patch: Path | None = None,
    assignments: Sequence[str] = (),
    engineless: bool = False,
    places: bool = False,
    lenient: bool = False,
    **flags: str | None,
) -> Iterator[Request]:
    """Give the request; registries that an option names are open inside the block."""
    wanted = chosen_profile(profile, host.env)
    chain = None
    if wanted or profile_registries is not None:
        require_databases(host, profile_registries)
        chain = host.open_profiles(profile_registries) if profile_registries else host.profiles
    settings = {name: value for name, value in flags.items() if value is not None}
    said = {"engine": engine, "settings": settings, "tools": list(tools)}
    values = {name: value for name, value in said.items() if value}
    values |= {} if system is None else {"system_prompt": system}  # an empty one takes the profile's away
    documents = (
        Document("flags", Layer.FLAGS, values, text=True),
        Document("--set", Layer.FLAGS, _assigned(assignments), text=True),
    )
    try:
        yield Request(
            chain=chain,
            profile=wanted,
            documents=documents,
            uses=tuple(_use(text) for text in middlewares),
            patch=_patch(middleware_patch),
            engineless=engineless,
            places=places,
            lenient=lenient,
        )
    finally:
        if chain is not None and profile_registries:
            chain.close()


def _assigned(assignments: Sequence[str]) -> dict[str, Any]:
    """Read `--set`: a path whose first word is no root is an option of the run, else a setting of the engine."""
    found: dict[str, Any] = {}
    for name, value in read_assignments(assignments).items():
        if name in ROOTS:
            found[name] = _merged(found.get(name), value)
        else:
            root = "inference" if name in _OPTIONS else "settings"
            found[root] = _merged(found.get(root), {name: value})
    return found


def _merged(one: Any, other: Any) -> Any:
    return {**one, **other} if isinstance(one, dict) and isinstance(other, dict) else other


def _use(text: str) -> Use:
    """Read `NAME`, `NAME#ID` or `NAME:{json}`."""
    label, colon, config = text.partition(":")
    name, _, id_ = label.partition("#")
    sources: tuple[Source, ...] = ()
    if colon:
        sources = (Source("--middleware", Layer.FLAGS, _object(label, config)),)
    return Use(name, id_, sources=sources, origin="--middleware")


def _object(name: str, config: str) -> Mapping[str, Any]:
    try:
        values = json.loads(config)
    except ValueError as error:
        raise InvalidOption(
            f"--middleware {name}: the configuration is not JSON: {error}",
            subject=name,
            next_step=f'--middleware \'{name}:{{"key": "value"}}\'',
        ) from error
    if not isinstance(values, dict):
        raise InvalidOption(f"--middleware {name}: the configuration is no JSON object", subject=name)
    return values


def _patch(path: Path | None) -> MiddlewarePatch:
    """Read a patch file; raise UsageError naming the file."""
    if path is None:
        return MiddlewarePatch()
    from geppetto.turns import yaml_text

    try:
        return replace(read_patch(yaml_text.load(path.read_bytes(), str(path))), file=str(path))
    except (OSError, DecodeError) as error:
        raise UsageError(str(error), code="INVALID_PATCH", subject=str(path)) from error
    except UsageError as error:
        raise UsageError(
            f"{path}: {error.message}", code=error.code, subject=error.subject, details=error.details
        ) from error
