"""The middleware patch: edits of a chain by `name#id`, written down first and applied to a profile's middlewares later.

Nothing is guessed: a target that is missing, or means several middlewares, is an error with the candidates.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Self

from geppetto.config.secrets import copied
from geppetto.config.source import Layer, Source
from geppetto.errors import UsageError, nearest
from geppetto.factory.uses import Use, labels
from geppetto.plugins.kinds import spelling

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

__all__ = [
    "OPERATIONS",
    "MiddlewarePatch",
    "MiddlewarePatchBuilder",
    "PatchStep",
    "apply_patch",
    "read_patch",
]

#: operation -> what it needs besides its name
OPERATIONS: dict[str, tuple[str, ...]] = {
    "append": ("use",),
    "prepend": ("use",),
    "insert_before": ("target", "use"),
    "insert_after": ("target", "use"),
    "configure": ("target", "config"),
    "replace": ("target", "use"),
    "enable": ("target",),
    "disable": ("target",),
    "remove": ("target",),
}
_SOURCE = "middleware patch"
#: optional field of a use -> its type, and the words for it
_FIELDS: dict[str, tuple[type, str]] = {
    "id": (str, "a text"),
    "config": (dict, "an object"),
    "enabled": (bool, "true or false"),
}


@dataclass(slots=True, frozen=True)
class PatchStep:
    """One operation: its name, the use it aims at, and what it brings."""

    op: str
    target: str = ""
    use: Mapping[str, Any] | None = field(default=None, repr=False)
    config: Mapping[str, Any] | None = field(default=None, repr=False)
    file: str = field(default="", compare=False)

    def source(self, values: Mapping[str, Any]) -> Source:
        """Return settings that it brings, as a source of its file."""
        return Source(_SOURCE, Layer.REQUEST, values, self.file)

    def to_json(self) -> dict[str, Any]:
        """Return the operation as it stands in a patch file."""
        return {"op": self.op, **{name: getattr(self, name) for name in OPERATIONS[self.op]}}


@dataclass(slots=True, frozen=True)
class MiddlewarePatch:
    """Operations in the order in which they are applied; `file` is where they are written, for messages."""

    steps: tuple[PatchStep, ...] = ()
    file: str = field(default="", compare=False)

    def to_json(self) -> dict[str, Any]:
        """Return the patch as it stands in a file."""
        return {"ops": [step.to_json() for step in self.steps]}


class MiddlewarePatchBuilder:
    """Collect operations; `build()` gives the patch, and the builder goes on to be usable."""

    def __init__(self) -> None:
        self._steps: list[PatchStep] = []

    def append(self, use: Any, *, id: str = "", config: Mapping[str, Any] | None = None) -> Self:
        """Add a use as the innermost."""
        return self._add("append", use=_use(use, id, config))

    def prepend(self, use: Any, *, id: str = "", config: Mapping[str, Any] | None = None) -> Self:
        """Add a use as the outermost."""
        return self._add("prepend", use=_use(use, id, config))

    def insert_before(
        self, target: str, use: Any, *, id: str = "", config: Mapping[str, Any] | None = None
    ) -> Self:
        """Add a use just outside of another one."""
        return self._add("insert_before", target=target, use=_use(use, id, config))

    def insert_after(
        self, target: str, use: Any, *, id: str = "", config: Mapping[str, Any] | None = None
    ) -> Self:
        """Add a use just inside of another one."""
        return self._add("insert_after", target=target, use=_use(use, id, config))

    def configure(self, target: str, config: Mapping[str, Any]) -> Self:
        """Set some keys of a use's config; the others stay."""
        return self._add("configure", target=target, config=dict(config))

    def replace(
        self, target: str, use: Any, *, id: str = "", config: Mapping[str, Any] | None = None
    ) -> Self:
        """Put a use in the place of another one."""
        return self._add("replace", target=target, use=_use(use, id, config))

    def enable(self, target: str) -> Self:
        """Let a use take part again."""
        return self._add("enable", target=target)

    def disable(self, target: str) -> Self:
        """Let a use sit out; its place and config stay."""
        return self._add("disable", target=target)

    def remove(self, target: str) -> Self:
        """Take a use out."""
        return self._add("remove", target=target)

    def build(self) -> MiddlewarePatch:
        """Return what was collected."""
        return MiddlewarePatch(tuple(self._steps))

    def _add(self, op: str, **given: Any) -> Self:
        self._steps.append(_step({"op": op, **given}, len(self._steps)))
        return self


