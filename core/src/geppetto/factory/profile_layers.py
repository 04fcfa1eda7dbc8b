"""A resolved profile as layers: one document for each profile of its stack, base first, with file and line.

What a request overrides is a document of the layer `request`, above everything else.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from geppetto.config.document import Document
from geppetto.config.pointer import join, parts
from geppetto.config.source import Layer, Source
from geppetto.factory.uses import Use
from geppetto.plugins.kinds import spelling
from geppetto.profile.merge import canonical, keyed
from geppetto.profile.settings import engine_of, run_document
from geppetto.turns import thaw

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from geppetto.profile.merge import TraceStep
    from geppetto.profile.model import MiddlewareRef
    from geppetto.profile.resolve import ResolvedProfile
    from geppetto.profile.settings import RunDocument

__all__ = ["ProfileLayers", "profile_layers"]

#: where the sections of a profile stand, in its trace and in a file below the profile
_SECTIONS = "/runtime/step_settings_patch"
_REQUEST = "request overrides"


@dataclass(slots=True)
class ProfileLayers:
    """What a profile gives to a run; `document` is its sections in our words."""

    document: RunDocument
    documents: list[Document]
    uses: list[Use]
    middlewares_given: bool


@dataclass(slots=True)
class _Sheet:
    """One document as it is written."""

    name: str
    layer: Layer
    file: str = ""
    found_lines: Mapping[str, int] = field(default_factory=dict)
    values: dict[str, Any] = field(default_factory=dict, repr=False)
    lines: dict[str, int] = field(default_factory=dict)

    def put(self, pointer: str, value: Any, origin: str) -> None:
        """Set a value, and its line if that of its origin in the file is known."""
        *above, last = parts(pointer)
        target = self.values
        for name in above:
            if not isinstance(target.get(name), dict):
                target[name] = {}
            target = target[name]
        target[last] = thaw(value)
        if origin in self.found_lines:
            self.lines[pointer] = self.found_lines[origin]

    def source(self, head: str, values: Mapping[str, Any]) -> Source:
        """Return values that stand at a path of the file as a source."""
        inner = {
            pointer.removeprefix(head): line
            for pointer, line in self.found_lines.items()
            if pointer.startswith(f"{head}/")
        }
        return Source(self.name, self.layer, values, self.file, inner)

    def done(self) -> Document:
        """Return the document."""
        return Document(self.name, self.layer, self.values, self.file, self.lines)


def profile_layers(
    resolved: ResolvedProfile,
    overrides: Mapping[str, Any] | None = None,
    lines_of: Callable[[str], tuple[str, Mapping[str, int]]] | None = None,
) -> ProfileLayers:
    """Return the layers of a profile; `lines_of` gives the file of a registry and its lines, for provenance.

    Paths of files in a registry count from the folder of its file, so that is wanted also where no lines are.
    """
    given = {canonical(str(key)): value for key, value in (overrides or {}).items()}
    found = run_document(resolved.runtime.settings)
    sheets = _sheets(resolved, lines_of or _no_lines)
    request = _Sheet(_REQUEST, Layer.REQUEST)
    for target, origins in found.origins.items():
        for origin in origins:
            _lay(sheets, request, resolved, target, origin, given.get("step_settings_patch") or {})
    _name_engines(sheets, resolved)
    for name in ("system_prompt", "tools"):
        for index, step in _steps(resolved, f"/runtime/{name}"):
            sheets[index].put(f"/{name}", step.value, _in_file(step))
        if name in given:
            taken_back = name == "tools" and given[name] is None  # a document's `tools: null` says nothing
            request.put(f"/{name}", {"names": None} if taken_back else given[name], "")
    for pointer, steps in resolved.trace.steps.items():
        if pointer.startswith("/extensions/"):
            for step in steps:
                sheets[step.layer].put(pointer, step.value, _in_file(step))
    documents = [sheet.done() for sheet in (*sheets, request) if sheet.values]
    uses = list(_uses(resolved, sheets, "middlewares" in given))
    return ProfileLayers(found, documents, uses, resolved.runtime.middlewares is not None)


def _no_lines(_registry: str) -> tuple[str, Mapping[str, int]]:
    return "", {}


def _sheets(
    resolved: ResolvedProfile, lines_of: Callable[[str], tuple[str, Mapping[str, int]]]
) -> list[_Sheet]:
    sheets = []
    for layer in resolved.lineage:
        registry, profile = layer["registry_slug"], layer["profile_slug"]
        file, lines = lines_of(registry)
        source = str(layer["source"] or "")
        file = file or (source if Path(source).is_absolute() else "")
        sheets.append(_Sheet(f"profile {registry}/{profile}", Layer.PROFILE, file, lines))
    return sheets


def _in_file(step: TraceStep) -> str:
    """Return where a step stands in the file of its registry."""
    return join("/profiles", step.profile) + step.origin


def _steps(resolved: ResolvedProfile, pointer: str) -> list[tuple[int, TraceStep]]:
    return [(step.layer, step) for step in resolved.trace.steps.get(pointer, ())]


def _inside(resolved: ResolvedProfile, pointer: str) -> dict[str, list[TraceStep]]:
    """Return the steps of a path and of all paths below it."""
    return {
        at: steps
        for at, steps in resolved.trace.steps.items()
        if at == pointer or at.startswith(f"{pointer}/")
    }


def _lay(
    sheets: list[_Sheet],
    request: _Sheet,
    resolved: ResolvedProfile,
    target: str,
    origin: str,
    overrides: Mapping[str, Any],
) -> None:
    """Put what each layer says about one setting into its sheet; an object counts as a whole, as stacks merge it."""
    inside = _SECTIONS + origin
    leaves = _inside(resolved, inside)
    last = max((step.layer for steps in leaves.values() for step in steps), default=0)
    for pointer, steps in leaves.items():
        for step in steps:
            if pointer == inside or step.layer == last:
                value = engine_of(step.value) if target == "/engine" else step.value
                sheets[step.layer].put(target + pointer.removeprefix(inside), value, _in_file(step))
    said, value = _at(overrides, origin)
    if said:
        request.put(target, engine_of(value) if target == "/engine" else value, "")


def _name_engines(sheets: list[_Sheet], resolved: ResolvedProfile) -> None:
    """Say for which engine a profile is that names it in words of the Go library, where one above says it in ours.

    Without it, the key that such a profile has would be taken for the other engine's.
    """
    top = max((index for index, sheet in enumerate(sheets) if "engine" in sheet.values), default=0)
    for index, step in _steps(resolved, f"{_SECTIONS}/ai-chat/ai-api-type"):
        if index < top and "engine" not in sheets[index].values:
            sheets[index].put("/engine", engine_of(step.value), _in_file(step))


def _at(values: Any, pointer: str) -> tuple[bool, Any]:
    for name in parts(pointer):
        if not hasattr(values, "keys") or name not in values:
            return False, None
        values = values[name]
    return True, values


def _uses(resolved: ResolvedProfile, sheets: list[_Sheet], overridden: bool) -> Iterator[Use]:
    for position, (key, use) in enumerate(keyed(resolved.runtime.middlewares or ())):
        config = thaw(use.config or {})
        steps = _steps(resolved, join("/runtime/middlewares", key))
        if overridden or not steps:
            source, origin = Source(_REQUEST, Layer.REQUEST, config), _REQUEST
        else:
            index, step = steps[-1]
            origin = sheets[index].name
            source = sheets[index].source(_in_file(step) + "/config", config)
        typed = _typed(resolved, sheets, use, position)
        sources = (source, *([typed] if typed else [])) if config else ((typed,) if typed else ())
        yield Use(use.name, use.id, use.enabled is not False, sources, origin)


def _typed(
    resolved: ResolvedProfile, sheets: list[_Sheet], use: MiddlewareRef, position: int
) -> Source | None:
    """Return what the extension `middleware.<name>_config@v1` says about a use: by id, by index, or the default."""
    wanted = spelling(f"middleware.{use.name}_config@v1")
    key = next((key for key in resolved.extensions if spelling(key) == wanted), "")
    payload = thaw(resolved.extensions.get(key) or {})
    instances = payload.get("instances") if isinstance(payload, dict) else None
    if not isinstance(instances, dict):
        return None
    slots = [f"id:{use.id}"] if use.id else [f"index:{position}", "default"]
    slot = next((slot for slot in slots if isinstance(instances.get(slot), dict)), None)
    if slot is None:
        return None
    return _said_last(resolved, sheets, f"{join('/extensions', key)}/instances", slot, instances[slot])


def _said_last(
    resolved: ResolvedProfile, sheets: list[_Sheet], head: str, slot: str, config: dict[str, Any]
) -> Source:
    """Return a config as a source of the highest profile that says something about it."""
    inside = join(head, slot)
    steps = [step for at, found in _inside(resolved, inside).items() for step in found]
    if not steps:
        return Source("profile extensions", Layer.PROFILE, config)
    last = max(steps, key=lambda step: step.layer)
    return sheets[last.layer].source(join("/profiles", last.profile) + inside, config)
