"""What somebody asks for, composed: a profile with overrides, the standing layers, further layers, a middleware patch."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from geppetto.errors import ConfigError, GeppettoError
from geppetto.factory.compose import DEFAULT_ENGINE, Composition, compose
from geppetto.factory.doubts import ignored
from geppetto.factory.patch import MiddlewarePatch, apply_patch
from geppetto.factory.profile_layers import ProfileLayers, profile_layers
from geppetto.factory.standing import standing
from geppetto.factory.surprise import composing
from geppetto.profile.overrides import refusal

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from geppetto.config.document import Document
    from geppetto.factory.uses import Use
    from geppetto.host import Host
    from geppetto.profile.chain import ProfileChain
    from geppetto.profile.resolve import ResolvedProfile

__all__ = ["Composed", "Request", "composed"]


@dataclass(slots=True, frozen=True)
class Request:
    """What is asked for. `chain` None leaves profiles out; `documents` and `uses` are what flags and code add.

    With `lenient`, overrides that a policy refuses are noted and left out, for a plan; without `standing`, files and the
    environment are not read; `engineless` leaves everything about the engine out, where a recording answers.
    """

    chain: ProfileChain | None = None
    profile: str = ""
    registry: str = ""
    runtime_key: str = ""
    overrides: Mapping[str, Any] = field(default_factory=dict, repr=False)
    open_by_default: bool = False
    documents: tuple[Document, ...] = ()
    uses: tuple[Use, ...] = ()
    patch: MiddlewarePatch = field(default_factory=MiddlewarePatch)
    engine: str = DEFAULT_ENGINE
    standing: bool = True
    engineless: bool = False
    cwd: Path = field(default_factory=Path.cwd)
    lenient: bool = False
    places: bool = False


@dataclass(slots=True, frozen=True)
class Composed:
    """A composition with what it is made of; `warnings` are for people, `refusals` what the policy did not let through."""

    request: Request
    composition: Composition
    profile: ResolvedProfile | None = None
    layers: ProfileLayers | None = None
    warnings: tuple[str, ...] = ()
    refusals: tuple[Mapping[str, str], ...] = ()

    @property
    def timeout(self) -> float | None:
        """The deadline that the profile sets, in seconds."""
        return self.composition.timeout


def composed(host: Host, request: Request) -> Composed:
    """Compose a request; raise what `compose` raises, and what is wrong with the profile or its policy.

    What else a plugin raises becomes UsageError (INFERENCE_COMPOSITION_FAILED). Warnings of what was read before that stand
    in the error's `details["warnings"]`: what was left out of a file may be why.
    """
    found, warnings = standing(host, request.cwd) if request.standing else ([], [])
    try:
        profile, refusals = _profile(request)
        with composing(request.profile or request.engine):
            return _with_places(host, request, profile, refusals, found, warnings)
    except GeppettoError as error:
        if warnings:
            error.details["warnings"] = list(warnings)
        raise


def _with_places(
    host: Host,
    request: Request,
    profile: ResolvedProfile | None,
    refusals: list[Mapping[str, str]],
    found: list[Document],
    warnings: list[str],
) -> Composed:
    try:
        return _composed(host, request, profile, refusals, found, warnings, places=request.places)
    except ConfigError:
        if request.places or profile is None:
            raise
        # lines of profiles are looked up only for somebody who reads them: here, of a message
        return _composed(host, request, profile, refusals, found, warnings, places=True)


def _composed(
    host: Host,
    request: Request,
    profile: ResolvedProfile | None,
    refusals: list[Mapping[str, str]],
    standing_documents: list[Document],
    warnings: list[str],
    *,
    places: bool,
) -> Composed:
    layers = None
    documents, uses = list(standing_documents), []
    if profile is not None:
        assert request.chain is not None
        allowed = _allowed(request, refusals)
        layers = profile_layers(
            profile, allowed, request.chain.lines_of if places else _files_of(request.chain)
        )
        documents += layers.documents
        uses = layers.uses
    documents += request.documents
    if request.engineless:
        documents = [_engineless(document) for document in documents]
    chain = apply_patch([*uses, *request.uses], request.patch)
    engine = "echo" if request.engineless else request.engine
    found = compose(host, documents, chain, engine=engine)
    if profile is not None and layers is not None:
        said = ignored(layers.document.ignored, found.engine)
        warnings = [*warnings, *(f"profile {profile.profile}: {each}" for each in said)]
    warnings = [*warnings, *map(str, found.left_out)]
    return Composed(request, found, profile, layers, tuple(warnings), tuple(refusals))


def _files_of(chain: ProfileChain) -> Callable[[str], tuple[str, Mapping[str, int]]]:
    """Return what gives the file of a registry without its lines, which take long to find."""
    return lambda registry: (chain.file_of(registry), {})


def _engineless(document: Document) -> Document:
    values = {name: value for name, value in document.values.items() if name not in {"engine", "settings"}}
    return replace(document, values=values)


def _profile(request: Request) -> tuple[ResolvedProfile | None, list[Mapping[str, str]]]:
    if request.chain is None:
        return None, []
    options: dict[str, Any] = {"runtime_key": request.runtime_key, "open_by_default": request.open_by_default}
    refusals: list[Mapping[str, str]] = []
    if request.lenient and request.overrides:
        policy = request.chain.resolve(request.profile, request.registry, **options).policy
        refusals = [
            {"key": key, "reason": reason} for key in request.overrides if (reason := refusal(policy, key))
        ]
    allowed = _allowed(request, refusals)
    found = request.chain.resolve(request.profile, request.registry, overrides=allowed, **options)
    return found, refusals


def _allowed(request: Request, refusals: list[Mapping[str, str]]) -> dict[str, Any]:
    refused = {row["key"] for row in refusals}
    return {key: value for key, value in request.overrides.items() if key not in refused}
