"""Everything that layers say about a run, resolved: engine, settings, options, prompt, middlewares, tools, extensions.

Nothing is built and nothing goes out; a plan shows the result, `assemble` makes a session of it.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from geppetto.builtin.demo import DEMO_TOOLS
from geppetto.config import Layer, Source, resolve, schema_of
from geppetto.config.document import Document, engine_of
from geppetto.config.schema import expand, known_keys
from geppetto.engine.inference import InferenceConfig
from geppetto.errors import GeppettoError, InvalidOption
from geppetto.factory.bundle import Left, one_bundle
from geppetto.factory.extensions import resolve_extensions
from geppetto.factory.order import check_order
from geppetto.factory.roots import rooted
from geppetto.factory.toolspart import TOOLS, tools_source
from geppetto.factory.uses import PlannedUse, Use, resolve_uses
from geppetto.plugins.kinds import Kind, spelling

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from geppetto.config import Resolved, Step
    from geppetto.host import Host

__all__ = ["DEFAULT_ENGINE", "Composition", "compose"]

#: what runs where nobody names an engine: it needs no key
DEFAULT_ENGINE = "demo"
_TOP: dict[str, Any] = {
    "type": "object",
    "properties": {
        "engine": {"type": "string"},
        "system_prompt": {"type": ["string", "null"]},
        "timeout": {"type": "number", "minimum": 0, "description": "Seconds; only a profile says them."},
    },
    "additionalProperties": False,
}


@dataclass(slots=True, frozen=True)
class Composition:
    """A run as all layers together want it; `parts` are the resolved values by their root, with their history."""

    engine: str
    documents: tuple[Document, ...]
    parts: Mapping[str, Resolved] = field(repr=False)
    settings: Any
    inference: InferenceConfig
    chain: tuple[PlannedUse, ...]
    extensions: Mapping[str, Any] = field(default_factory=dict, repr=False)
    left_out: tuple[Left, ...] = ()

    @property
    def system_prompt(self) -> str:
        """The system prompt, empty without one."""
        return str(self.parts[""].value.get("system_prompt") or "")

    @property
    def timeout(self) -> float | None:
        """The deadline of each run in seconds."""
        found = self.parts[""].value.get("timeout")
        return None if found is None else float(found)

    @property
    def tools(self) -> list[str] | None:
        """The names of the tools, None where nobody says anything about them."""
        found = self.parts["/tools"].value.get("names")
        return None if found is None else [str(name) for name in found]

    def history(self) -> dict[str, tuple[Step, ...]]:
        """Return every path of the run with its steps, the winner last."""
        found = {
            head + pointer: steps
            for head, resolved in self.parts.items()
            for pointer, steps in resolved.history.items()
        }
        for planned in self.chain:
            history = planned.resolved.history if planned.resolved else {}
            found |= {f"/middlewares/{planned.label}{pointer}": steps for pointer, steps in history.items()}
        return found

    def values(self) -> dict[str, Any]:
        """Return the merged document of the run; secrets stand in it as Secret."""
        found: dict[str, Any] = {"engine": self.engine, "settings": self.parts["/settings"].value}
        found["inference"] = self.parts["/inference"].value
        found["system_prompt"] = self.system_prompt
        found["timeout"] = self.timeout
        found["tools"] = self.parts["/tools"].value
        found["middlewares"] = {
            planned.label: planned.resolved.value for planned in self.chain if planned.resolved
        }
        found["extensions"] = {
            head.removeprefix("/extensions/"): part.value
            for head, part in self.parts.items()
            if head.startswith("/extensions/")
        }
        return found


def compose(
    host: Host, documents: Iterable[Document], uses: Sequence[Use] = (), *, engine: str = DEFAULT_ENGINE
) -> Composition:
    """Resolve what documents say about a run, with these middlewares; `engine` is for when nobody names one.

    Raises ConfigError for a value that does not fit (path, source, file, line), credentials that come from several
    layers (CREDENTIALS_SPLIT), middlewares that do not fit together (MIDDLEWARE_ORDER); InvalidOption (MERGE_CONFLICT)
    for an engine other than the profile's; NotFound for what is not installed.
    """
    given = sorted(map(rooted, documents), key=lambda document: document.layer)
    name = engine_of(given) or engine
    if name == DEFAULT_ENGINE:
        given.insert(0, Document("the engine demo", Layer.SCHEMA_DEFAULTS, {"tools": list(DEMO_TOOLS)}))
    factory = host.offered.get(Kind.ENGINE, name)
    _check_agreement(host, given, name)
    given, left = one_bundle(given, name, lambda a, b: _is_same(host, a, b))
    model = factory.settings()
    given = [_unified(document, known_keys(expand(schema_of(model)))) for document in given]
    settings, built = resolve(model, [each.part("settings") for each in given], subject=f"engine {name}")
    inference, options = resolve(
        InferenceConfig.schema(), [each.part("inference") for each in given], subject="inference"
    )
    top, _ = resolve(_TOP, [_top(each) for each in given])
    tools, _ = resolve(TOOLS, [tools_source(each) for each in given], subject="tools")
    extensions, payloads = resolve_extensions(host.offered, given)
    chain = resolve_uses(uses, given, host.offered)
    check_order(chain)
    parts = {"": top, "/settings": settings, "/inference": inference, "/tools": tools, **extensions}
    return Composition(
        name, tuple(given), parts, built, InferenceConfig.from_json(options), chain, payloads, tuple(left)
    )


def _is_same(host: Host, one: str, other: str) -> bool:
    """Say whether two names mean one engine: an alias is the same contribution."""
    if spelling(one) == spelling(other):
        return True
    try:
        found = host.offered.get(Kind.ENGINE, one)
        return bool(found is host.offered.get(Kind.ENGINE, other))
    except GeppettoError:  # what is not installed, or broken, is another engine than the one that runs
        return False


def _check_agreement(host: Host, documents: Sequence[Document], engine: str) -> None:
    """Refuse an engine above the profile that is not the profile's own."""
    profile = engine_of(document for document in documents if document.layer is Layer.PROFILE)
    if not profile or _is_same(host, profile, engine):
        return
    above = [each for each in documents if each.layer > Layer.PROFILE and each.values.get("engine")]
    raise InvalidOption(
        f"the profile is for the engine {profile}, and {above[-1].place('engine')} names {engine}",
        code="MERGE_CONFLICT",
        subject="engine",
        next_step="leave the engine out, or choose another profile",
    )


def _unified(document: Document, known: Sequence[str]) -> Document:
    """Return a document in which an option that is also a setting of the engine stands there: one value, one history."""
    options = document.values.get("inference")
    if not isinstance(options, dict):
        return document
    moved = {name: value for name, value in options.items() if name in known}
    if not moved:
        return document
    values = dict(document.values)
    values["settings"] = {**(values.get("settings") or {}), **moved}
    values["inference"] = {name: value for name, value in options.items() if name not in moved}
    lines = {
        f"/settings/{name}": document.lines[f"/inference/{name}"]
        for name in moved
        if f"/inference/{name}" in document.lines
    }
    return replace(document, values=values, lines={**document.lines, **lines})


def _top(document: Document) -> Source:
    """Return what stands at the root; no engine says nothing, an empty prompt takes one away."""
    values = {name: document.values[name] for name in _TOP["properties"] if name in document.values}
    if not values.get("engine"):
        values.pop("engine", None)
    return Source(document.name, document.layer, values, document.file, document.lines, document.text)
