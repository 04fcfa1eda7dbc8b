"""The one resolver: sources in layers become one value, and every path keeps its history.

Pure: it reads no file, no environment and no clock. Objects merge by key, everything else replaces; an explicit null
is a value.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from geppetto.config.schema import (
    coerce,
    defaults,
    expand,
    is_open,
    is_secret,
    known_keys,
    nodes_at,
    schema_of,
)
from geppetto.config.source import Layer, Source, Step
from geppetto.errors import ConfigError, nearest
from geppetto.secret import Secret

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from pydantic import BaseModel

__all__ = ["Resolved", "resolve"]


@dataclass(slots=True, frozen=True)
class Resolved:
    """The merged value, and for each JSON pointer the steps that led to it, the winner last."""

    value: dict[str, Any]
    history: Mapping[str, tuple[Step, ...]]
    subject: str = ""

    def winner(self, pointer: str) -> Step | None:
        """Return the step whose value stands at a path."""
        steps = self.history.get(pointer, ())
        return steps[-1] if steps else None

    def trace(self) -> dict[str, list[dict[str, Any]]]:
        """Return every path with its steps as JSON, secrets hidden."""
        return {
            pointer: [step.to_json() for step in steps] for pointer, steps in sorted(self.history.items())
        }


def resolve(
    config: type[BaseModel] | Mapping[str, Any], sources: Iterable[Source], *, subject: str = ""
) -> tuple[Resolved, Any]:
    """Merge sources by layer and validate the result; return it with what `build` takes.

    That is an instance for a pydantic model, a plain dict for a JSON Schema. Raises ConfigError with the path, the
    source, its file and line, and the nearest known key for one that does not exist.
    """
    schema = schema_of(config)
    base = Source("schema", Layer.SCHEMA_DEFAULTS, defaults(schema))
    history: dict[str, list[Step]] = {}
    merged: dict[str, Any] = {}
    for source in sorted([base, *sources], key=lambda s: s.layer):
        for pointer, step in _steps(source, schema, subject):
            _put(merged, pointer, step.value)
            _drop_covered(history, pointer, step.value)
            history.setdefault(pointer, []).append(step)
    resolved = Resolved(merged, {pointer: tuple(steps) for pointer, steps in history.items()}, subject)
    return resolved, _validated(config, schema, resolved)


def _steps(source: Source, schema: Mapping[str, Any], subject: str) -> Iterator[tuple[str, Step]]:
    for pointer, raw, nodes in _leaves(source.values, expand(schema), schema, source, subject):
        place = source.place(pointer)
        value = coerce(raw, nodes, pointer, place) if source.text and isinstance(raw, str) else raw
        if is_secret(nodes) and isinstance(value, str):
            value = Secret(value)
        told = value if isinstance(value, Secret) else raw
        yield pointer, Step(source.name, source.layer, told, value, place)


def _leaves(
    values: Mapping[str, Any],
    nodes: list[Mapping[str, Any]],
    root: Mapping[str, Any],
    source: Source,
    subject: str,
    above: str = "",
) -> Iterator[tuple[str, Any, list[Mapping[str, Any]]]]:
    """Project values to their JSON pointers; an empty object is a leaf."""
    for key, value in values.items():
        pointer = f"{above}/{str(key).replace('~', '~0').replace('/', '~1')}"
        inside = [] if is_open(nodes) and above else nodes_at(nodes, key, root)
        if not inside and not (above and is_open(nodes)):
            raise _unknown(pointer, str(key), nodes, source, subject)
        if isinstance(value, dict) and value:
            yield from _leaves(value, inside or [{}], root, source, subject, pointer)
        else:
            yield pointer, value, inside


def _unknown(
    pointer: str, key: str, nodes: Sequence[Mapping[str, Any]], source: Source, subject: str
) -> ConfigError:
    keys = known_keys(list(nodes))
    guess = nearest(key, keys)
    hint = f"did you mean {guess}?" if guess else f"known keys: {', '.join(keys) or 'none'}"
    about = f"{subject} has no key" if subject else "no key"
    return ConfigError(
        f"{about} '{pointer[1:]}', set by {source.place(pointer)}; {hint}",
        code="UNKNOWN_KEY",
        subject=pointer,
        next_step=hint,
        details={"source": source.name, "nearest": guess, "known": keys},
    )


def _parts(pointer: str) -> list[str]:
    return [part.replace("~1", "/").replace("~0", "~") for part in pointer.split("/")[1:]]


def _put(target: dict[str, Any], pointer: str, value: Any) -> None:
    *parents, last = _parts(pointer)
    for part in parents:
        inner = target.get(part)
        if not isinstance(inner, dict):
            inner = target[part] = {}
        target = inner
    if value == {} and isinstance(target.get(last), dict):
        return  # an empty object adds nothing to an object
    target[last] = copy.deepcopy(value) if isinstance(value, (dict, list)) else value


def _drop_covered(history: dict[str, list[Step]], pointer: str, value: Any) -> None:
    """Forget paths whose value went with an object that something else replaced, and the other way round."""
    if value != {}:
        for inner in [known for known in history if known.startswith(pointer + "/")]:
            del history[inner]
    above = pointer
    while (above := above.rpartition("/")[0]) != "":
        history.pop(above, None)


def _validated(
    config: type[BaseModel] | Mapping[str, Any], schema: Mapping[str, Any], resolved: Resolved
) -> Any:
    if isinstance(config, type):
        from pydantic import ValidationError

        try:
            return config.model_validate(resolved.value)
        except ValidationError as error:
            rows = [
                ("/" + "/".join(map(str, row["loc"])), row["msg"])
                for row in error.errors(include_input=False)
            ]
            raise _misfit(rows, resolved) from None
    if resolved.value or schema.get("required"):
        from jsonschema import Draft202012Validator

        plain = _without_secrets(resolved.value)
        found = sorted(
            Draft202012Validator(dict(schema)).iter_errors(plain), key=lambda e: list(map(str, e.path))
        )
        if found:
            rows = [("/" + "/".join(map(str, e.absolute_path)), _message(e, resolved)) for e in found]
            raise _misfit(rows, resolved)
    return resolved.value


def _message(error: Any, resolved: Resolved) -> str:
    step = resolved.winner("/" + "/".join(map(str, error.absolute_path)))
    if step is not None and isinstance(step.value, Secret):
        return "the secret does not fit its schema"
    return str(error.message)


def _without_secrets(value: Any) -> Any:
    if isinstance(value, Secret):
        return value.reveal()
    if isinstance(value, dict):
        return {key: _without_secrets(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_without_secrets(item) for item in value]
    return value


def _misfit(rows: list[tuple[str, str]], resolved: Resolved) -> ConfigError:
    texts = []
    for pointer, message in rows:
        step = resolved.winner(pointer)
        texts.append(f"{pointer}: {message}" + (f" (from {step.place})" if step else ""))
    subject = f"{resolved.subject}: " if resolved.subject else ""
    return ConfigError(
        subject + "; ".join(texts),
        subject=rows[0][0],
        details={"problems": [{"path": pointer, "message": message} for pointer, message in rows]},
    )