def read_patch(given: Any) -> MiddlewarePatch:
    """Read a patch: an object of this class, a builder, a function of a builder, or JSON (`{"ops": [...]}`, a list).

    Raises UsageError with code INVALID_PATCH for an operation that does not exist or lacks something.
    """
    if given is None or isinstance(given, MiddlewarePatch):
        return given or MiddlewarePatch()
    if callable(given):
        given = given(MiddlewarePatchBuilder())
    if isinstance(given, MiddlewarePatchBuilder):
        return given.build()
    if isinstance(given, MiddlewarePatch):
        return given
    steps = given.get("ops") if isinstance(given, dict) else given
    if not isinstance(steps, (list, tuple)):
        raise _invalid("a middleware patch is a list of operations, or an object with `ops`", "ops")
    return MiddlewarePatch(tuple(_step(step, index) for index, step in enumerate(steps)))


def apply_patch(uses: Sequence[Use], patch: MiddlewarePatch) -> list[Use]:
    """Return a chain with a patch's operations done one after the other; raise UsageError (INVALID_PATCH)."""
    found = list(uses)
    for index, step in enumerate(patch.steps):
        where = f"{patch.file}: " * bool(patch.file) + f"ops[{index}] ({step.op})"
        at = _find(found, step.target, where) if step.target else -1
        _DO[step.op](found, at, replace(step, file=patch.file))
        _check_unique(found, where)
    return found


def _made(step: PatchStep) -> Use:
    use = step.use or {}
    sources = (step.source(use["config"]),) if use.get("config") else ()
    return Use(use["name"], use.get("id") or "", use.get("enabled") is not False, sources, _SOURCE)


def _configured(use: Use, step: PatchStep) -> Use:
    return replace(use, sources=(*use.sources, step.source(step.config or {})))


def _set(uses: list[Use], at: int, use: Use) -> None:
    uses[at] = use


_DO: dict[str, Callable[[list[Use], int, PatchStep], None]] = {
    "append": lambda uses, _at, step: uses.append(_made(step)),
    "prepend": lambda uses, _at, step: uses.insert(0, _made(step)),
    "insert_before": lambda uses, at, step: uses.insert(at, _made(step)),
    "insert_after": lambda uses, at, step: uses.insert(at + 1, _made(step)),
    "configure": lambda uses, at, step: _set(uses, at, _configured(uses[at], step)),
    "replace": lambda uses, at, step: _set(uses, at, _made(step)),
    "enable": lambda uses, at, _step: _set(uses, at, replace(uses[at], enabled=True)),
    "disable": lambda uses, at, _step: _set(uses, at, replace(uses[at], enabled=False)),
    "remove": lambda uses, at, _step: uses.__delitem__(at),
}


def _find(uses: Sequence[Use], target: str, where: str) -> int:
    known, hits = _targets(uses), _hits(uses, target)
    if len(hits) == 1:
        return hits[0]
    if hits:
        several = [known[at] for at in hits]
        raise _invalid(
            f"{where}: {target!r} means several middlewares: {', '.join(several)}", target, several
        )
    guess = nearest(target, known)
    hint = f"did you mean {guess}?" if guess else f"there are: {', '.join(known) or 'none'}"
    raise _invalid(f"{where}: there is no middleware {target!r}; {hint}", target, known)


def _hits(uses: Sequence[Use], target: str) -> list[int]:
    """Return where a target may stand: by name and id, by name and count, else by the name alone."""
    name, hash_, id_ = target.partition("#")
    if hash_:
        return [at for at, use in enumerate(uses) if spelling(use.name) == spelling(name) and use.id == id_]
    if target.endswith("]"):
        wanted, known = spelling(target.removesuffix("[0]")), labels(uses)
        return [at for at, use in enumerate(uses) if not use.id and spelling(known[at]) == wanted]
    return [at for at, use in enumerate(uses) if spelling(use.name) == spelling(name)]


