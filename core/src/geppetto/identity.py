"""Which engines answer alike: a cache must not give the reply of one to who asked another."""

from __future__ import annotations

import re
import weakref
from typing import TYPE_CHECKING, Any

from geppetto.errors import GeppettoError
from geppetto.plugins.kinds import Kind
from geppetto.plugins.row import Source
from geppetto.secret import Secret

if TYPE_CHECKING:
    from geppetto.engine.contract import Engine
    from geppetto.plugins.offered import Offered
    from geppetto.plugins.registry import PluginRegistry

__all__ = ["Identities"]

#: names of settings and headers that say who asks and not what is asked; their values are left out
_CREDENTIAL = re.compile(
    r"api[-_]?key|authorization|secret|password|passwd|credential|token$|cookie", re.IGNORECASE
)


class Identities:
    """Remember what each engine was built from, as long as the engine lives."""

    def __init__(self, registry: PluginRegistry | Offered) -> None:
        self._registry = registry
        self._built: dict[int, tuple[weakref.ref[Engine], str, Any]] = {}

    def keep(self, engine: Engine, name: str, settings: Any) -> None:
        """Remember an engine; one that cannot be referred to weakly has no identity."""
        place, built = id(engine), self._built

        def forget(gone: weakref.ref[Engine]) -> None:
            if place in built and built[place][0] is gone:
                del built[place]

        try:
            built[place] = (weakref.ref(engine, forget), name, settings)
        except TypeError:
            built.pop(place, None)

    def of(self, engine: Engine) -> str:
        """Return the engine's own `identity`, else one made of its name, package and settings; empty where there is none.

        Settings that name code, or are no JSON, give none, and neither does an engine that code registered: what these
        mean can change without a sign.
        """
        if own := getattr(engine, "identity", ""):
            return str(own)
        alive, name, settings = self._built.get(id(engine), (None, "", None))
        if alive is None or alive() is not engine:
            return ""
        from geppetto.turns.canonical import digest  # loads hashlib, which only a cache needs

        try:
            row, factory = self._registry.row(Kind.ENGINE, name), self._registry.get(Kind.ENGINE, name)
            if row.source is Source.CODE or factory.runs_code:
                return ""
            # the core writes and reads requests together with the engine's package
            return digest([factory.name, row.distribution, row.version, _core(), _plain(settings)])
        except (GeppettoError, TypeError, ValueError):
            return ""


def _core() -> str:
    from geppetto import __version__

    return __version__


def _plain(value: Any, name: str = "", *, header: bool = False) -> Any:
    """Return settings as JSON without credentials; another header counts, though it is kept like a secret."""
    from pydantic import BaseModel
    from pydantic_core import to_jsonable_python

    if isinstance(value, BaseModel):
        value = dict(value)
    if isinstance(value, dict):
        header = "header" in name
        return {str(key): _plain(item, str(key), header=header) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item, name, header=header) for item in value]
    if isinstance(value, (str, Secret)) and _CREDENTIAL.search(name):
        return "***"
    if isinstance(value, Secret):
        return value.reveal() if header else "***"
    return to_jsonable_python(value)
