"""What `plan diff` compares: profiles, registry files, and plans that were written to files."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from geppetto.cli.registries import require_databases
from geppetto.errors import UsageError
from geppetto.factory.plan import plan_of
from geppetto.factory.request import Request, composed

if TYPE_CHECKING:
    from geppetto.host import Host
    from geppetto.profile.chain import ProfileChain

__all__ = ["read_plans"]


def read_plans(host: Host, place: str, sources: str | None) -> dict[str, dict[str, Any]]:
    """Return the plans that A or B of `plan diff` means, by profile; raise UsageError, ProfileError."""
    file, _, profile = place.partition(":")
    path = Path(file)
    if path.suffix == ".json" and path.is_file():
        return {"": _saved(path)}
    if path.suffix in {".yaml", ".yml"} and path.is_file():
        with_chain = host.open_profiles(file)
        try:
            names = [profile] if profile else sorted(with_chain.registry().profiles)
            return {name: _plan(host, with_chain, name) for name in names}
        finally:
            with_chain.close()
    require_databases(host, sources)
    chain = host.open_profiles(sources) if sources else host.profiles
    try:
        registry, _, name = place.rpartition("/")
        return {name: _plan(host, chain, name, registry)}
    finally:
        if sources:
            chain.close()


def _plan(host: Host, chain: ProfileChain, profile: str, registry: str = "") -> dict[str, Any]:
    request = Request(chain=chain, profile=profile, registry=registry, lenient=True)
    return plan_of(host, composed(host, request)).to_json()


def _saved(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise UsageError(f"{path}: {error}", code="PLAN_INVALID", subject=str(path)) from error
    if not isinstance(found, dict) or not isinstance(found.get("values"), list):
        raise UsageError(
            f"{path} is no plan",
            code="PLAN_INVALID",
            subject=str(path),
            next_step="write one with `geppetto plan --json`",
        )
    return found
