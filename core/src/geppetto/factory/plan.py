"""The plan: what a run will be and why, as plain JSON that may be shown; nothing is built for it and nothing goes out."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any

from geppetto.config import Layer, secrets
from geppetto.errors import GeppettoError
from geppetto.factory.order import notes as order_notes
from geppetto.factory.pricing import per_thousand_turns
from geppetto.factory.versions import supplier, versions
from geppetto.plugins.kinds import Kind
from geppetto.profile.redact import redacted
from geppetto.profile.resolve import fingerprint
from geppetto.profile.writing import runtime_to_json
from geppetto.turns import thaw

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from geppetto.factory.compose import Composition
    from geppetto.factory.request import Composed
    from geppetto.factory.uses import PlannedUse
    from geppetto.host import Host

__all__ = ["ComposedPlan", "plan_of"]


@dataclass(slots=True, frozen=True)
class ComposedPlan:
    """A plan; every part is plain JSON without secrets (004, "Observability and debug contract").

    `values` are rows of path, value and steps, lowest layer first; `chain` the middlewares as they will run, outermost
    first; `plugins` who supplies each part; `refusals` what the profile's policy would not let through; `notes` what a
    reader should know, such as a tool that nobody has, for which a session would fail.
    """

    registry_slug: str = ""
    profile_slug: str = ""
    runtime_key: str = ""
    runtime_fingerprint: str = ""
    engine: str = ""
    model: str = ""
    resolved_runtime: dict[str, Any] = field(default_factory=dict)
    middleware_debug: list[dict[str, Any]] = field(default_factory=list)
    merge_layers: list[dict[str, Any]] = field(default_factory=list)
    values: list[dict[str, Any]] = field(default_factory=list)
    chain: list[dict[str, Any]] = field(default_factory=list)
    tools: list[dict[str, Any]] = field(default_factory=list)
    extensions: dict[str, Any] = field(default_factory=dict)
    plugins: dict[str, str] = field(default_factory=dict)
    refusals: list[dict[str, str]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    price_per_1000_turns: dict[str, Any] | None = None

    def to_json(self) -> dict[str, Any]:
        """Return the plan as one JSON object."""
        return {each.name: getattr(self, each.name) for each in fields(self)}


def plan_of(host: Host, found: Composed) -> ComposedPlan:
    """Return the plan of what was composed."""
    composition, profile = found.composition, found.profile
    values = secrets.hidden(composition.values())
    model = str(values["settings"].get("model") or values["inference"].get("model") or "")
    active = [each for each in composition.chain if each.use.enabled]
    plugins = versions(
        host.offered,
        engine=composition.engine,
        middlewares=[each.use.name for each in active],
        tools=composition.tools or (),
        codecs=composition.extensions,
    )
    made = ComposedPlan(
        registry_slug=profile.registry if profile else "",
        profile_slug=profile.profile if profile else "",
        runtime_key=profile.runtime_key if profile else "",
        runtime_fingerprint=_fingerprint(found, values, plugins),
        engine=composition.engine,
        model=model,
        resolved_runtime=_runtime(found),
        middleware_debug=[_debug(each) for each in composition.chain],
        merge_layers=_layers(found),
        values=_rows(composition),
        chain=[_link(host, each) for each in composition.chain],
        tools=[
            {"name": name, "supplier": supplier(host.offered, Kind.TOOL, name)}
            for name in composition.tools or ()
        ],
        extensions=values["extensions"],
        plugins=plugins,
        refusals=[dict(row) for row in found.refusals],
        notes=[
            *found.warnings,
            *order_notes(composition.chain),
            *_missing_tools(host, composition.tools or ()),
        ],
        price_per_1000_turns=per_thousand_turns(host, composition.engine, model, composition.system_prompt),
    )
    return ComposedPlan(**redacted(made.to_json()))


def _missing_tools(host: Host, names: Iterable[str]) -> Iterator[str]:
    """Say which tools a session would fail for, with the names that may have been meant."""
    for name in names:
        try:
            host.offered.row(Kind.TOOL, name)
        except GeppettoError as error:
            yield f"tools: {error.message}"


def _fingerprint(found: Composed, values: dict[str, Any], plugins: dict[str, str]) -> str:
    """Return the hash of everything that decides how the run goes; secrets stand in it as stars."""
    runtime, lineage = (found.profile.runtime, found.profile.lineage) if found.profile else (None, ())
    more = {"values": redacted(values), "plugins": plugins}
    if runtime is None:
        from geppetto.profile.model import Runtime

        runtime = Runtime()
    return fingerprint(runtime, lineage, **more)


def _runtime(found: Composed) -> dict[str, Any]:
    """Return the runtime in the names that scripts read: what the profile, the request and the patch make of it."""
    composition = found.composition
    known = runtime_to_json(found.profile.runtime) if found.profile else {}
    made: dict[str, Any] = {"step_settings_patch": known.get("step_settings_patch", {})}
    made["system_prompt"] = composition.system_prompt
    made["tools"] = composition.tools
    made["middlewares"] = [
        {
            "name": each.use.name,
            "id": each.use.id,
            "enabled": each.use.enabled,
            "config": secrets.hidden(each.resolved.value) if each.resolved else {},
        }
        for each in composition.chain
    ]
    return made


def _debug(planned: PlannedUse) -> dict[str, Any]:
    history = planned.resolved.history if planned.resolved else {}
    steps = [step for found in history.values() for step in found]
    names = dict.fromkeys((step.source, step.layer.label) for step in sorted(steps, key=lambda s: s.layer))
    return {
        "key": planned.label,
        "sources": [{"name": name, "layer": layer} for name, layer in names],
        "paths": [
            {
                "path": pointer,
                "value": secrets.hidden(found[-1].value),
                "steps": [{**step.to_json(), "path": pointer} for step in found],
            }
            for pointer, found in sorted(history.items())
        ],
    }


def _rows(composition: Composition) -> list[dict[str, Any]]:
    return [
        {
            "path": pointer,
            "value": secrets.hidden(steps[-1].value),
            "steps": [step.to_json() for step in steps],
        }
        for pointer, steps in sorted(composition.history().items())
    ]


def _link(host: Host, planned: PlannedUse) -> dict[str, Any]:
    return {
        "label": planned.label,
        "name": planned.use.name,
        "id": planned.use.id,
        "enabled": planned.use.enabled,
        "origin": planned.use.origin,
        "supplier": supplier(host.offered, Kind.MIDDLEWARE, planned.use.name),
        "version": planned.definition.version if planned.definition else None,
        "config": secrets.hidden(planned.resolved.value) if planned.resolved else {},
    }


def _layers(found: Composed) -> list[dict[str, Any]]:
    """Return the layers in the order in which they are merged, and the patch, which comes last."""
    rows = []
    for layer in Layer:
        names = [each.name for each in found.composition.documents if each.layer == layer and each.values]
        base = layer is Layer.SCHEMA_DEFAULTS
        rows.append({"layer": layer.label, "applied": bool(names) or base, "details": ", ".join(names)})
    steps = found.request.patch.steps
    done = ", ".join(f"{step.op} {step.target or thaw(step.use or {}).get('name', '')}" for step in steps)
    rows.append({"layer": "middleware-patch", "applied": bool(steps), "details": done})
    return rows
