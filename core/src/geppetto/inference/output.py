"""OutputType: what a structured reply must be, and how a text is read as one, whole or while it still grows."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from geppetto.errors import InvalidOption
from geppetto.judge import Judge

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Misfit", "OutputType", "PartialReader"]

T = TypeVar("T")
_OPENED = re.compile(r"\s*(?:```[a-zA-Z]*\s*\n)?")
_FENCE = re.compile(r"^\s*```[a-zA-Z]*\s*\n(.*?)\n?```\s*$", re.DOTALL)


class Misfit(ValueError):
    """A reply that is not what was asked for; `problems` say why, each with its place."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("; ".join(problems))
        self.problems = problems


class OutputType(Generic[T]):
    """Read replies as `wanted`: a pydantic model or any type that pydantic knows, or a JSON Schema object.

    Raises InvalidOption for a JSON Schema that is none, and for what is no type or has no JSON.
    """

    def __init__(self, wanted: type[T] | Mapping[str, Any]) -> None:
        self.schema: dict[str, Any]
        self._adapter: Any = None
        self._judge: Judge
        if isinstance(wanted, Mapping):
            self.schema = dict(wanted)
            self._judge = _judge(self.schema)
        else:
            self._adapter, self.schema = _adapted(wanted)

    def read(self, text: str) -> T:
        """Return the value that a reply says; raise Misfit."""
        try:
            return self._checked(_json(text))
        except RecursionError:  # while it was read, or while it was checked
            raise Misfit(["/: the reply is nested too deeply"]) from None

    def _checked(self, value: Any) -> T:
        if self._adapter is not None:
            from pydantic import ValidationError

            try:
                found: T = self._adapter.validate_python(value)
            except ValidationError as error:
                raise Misfit([f"{_path(row['loc'])}: {row['msg']}" for row in error.errors()]) from None
            return found
        problems = [f"{_path(e.absolute_path)}: {e.message}" for e in self._judge.errors(value)]
        if problems:
            raise Misfit(sorted(problems))
        return value  # type: ignore[no-any-return]  # a JSON Schema's values are Any

    def write(self, value: T) -> Any:
        """Return a value as JSON data."""
        return value if self._adapter is None else self._adapter.dump_python(value, mode="json")


def _adapted(wanted: Any) -> tuple[Any, dict[str, Any]]:
    """Return what reads values of a type, and the JSON Schema of the type."""
    from pydantic import PydanticUserError, TypeAdapter

    try:
        adapter = TypeAdapter(wanted)
        return adapter, adapter.json_schema()
    except (PydanticUserError, NameError, TypeError) as error:
        reason = str(error).partition("\n")[0]
        raise InvalidOption(
            f"expected a type that has JSON, or a JSON Schema, got {wanted!r:.80}: {reason}",
            subject="wanted",
            next_step="pass the class itself, not its name: a pydantic model, a dataclass, a list of one",
        ) from error


def _judge(schema: dict[str, Any]) -> Judge:
    judge = Judge(schema)
    problem = judge.problem()
    if problem:
        raise InvalidOption(f"the output schema is no JSON Schema: {problem}", subject="schema")
    return judge


def _path(parts: Any) -> str:
    return "/" + "/".join(map(str, parts))


def _unfenced(text: str) -> str:
    """Take the Markdown fence away that some models put around JSON."""
    fenced = _FENCE.match(text)
    return fenced[1] if fenced else text


def _json(text: str) -> Any:
    import json

    try:
        return json.loads(_unfenced(text))
    except ValueError as error:
        raise Misfit([f"/: the reply is not JSON: {error}"]) from None


class PartialReader:
    """Hand out what a growing reply already says, as plain JSON data, each time it says more.

    Reading starts at the beginning each time, so it is done as the text grows by a share of itself: all of it costs no
    more than a few times the length of the reply.
    """

    def __init__(self, take: Callable[[Any], object]) -> None:
        self._take = take
        self._parts: list[str] = []
        self._length = 0
        self._next = 1
        self._last: Any = None

    def feed(self, delta: str) -> None:
        """Add a piece of text."""
        self._parts.append(delta)
        self._length += len(delta)
        if self._length >= self._next:
            self._next = self._length + max(8, self._length // 8)
            self._read()

    def _read(self) -> None:
        from pydantic_core import from_json

        text = "".join(self._parts)
        self._parts = [text]
        try:
            value = from_json(_OPENED.sub("", text, count=1), allow_partial="trailing-strings")
        except ValueError:
            return
        if value != self._last:
            self._last = value
            self._take(value)
