"""What a host offers by name: installed plugins, or the middleware definitions and codecs that an application gave it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from geppetto.errors import NotFound, UsageError
from geppetto.plugins.kinds import Kind, spelling
from geppetto.plugins.row import Row, Source, Status

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from geppetto.plugins.registry import PluginRegistry

__all__ = ["Offered"]

_MISSING = {
    Kind.MIDDLEWARE: ("MIDDLEWARE_DEFINITION_REGISTRY_NOT_CONFIGURED", "a middleware definition registry"),
    Kind.CODEC: ("EXTENSION_SCHEMA_PROVIDER_NOT_CONFIGURED", "an extension schema provider"),
}


class Offered:
    """Look contributions up; `given` replaces what is installed for its kinds, an empty collection means none at all."""

    def __init__(
        self,
        registry: PluginRegistry,
        given: Mapping[Kind, Iterable[Any] | None],
        schemas: Mapping[str, Mapping[str, Any]] | None = None,
    ) -> None:
        self._registry = registry
        #: JSON Schemas of extension keys that the application gave itself
        self.schemas = dict(schemas or {})
        self._given = {kind: list(found) for kind, found in given.items() if found is not None}

    def names(self, kind: Kind) -> list[str]:
        """Return the names that can be used, sorted."""
        if kind not in self._given:
            return self._registry.names(kind)
        return sorted(str(getattr(found, kind.spec.named_by)) for found in self._given[kind])

    def get(self, kind: Kind, name: str) -> Any:
        """Return a contribution; raises NotFound, PluginError, or UsageError (`*_NOT_CONFIGURED`) where there are none."""
        if kind not in self._given:
            return self._registry.get(kind, name)
        for found in self._given[kind]:
            if spelling(str(getattr(found, kind.spec.named_by))) == spelling(name):
                return found
        self.check(kind)
        raise NotFound(kind, name, self.names(kind))

    def row(self, kind: Kind, name: str) -> Row:
        """Return who supplies a name; raises what `get` raises."""
        if kind not in self._given:
            return self._registry.row(kind, name)
        found = self.get(kind, name)
        own = str(getattr(found, kind.spec.named_by))
        return Row(kind, own, "(code)", "", "", Status.LOADED, source=Source.CODE)

    def check(self, kind: Kind) -> None:
        """Raise UsageError for a kind of which the application gave an empty collection."""
        if self._given.get(kind) == []:
            code, what = _MISSING[kind]
            raise UsageError(
                f"this needs {what}: the host was made without one",
                code=code,
                subject=kind.value,
                next_step="give Host(...) what it needs, or leave the argument out to use what is installed",
            )
