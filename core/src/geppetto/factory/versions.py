"""Which package, of which version, supplies each part of a run: part of a plan and of a fingerprint."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from geppetto.errors import GeppettoError
from geppetto.plugins.kinds import CORE, Kind
from geppetto.profile.resolve import fingerprint
from geppetto.profile.settings import run_document

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from geppetto.plugins.offered import Offered
    from geppetto.profile.model import Runtime
    from geppetto.profile.resolve import ResolvedProfile

__all__ = ["supplier", "versions", "versions_of", "with_versions"]


def supplier(offered: Offered, kind: Kind, name: str) -> str:
    """Return `distribution version` of a contribution, `missing` for one that is not there; reads metadata only."""
    try:
        row = offered.row(kind, name)
    except GeppettoError:
        return "missing"
    return f"{row.distribution} {row.version}".strip()


def versions(
    offered: Offered,
    *,
    engine: str,
    middlewares: Iterable[str],
    tools: Iterable[str],
    codecs: Iterable[str] = (),
) -> dict[str, str]:
    """Return who supplies each part of a run, by `kind name`."""
    parts = [(Kind.ENGINE, engine)] if engine else []
    parts += [(Kind.MIDDLEWARE, name) for name in middlewares]
    parts += [(Kind.TOOL, name) for name in tools]
    known = set(offered.names(Kind.CODEC))
    parts += [(Kind.CODEC, key) for key in codecs if key in known]
    return {f"{kind} {name}": supplier(offered, kind, name) for kind, name in parts} | {"core": _core()}


def versions_of(
    offered: Offered, runtime: Runtime, engine: str, extensions: Mapping[str, object]
) -> dict[str, str]:
    """Return who supplies the parts of a profile."""
    uses = [use.name for use in runtime.middlewares or () if use.enabled is not False]
    return versions(offered, engine=engine, middlewares=uses, tools=runtime.tools or (), codecs=extensions)


def with_versions(offered: Offered, resolved: ResolvedProfile) -> ResolvedProfile:
    """Return a resolved profile whose fingerprint includes who supplies its parts."""
    engine = run_document(resolved.runtime.settings).engine
    found = versions_of(offered, resolved.runtime, engine, resolved.extensions)
    return replace(resolved, fingerprint=fingerprint(resolved.runtime, resolved.lineage, plugins=found))


def _core() -> str:
    from geppetto import __version__

    return f"{CORE} {__version__}"