def _targets(uses: Sequence[Use]) -> list[str]:
    """Return a target for each use that means it alone."""
    return [
        f"{label}[0]" if label == use.name and len(_hits(uses, label)) > 1 else label
        for label, use in zip(labels(uses), uses, strict=True)
    ]


def _check_unique(uses: Sequence[Use], where: str) -> None:
    seen: set[tuple[str, str]] = set()
    for use in uses:
        key = (spelling(use.name), use.id)
        if use.id and key in seen:
            raise _invalid(f"{where}: {use.name}#{use.id} would stand there twice", use.name)
        seen.add(key)


def _use(use: Any, id_: str, config: Mapping[str, Any] | None) -> dict[str, Any]:
    if isinstance(use, str):
        name, _, inline = use.partition("#")
        found: dict[str, Any] = {"name": name, **({"id": inline} if inline else {})}
    elif isinstance(use, dict):
        found = dict(use)
    else:
        raise _invalid(f"a use is a name or an object with a name, got {type(use).__name__}", "use")
    if id_ and (found.get("id") or id_) != id_:
        raise _invalid(f"use {found.get('name')}: the id is {found['id']!r} or {id_!r}, not both", "use.id")
    return {**found, **({"id": id_} if id_ else {}), **({"config": config} if config is not None else {})}


def _step(given: Any, index: int) -> PatchStep:
    """Read one operation; camelCase names of JavaScript are names of ours too."""
    if not isinstance(given, dict):
        raise _invalid(f"ops[{index}]: expected an object, got {type(given).__name__}", f"ops[{index}]")
    op = str(given.get("op", ""))
    op = {"insertBefore": "insert_before", "insertAfter": "insert_after"}.get(op, op)
    if op not in OPERATIONS:
        guess = nearest(op, OPERATIONS)
        hint = f"did you mean {guess}?" if guess else f"known: {', '.join(OPERATIONS)}"
        raise _invalid(f"ops[{index}]: there is no operation {op!r}; {hint}", f"ops[{index}].op")
    _check_names(given, ("op", *OPERATIONS[op]), f"ops[{index}]")
    for name in OPERATIONS[op]:
        _check(name, given.get(name), f"ops[{index}] ({op})")
    return PatchStep(op, **{name: copied(given[name]) for name in OPERATIONS[op]})


def _check(name: str, value: Any, where: str) -> None:
    if name == "target" and not (isinstance(value, str) and value.strip()):
        raise _invalid(f"{where}: target is the name#id of a middleware", f"{where}.target")
    if name == "config" and not isinstance(value, dict):
        raise _invalid(f"{where}: config is an object", f"{where}.config")
    if name == "use":
        _check_use(value, where)


def _check_use(value: Any, where: str) -> None:
    if not isinstance(value, dict) or not str(value.get("name") or "").strip():
        raise _invalid(f"{where}: use is an object with a name", f"{where}.use")
    _check_names(value, ("name", "id", "config", "enabled"), f"{where}.use")
    for name, (kind, what) in _FIELDS.items():
        if value.get(name) is not None and not isinstance(value[name], kind):
            raise _invalid(f"{where}: use.{name} is {what}", f"{where}.use.{name}")


def _check_names(given: Mapping[str, Any], known: Iterable[str], where: str) -> None:
    for name in given:
        if name not in known:
            raise _invalid(f"{where}: there is no {name!r}; known: {', '.join(known)}", f"{where}.{name}")


def _invalid(message: str, subject: str, candidates: Sequence[str] = ()) -> UsageError:
    details = {"candidates": list(candidates)} if candidates else {}
    step = "geppetto plan shows the middlewares of a run" if candidates else ""
    return UsageError(message, code="INVALID_PATCH", subject=subject, details=details, next_step=step)
