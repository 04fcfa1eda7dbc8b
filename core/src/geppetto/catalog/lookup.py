"""Models: one view of all installed catalogues, asked by the name of an engine."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from geppetto.errors import NotFound
from geppetto.plugins.kinds import Kind

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from geppetto.catalog.model import Catalog, Cost, ModelInfo
    from geppetto.engine.inference import InferenceResult, Usage
    from geppetto.plugins.registry import PluginRegistry

__all__ = ["Models"]


class Models:
    """What the installed catalogues know; where several know a model, the first by name is believed."""

    def __init__(self, registry: PluginRegistry) -> None:
        self._registry = registry
        self._loaded: dict[str, Catalog] = {}

    @property
    def installed(self) -> list[str]:
        """The names of the installed catalogues."""
        return self._registry.names(Kind.CATALOG)

    def of(self, engine: str) -> list[ModelInfo]:
        """Return the models that an engine can be asked for, sorted by name; raises NotFound for the engine."""
        vendor = self.vendor(engine)
        found: dict[str, ModelInfo] = {}
        for catalog in self._catalogs():
            for model in catalog.models(vendor):
                found.setdefault(model.name, model)
        return [found[name] for name in sorted(found)]

    def find(self, engine: str, model: str) -> ModelInfo | None:
        """Return what is known about a model of an engine, None when nothing is."""
        vendor = self.vendor(engine)
        known = (catalog.find(vendor, model) for catalog in self._catalogs())
        return next((found for found in known if found is not None), None)

    def cost(self, engine: str, model: str, usage: Usage | None, when: datetime | None = None) -> Cost | None:
        """Return what usage cost; None for what is not known. Raises NotFound for the engine."""
        if usage is None:
            return None
        vendor = self.vendor(engine)
        known = (catalog.cost(vendor, model, usage, when) for catalog in self._catalogs())
        return next((found for found in known if found is not None), None)

    def cost_of(self, result: InferenceResult) -> Cost | None:
        """Return what a run cost, by its own result; None also for an engine that is not installed here."""
        try:
            return self.cost(result.provider, result.model, result.usage)
        except NotFound:
            return None

    def vendor(self, engine: str) -> str:
        """Return what catalogues call the vendor of an engine."""
        factory: Any = self._registry.get(Kind.ENGINE, engine)
        return str(factory.vendor or factory.name)

    def _catalogs(self) -> Iterator[Catalog]:
        for name in self.installed:
            if name not in self._loaded:
                self._loaded[name] = self._registry.get(Kind.CATALOG, name).load()
            yield self._loaded[name]
