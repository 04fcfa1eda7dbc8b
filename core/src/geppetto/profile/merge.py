"""One profile out of a stack: what each layer adds, what it replaces, and which layer every value is from."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from geppetto.config.pointer import join
from geppetto.profile.model import MiddlewareRef, Policy, Runtime
from geppetto.turns import freeze, thaw

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from geppetto.profile.stack import StackLayer

__all__ = ["Merged", "Trace", "TraceStep", "merge"]


@dataclass(slots=True, frozen=True)
class TraceStep:
    """One layer that said something about a path; `origin` is where that stands in its profile."""

    registry: str
    profile: str
    version: int
    source: str
    layer: int
    value: Any = field(repr=False)
    origin: str = ""

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON, in the names of the Go library's trace."""
        found = {"registry_slug": self.registry, "profile_slug": self.profile, "layer_index": self.layer}
        more = {"profile_version": self.version, "profile_source": self.source}
        return {**found, **{name: value for name, value in more.items() if value}, "value": thaw(self.value)}


@dataclass(slots=True)
class Trace:
    """What each layer said about each path (JSON pointers), lowest layer first."""

    steps: dict[str, list[TraceStep]] = field(default_factory=dict)
    _final: dict[str, Any] = field(default_factory=dict, repr=False)

    def add(self, pointer: str, layer: StackLayer, index: int, value: Any, origin: str = "") -> None:
        """Note what a layer says, and where in its profile if that is another path."""
        meta = layer.profile.metadata
        step = TraceStep(
            layer.registry, layer.profile.slug, meta.version, meta.source, index, value, origin or pointer
        )
        self.steps.setdefault(pointer, []).append(step)

    def settle(self, pointer: str, value: Any) -> None:
        """Note the value that came of it, where that is not the last one said."""
        self._final[pointer] = value

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON, sorted by path."""
        return {
            "paths": [
                {
                    "path": pointer,
                    "value": thaw(self._final.get(pointer, steps[-1].value)),
                    "steps": [step.to_json() for step in steps],
                }
                for pointer, steps in sorted(self.steps.items())
            ]
        }


@dataclass(slots=True, frozen=True)
class Merged:
    """A stack as one."""

    runtime: Runtime
    policy: Policy
    extensions: Mapping[str, Any] = field(repr=False)
    trace: Trace


def merge(layers: Sequence[StackLayer], *, open_by_default: bool = False) -> Merged:
    """Return what a stack comes to, base first; `open_by_default` allows overrides where no policy says anything.

    Settings merge by section and field, the later one wins; the last system prompt that is not blank; the last list of
    tools, an empty one too; middlewares by `name#id` or, without an id, by name and their place among those of that name,
    replaced whole where they stand, new ones behind; extensions object by object; of policies the most restrictive.
    """
    trace = Trace()
    runtime = Runtime(
        settings=freeze(_settings(layers, trace)),
        system_prompt=_prompt(layers, trace),
        middlewares=_middlewares(layers, trace),
        tools=_tools(layers, trace),
    )
    return Merged(
        runtime,
        merge_policies(layers, trace, open_by_default=open_by_default),
        freeze(_extensions(layers, trace)),
        trace,
    )


def _settings(layers: Sequence[StackLayer], trace: Trace) -> dict[str, dict[str, Any]]:
    merged: dict[str, dict[str, Any]] = {}
    for index, layer in enumerate(layers):
        for section, fields in layer.profile.runtime.settings.items():
            merged.setdefault(section, {}).update(thaw(fields))
            for name, value in fields.items():
                pointer = join(join("/runtime/step_settings_patch", section), name)
                for place, leaf in _leaves(value, pointer):
                    trace.add(place, layer, index, leaf)
    return merged


def _prompt(layers: Sequence[StackLayer], trace: Trace) -> str | None:
    found = None
    for index, layer in enumerate(layers):
        prompt = layer.profile.runtime.system_prompt
        if prompt is not None and prompt.strip():
            found = prompt
            trace.add("/runtime/system_prompt", layer, index, prompt)
    return found


def _tools(layers: Sequence[StackLayer], trace: Trace) -> tuple[str, ...] | None:
    found = None
    for index, layer in enumerate(layers):
        tools = layer.profile.runtime.tools
        if tools is not None:
            found = tools
            trace.add("/runtime/tools", layer, index, list(tools))
    return found


def _middlewares(layers: Sequence[StackLayer], trace: Trace) -> tuple[MiddlewareRef, ...] | None:
    merged: dict[str, MiddlewareRef] = {}
    said = False
    for index, layer in enumerate(layers):
        uses = layer.profile.runtime.middlewares
        said = said or uses is not None
        for place, (key, use) in enumerate(keyed(uses or ())):
            merged[key] = use  # a dict keeps the place of a key that is there already
            origin = join("/runtime/middlewares", place)
            trace.add(join("/runtime/middlewares", key), layer, index, _use(use), origin)
    return tuple(merged.values()) if said else None


def keyed(uses: Iterable[MiddlewareRef]) -> list[tuple[str, MiddlewareRef]]:
    """Return uses under the keys that they are compared by: `name#id`, `name` or `name[1]` for the second without id."""
    seen: dict[str, int] = {}
    found = []
    for use in uses:
        key = use.label
        if not use.id:
            seen[use.name] = seen.get(use.name, -1) + 1
            key = f"{use.name}[{seen[use.name]}]" if seen[use.name] else use.name
        found.append((key, use))
    return found


def _use(use: MiddlewareRef) -> dict[str, Any]:
    found = {"name": use.name, "id": use.id, "enabled": use.enabled, "config": use.config}
    return {name: value for name, value in found.items() if value not in (None, "")}


def _extensions(layers: Sequence[StackLayer], trace: Trace) -> dict[str, Any]:
    merged: dict[str, Any] = {}
    for index, layer in enumerate(layers):
        for key, payload in layer.profile.extensions.items():
            merged[key] = _over(merged.get(key), thaw(payload))
            for place, leaf in _leaves(payload, join("/extensions", key)):
                trace.add(place, layer, index, leaf)
    return merged


def _over(base: Any, top: Any) -> Any:
    """Return JSON on top of JSON: objects by their fields, everything else replaced."""
    if isinstance(base, dict) and isinstance(top, dict):
        return {**base, **{name: _over(base.get(name), value) for name, value in top.items()}}
    return top


def merge_policies(layers: Sequence[StackLayer], trace: Trace, *, open_by_default: bool = False) -> Policy:
    """Return the most restrictive policy of a stack.

    Overrides are allowed where some layer says so and none says no; a layer that says nothing does not count. Of
    allow-lists the keys that all of them have, which may be none at all; denied keys of all layers together.
    """
    said = [layer.profile.policy for layer in layers]
    allows = [policy.allow_overrides for policy in said if policy.allow_overrides is not None]
    lists = [set(map(canonical, policy.allowed_keys)) for policy in said if policy.allowed_keys is not None]
    denied = {canonical(key) for policy in said for key in policy.denied_keys}
    allowed = set.intersection(*lists) - denied if lists else None
    merged = Policy(
        allow_overrides=all(allows) if allows else open_by_default,
        allowed_keys=None if allowed is None else tuple(sorted(allowed)),
        denied_keys=tuple(sorted(denied)),
        read_only=any(policy.read_only for policy in said),
    )
    _trace_policy(layers, merged, trace)
    return merged


def _trace_policy(layers: Sequence[StackLayer], merged: Policy, trace: Trace) -> None:
    for name, value in _said(merged).items():
        for index, layer in enumerate(layers):
            trace.add(f"/policy/{name}", layer, index, _said(layer.profile.policy)[name])
        trace.settle(f"/policy/{name}", value)


def _said(policy: Policy) -> dict[str, Any]:
    return {
        "allow_overrides": policy.allow_overrides,
        "allowed_override_keys": None if policy.allowed_keys is None else list(policy.allowed_keys),
        "denied_override_keys": list(policy.denied_keys),
        "read_only": policy.read_only,
    }


def canonical(key: str) -> str:
    """Return the one spelling of an override key: `systemPrompt`, `system-prompt` and `system_prompt` are the same."""
    spelt = "".join(f"_{char.lower()}" if char.isupper() else char for char in key.strip())
    return spelt.replace("-", "_").lstrip("_").lower()


def _leaves(value: Any, pointer: str) -> Iterable[tuple[str, Any]]:
    """Give every path below a value that is no object, and empty objects; null says nothing."""
    if isinstance(value, dict) and value:
        for name, inner in value.items():
            yield from _leaves(inner, join(pointer, name))
    elif value is not None:
        yield pointer, value
