"""The engine factory of the design documents: plans, builders, sessions and engines from profiles.

`Host.create_engine_factory` makes one. It goes through the same builder and session as everything else.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from geppetto.errors import InvalidOption, nearest
from geppetto.factory.assemble import assemble, session_of
from geppetto.factory.patch import read_patch
from geppetto.factory.plan import ComposedPlan, plan_of
from geppetto.factory.profile_engine import metadata_of
from geppetto.factory.request import Composed, Request, composed
from geppetto.given import mapping
from geppetto.inference.builder import Builder, EngineHandle

if TYPE_CHECKING:
    from collections.abc import Mapping

    from geppetto.config.document import Document
    from geppetto.host import Host
    from geppetto.inference.session import Session
    from geppetto.profile.chain import ProfileChain

__all__ = ["INPUTS", "ComposedFactory"]

#: what every method takes (004, `FactoryCreateInput`)
INPUTS = (
    "profile", "registry", "runtime_key_fallback", "request_overrides", "middleware_patch", "run_defaults", "debug",
)  # fmt: skip
_RUN_DEFAULTS = ("timeout", "tags")


@dataclass(slots=True, frozen=True)
class ComposedFactory:
    """Make plans, builders, sessions and engines from a profile, what a request overrides, and a middleware patch.

    All methods take `profile`, `registry`, `runtime_key_fallback`, `request_overrides` (under the profile's policy),
    `middleware_patch` (a patch, a builder, a function of a builder, or JSON), `run_defaults` (`timeout` in seconds,
    `tags`) and `debug` (report middlewares that do what they do not declare). They raise ProfileNotFound, PolicyViolation,
    ConfigError, NotFound, or UsageError with INVALID_PATCH and PROFILE_REGISTRY_NOT_CONFIGURED.
    """

    host: Host
    default_registry_slug: str = ""
    default_profile_slug: str = ""
    allow_runtime_overrides_by_default: bool = False
    standing: bool = True
    chain: ProfileChain | None = None
    documents: tuple[Document, ...] = ()

    def plan(self, **given: Any) -> ComposedPlan:
        """Return what a session would be, and why; overrides that the policy refuses stand under `refusals`."""
        return plan_of(self.host, self._composed(given, lenient=True, places=True))

    def create_session(self, *, session_id: str = "", **given: Any) -> Session:
        """Return a session with the profile's engine, prompt, middlewares and tools."""
        found = self._composed(given)
        return session_of(self.host, found.composition, session_id=session_id, **_options(found, given))

    def create_engine(self, **given: Any) -> EngineHandle:
        """Return the engine with everything around it, for single turns."""
        found = self._composed(given)
        spec = assemble(self.host, found.composition, **_options(found, given))
        return EngineHandle(spec, self.host, metadata=metadata_of(found.profile) if found.profile else {})

    def create_builder(self, **given: Any) -> Builder:
        """Return an open builder, filled from the profile."""
        handle = self.create_engine(**given)
        spec = handle.spec
        builder = self.host.builder().engine(handle).tools(spec.tools).inference(spec.inference)
        builder.tool_config(spec.tool_config).tool_loop(spec.tool_loop).tags(spec.tags).timeout(spec.timeout)
        for use in spec.middlewares:
            builder.use(use)
        return builder

    def _composed(self, given: Mapping[str, Any], *, lenient: bool = False, places: bool = False) -> Composed:
        self.host.threads.check_open()
        _check(given, INPUTS, "factory input")
        _check(mapping("run_defaults", given.get("run_defaults")), _RUN_DEFAULTS, "run_defaults")
        request = Request(
            chain=self.chain or self.host.profiles,
            profile=self.host.wanted_profile(given.get("profile") or "", self.default_profile_slug),
            registry=given.get("registry") or self.default_registry_slug or self.host.default_registry_slug,
            runtime_key=given.get("runtime_key_fallback") or "",
            overrides=mapping("request_overrides", given.get("request_overrides")),
            documents=self.documents,
            open_by_default=self.allow_runtime_overrides_by_default,
            patch=read_patch(given.get("middleware_patch")),
            standing=self.standing,
            lenient=lenient,
            places=places,
        )
        return composed(self.host, request)


def _options(found: Composed, given: Mapping[str, Any]) -> dict[str, Any]:
    defaults = given.get("run_defaults") or {}
    timeout = defaults.get("timeout", found.timeout)
    options = {"debug": bool(given.get("debug")), "timeout": timeout}
    return {**options, "tags": dict(defaults["tags"])} if defaults.get("tags") else options


def _check(given: Mapping[str, Any], known: tuple[str, ...], what: str) -> None:
    for name in given:
        if name not in known:
            guess = nearest(name, known)
            hint = f"did you mean {guess}?" if guess else f"known: {', '.join(known)}"
            raise InvalidOption(f"{what}: there is no '{name}'; {hint}", subject=name, next_step=hint)
