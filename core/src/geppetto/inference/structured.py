"""Structured output: ask for JSON of a type, check the reply, give the model a bounded chance to mend it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from geppetto.engine.inference import InferenceConfig
from geppetto.errors import GeppettoError
from geppetto.given import WHOLE, check, function, optional
from geppetto.inference.output import Misfit, OutputType, PartialReader

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from geppetto.inference.handle import RunHandle
    from geppetto.inference.session import Session
    from geppetto.turns import Turn

__all__ = ["OutputError", "Structured", "ask"]

T = TypeVar("T")
_ON_PARTIAL = optional(function("a callable that takes JSON data"))


class OutputError(GeppettoError):
    """The reply is not what was asked for, after all repairs; `turn` holds the conversation."""

    code, phase = "OUTPUT_INVALID", "output"


@dataclass(slots=True, frozen=True)
class Structured(Generic[T]):
    """A checked reply: its value, the completed turn, and how many repairs it took."""

    value: T
    turn: Turn
    repairs: int = 0


async def ask(
    session: Session,
    given: str | Turn | None,
    wanted: type[T] | Mapping[str, Any] | OutputType[T],
    *,
    repairs: int = 1,
    on_partial: Callable[[Any], object] | None = None,
    on_start: Callable[[RunHandle], object] | None = None,
    **options: Any,
) -> Structured[T]:
    """Run a prompt and return its reply as `wanted`; raise OutputError when it does not fit after `repairs` rounds.

    The provider is asked for the schema in its own way (`InferenceConfig.response_format`). `on_partial` gets what the
    reply says so far, as plain JSON data, while it is streamed; `on_start` gets the handle of each run.
    """
    session.spec.for_run(options)
    check("on_partial", on_partial, _ON_PARTIAL)
    check("repairs", repairs, WHOLE)
    output = wanted if isinstance(wanted, OutputType) else OutputType(wanted)
    asked = InferenceConfig(response_format=output.schema)
    options["inference"] = options["inference"].over(asked) if options.get("inference") else asked
    listeners = dict(options.pop("on", None) or {})
    done = 0
    while True:
        on = {**listeners, **_partials(on_partial, listeners)}
        turn = await session.run_async(given, on=on, on_start=on_start, **options)
        try:
            return Structured(output.read(turn.text), turn, done)
        except Misfit as misfit:
            if done >= repairs:
                raise _failed(misfit, turn, done) from misfit
            given, done = _mend(misfit), done + 1


def _partials(take: Callable[[Any], object] | None, listeners: Mapping[str, Any]) -> dict[str, Any]:
    """Return the listener that reads partial objects, beside one that the caller has for the same events."""
    if take is None:
        return {}
    reader, other = PartialReader(take), listeners.get("text-delta")

    def listen(event: Any) -> None:
        if other is not None:
            other(event)
        reader.feed(event.delta)

    return {"text-delta": listen}


def _mend(misfit: Misfit) -> str:
    problems = "\n".join(f"- {problem}" for problem in misfit.problems[:10])
    return f"The reply does not fit the schema:\n{problems}\nReply with the corrected JSON alone."


def _failed(misfit: Misfit, turn: Turn, repairs: int) -> OutputError:
    tries = f" after {repairs} repair{'s' if repairs > 1 else ''}" if repairs else ""
    return OutputError(
        f"the reply does not fit the schema{tries}: {misfit}",
        subject=misfit.problems[0].split(":")[0],
        next_step="allow more repairs, simplify the schema, or take a model that supports structured output",
        details={"problems": misfit.problems, "reply": turn.text[:2000]},
        turn=turn,
    )
