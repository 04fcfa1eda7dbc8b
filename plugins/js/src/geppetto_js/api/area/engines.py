"""Operations that make engines."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from geppetto.errors import InvalidOption
from geppetto.factory.profile_engine import ProfileEngine
from geppetto.inference.builder import EngineHandle
from geppetto.turns import new_id

from geppetto_js.api.engine import js_engine
from geppetto_js.api.ops import operation
from geppetto_js.api.words import camel_keys

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from geppetto_js.api.state import ApiState

__all__ = ["EngineOps", "engine_row"]


class EngineOps:
    """`gp.engines`, `gp.createEngine` and the engine builder."""

    def __init__(self, state: ApiState) -> None:
        self._state = state
        self._kinds: dict[str, Callable[[Mapping[str, Any]], tuple[str, Any]]] = {
            "echo": self._echo,
            "function": self._function,
            "config": self._config,
            "provider": self._config,
            "profile": self._profile,
            "create": self._create,
        }

    @operation
    def engine_new(self, kind: str, options: dict[str, Any]) -> dict[str, Any]:
        """Make an engine and return its reference, id, name, provider and metadata."""
        name, engine = self._kinds[kind](options)
        provider = engine.provider if isinstance(engine, ProfileEngine) else name
        return engine_row(self._state, engine, "config" if kind == "config" else name, provider)

    @operation
    def has_profile(self, slug: str) -> bool:
        """Say whether a registry knows a profile of that name."""
        return any(slug in registry.profiles for registry in self._state.chain.registries().values())

    def _echo(self, options: Mapping[str, Any]) -> tuple[str, Any]:
        reply = str(options.get("reply", "")).strip()
        return "echo", self._state.host.engine("echo", reply=reply or "READY")

    def _function(self, options: Mapping[str, Any]) -> tuple[str, Any]:
        name = str(options["name"])
        return name, js_engine(self._state, name, options["fn"])

    def _config(self, options: Mapping[str, Any]) -> tuple[str, Any]:
        name = str(options["provider"])
        return name, self._state.bounded.engine(name, **options.get("settings", {}))

    def _profile(self, options: Mapping[str, Any]) -> tuple[str, Any]:
        self._state.need_registry("engines.fromProfile")
        overrides = options.get("requestOverrides")
        made = self._state.host_for(overrides).profile_engine(
            options.get("profile") or "",
            runtime_key=options.get("runtimeKey") or "",
            request_overrides=overrides,
            chain=self._state.chain,
        )
        return made.name, made

    def _create(self, options: Mapping[str, Any]) -> tuple[str, Any]:
        if options.get("fn") is not None:
            return self._function(options)
        if not options.get("profile"):
            return self._config(options)
        settings, overrides = options.get("settings") or {}, options.get("requestOverrides")
        made = self._state.host_for(settings, overrides).profile_engine(
            options["profile"],
            engine=options.get("provider") or "",
            settings=settings,
            request_overrides=overrides,
            chain=self._state.chain,
        )
        return made.name, made


def engine_row(state: ApiState, engine: Any, name: str, provider: str) -> dict[str, Any]:
    """Keep an engine and return what a script sees of it."""
    metadata = getattr(engine, "metadata", None)
    if not isinstance(engine, EngineHandle) and not hasattr(engine, "run_inference"):
        raise InvalidOption(f"expected an engine, got {type(engine).__name__}")
    row: dict[str, Any] = {"ref": state.keep(engine), "id": new_id(), "name": name, "provider": provider}
    return {**row, "metadata": camel_keys(metadata)} if metadata else row
