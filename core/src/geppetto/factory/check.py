"""What is wrong with a profile before anybody runs it: middlewares nobody has, configs and extensions that do not fit."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from geppetto.config import Layer, Source, resolve
from geppetto.config.document import Document
from geppetto.errors import GeppettoError, ProfileInvalid
from geppetto.factory.extensions import resolve_extensions
from geppetto.plugins.kinds import Kind
from geppetto.turns import thaw

if TYPE_CHECKING:
    from geppetto.plugins.offered import Offered
    from geppetto.profile.model import MiddlewareRef, Profile

__all__ = ["checked_profile"]


def checked_profile(offered: Offered, profile: Profile) -> Profile:
    """Return a profile whose middlewares are installed and whose configs and extensions fit; raise ProfileInvalid.

    A middleware that is switched off may be missing. Extensions are written back as their codec encodes them.
    """
    for index, use in enumerate(profile.runtime.middlewares or ()):
        if use.enabled is not False:
            _check_use(offered, use, f"runtime.middlewares[{index}]", profile.slug)
    return replace(
        profile,
        extensions={key: _extension(offered, key, value) for key, value in profile.extensions.items()},
    )


def _check_use(offered: Offered, use: MiddlewareRef, field: str, profile: str) -> None:
    try:
        definition = offered.get(Kind.MIDDLEWARE, use.name)
    except GeppettoError as error:
        raise ProfileInvalid(
            f"{field}.name", error.message, code="MIDDLEWARE_NOT_FOUND", next_step=error.next_step
        ) from error
    source = Source(f"profile {profile}", Layer.PROFILE, thaw(dict(use.config or {})))
    try:
        resolve(definition.config(), [source], subject=f"middleware {use.label}")
    except GeppettoError as error:
        raise ProfileInvalid(
            f"{field}.config", error.message, code="SCHEMA_VALIDATION_FAILED", next_step=error.next_step
        ) from error


def _extension(offered: Offered, key: str, value: object) -> object:
    payload, field = thaw(value), f"profile.extensions[{key}]"
    document = Document(field, Layer.PROFILE, {"extensions": {key: payload}})
    try:
        _, found = resolve_extensions(offered, [document])
        return (
            offered.get(Kind.CODEC, key).encode(found[key]) if key in offered.names(Kind.CODEC) else payload
        )
    except GeppettoError as error:
        raise ProfileInvalid(field, error.message, next_step=error.next_step) from error
