"""Operations of the engine factory (004)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from geppetto.config import Layer
from geppetto.config.document import Document
from geppetto.factory.patch import read_patch

from geppetto_js.api.area.engines import engine_row
from geppetto_js.api.area.sessions import TOOL_DEFAULTS
from geppetto_js.api.ops import operation
from geppetto_js.api.words import camel_keys, camel_keys_deep, seconds, snake_keys

if TYPE_CHECKING:
    from collections.abc import Mapping

    from geppetto.factory.composer import ComposedFactory
    from geppetto.factory.plan import ComposedPlan

    from geppetto_js.api.state import ApiState

__all__ = ["FactoryOps"]

#: what holds from scripts where no layer says it
_DEFAULTS = Document("defaults of scripts", Layer.SCHEMA_DEFAULTS, {"tools": TOOL_DEFAULTS})
#: parts of a plan whose inner names are ours, not those of somebody's values
_DEEP = ("price_per_1000_turns",)


class FactoryOps:
    """`gp.factories`."""

    def __init__(self, state: ApiState) -> None:
        self._state = state

    @operation
    def check_patch(self, patch: dict[str, Any]) -> dict[str, Any]:
        """Read a patch and write it again; raises UsageError (INVALID_PATCH)."""
        return read_patch(patch).to_json()

    @operation
    def factory_plan(self, options: dict[str, Any], given: dict[str, Any]) -> dict[str, Any]:
        """Return a plan in lowerCamel."""
        return _plan(self._factory(options, given).plan(**_input(given)))

    @operation
    def factory_engine(self, options: dict[str, Any], given: dict[str, Any]) -> dict[str, Any]:
        """Make the engine of a profile with everything around it."""
        handle = self._factory(options, given).create_engine(**_input(given))
        return engine_row(self._state, handle, handle.provider, handle.provider)

    def _factory(self, options: Mapping[str, Any], given: Mapping[str, Any]) -> ComposedFactory:
        self._state.need_registry("factories.createEngineFactory")
        host = self._state.host_for(given.get("requestOverrides"), given.get("middlewarePatch"))
        return host.create_engine_factory(
            **snake_keys(options), chain=self._state.chain, documents=(_DEFAULTS,)
        )


def _input(given: Mapping[str, Any]) -> dict[str, Any]:
    found = snake_keys(given)
    if "run_defaults" in found:
        defaults = dict(found["run_defaults"])
        if "timeoutMs" in defaults:
            defaults["timeout"] = seconds(defaults.pop("timeoutMs"))
        found["run_defaults"] = defaults
    return found


def _plan(plan: ComposedPlan) -> dict[str, Any]:
    found = plan.to_json()
    found["resolved_runtime"] = camel_keys(found["resolved_runtime"])
    for name in _DEEP:
        found[name] = camel_keys_deep(found[name])
    return camel_keys(found)
