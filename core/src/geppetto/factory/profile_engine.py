"""The engine of a profile alone: its settings and options, without its prompt, middlewares and tools."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from geppetto.config import Layer
from geppetto.config.document import Document
from geppetto.factory.request import Request, composed
from geppetto.given import mapping
from geppetto.profile.redact import redacted
from geppetto.turns.canonical import digest

if TYPE_CHECKING:
    from collections.abc import Mapping

    from geppetto.engine.context import RunContext
    from geppetto.engine.contract import Engine
    from geppetto.engine.inference import InferenceConfig
    from geppetto.host import Host
    from geppetto.profile.chain import ProfileChain
    from geppetto.profile.resolve import ResolvedProfile
    from geppetto.turns import Turn

__all__ = ["ProfileEngine", "metadata_of", "profile_engine"]


@dataclass(slots=True, frozen=True)
class ProfileEngine:
    """An engine made from a profile; `metadata` says which, in the names that scripts read, `provider` whose it is.

    What a run asks of the model goes before the options of the profile.
    """

    engine: Engine = field(repr=False)
    inference: InferenceConfig
    name: str
    provider: str
    metadata: Mapping[str, Any]
    #: what engines that answer alike have in common, empty where it is not known (see `Host.engine_identity`)
    identity: str = ""

    async def run_inference(self, ctx: RunContext, turn: Turn) -> Turn:
        """Complete `turn` with the profile's engine."""
        return await self.engine.run_inference(ctx.derive(inference=ctx.inference.over(self.inference)), turn)


def profile_engine(
    host: Host,
    profile: str = "",
    registry: str = "",
    *,
    engine: str = "",
    runtime_key: str = "",
    request_overrides: Mapping[str, Any] | None = None,
    settings: Mapping[str, Any] | None = None,
    open_by_default: bool = False,
    chain: ProfileChain | None = None,
) -> ProfileEngine:
    """Build the engine of a profile; `engine` must agree with it, `settings` are of the request.

    Raises ProfileError (PROFILE_REGISTRY_NOT_CONFIGURED, PROFILE_NOT_FOUND), PolicyViolation for overrides and settings
    that the profile does not allow, InvalidOption (MERGE_CONFLICT) for another engine than the profile's.
    """
    overrides = _with_settings(mapping("request_overrides", request_overrides), settings or {})
    said = Document("code", Layer.FLAGS, {"engine": engine}) if engine else None
    found = composed(
        host,
        Request(
            chain=chain or host.profiles,
            profile=host.wanted_profile(profile),
            registry=registry or host.default_registry_slug,
            runtime_key=runtime_key,
            overrides=overrides,
            open_by_default=open_by_default,
            documents=(said,) if said else (),
        ),
    )
    assert found.profile is not None
    made = found.composition
    built = host.contributions.built_engine(made.engine, made.settings)
    return ProfileEngine(
        built,
        made.inference,
        f"profile:{found.profile.registry}/{found.profile.profile}",
        made.engine,
        metadata_of(found.profile),
        _identity(host.engine_identity(built), made.inference),
    )


def _identity(engine: str, inference: InferenceConfig) -> str:
    """Return the identity of an engine with the options of a profile."""
    return digest([engine, inference.to_json()]) if engine else ""


def metadata_of(profile: ResolvedProfile) -> dict[str, Any]:
    """Return what an engine that is made from a profile tells of it."""
    return {
        "profile_registry": profile.registry,
        "profile_slug": profile.profile,
        "runtime_key": profile.runtime_key,
        "runtime_fingerprint": profile.fingerprint,
        "resolved_metadata": redacted(profile.to_json()["metadata"]),
    }


def _with_settings(overrides: Mapping[str, Any], settings: Mapping[str, Any]) -> dict[str, Any]:
    """Return the overrides with settings of the engine among them: both stand under the profile's policy."""
    if not settings:
        return dict(overrides)
    patch = dict(overrides.get("step_settings_patch") or {})
    patch["settings"] = {**(patch.get("settings") or {}), **settings}
    return {**overrides, "step_settings_patch": patch}
