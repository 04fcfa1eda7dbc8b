"""The three outputs of a run: text for people, events as lines, one JSON document."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

import click

from geppetto.cli.failure import paragraph
from geppetto.cli.streams import aside
from geppetto.cli.table import harmless
from geppetto.events import model as events
from geppetto.turns import FinishClass

if TYPE_CHECKING:
    from collections.abc import Callable

    from geppetto.catalog import Cost
    from geppetto.engine import InferenceResult
    from geppetto.errors import GeppettoError
    from geppetto.inference import RunHandle
    from geppetto.turns import Turn

Price: TypeAlias = "Callable[[InferenceResult], Cost | None]"

__all__ = ["EventLines", "JsonDocument", "Output", "Text"]

_NOTES: dict[str, str] = {
    FinishClass.MAX_TOKENS: "the reply was cut: it reached the limit of tokens",
    FinishClass.REFUSED: "the model refused",
    FinishClass.CONTENT_FILTERED: "the provider filtered the reply",
    FinishClass.TOOL_CALLS_PENDING: "tool calls wait for an answer",
}


class Output(Protocol):
    """Where a run's events and its end go; with `price` the end says what the run cost."""

    price: Price | None

    def event(self, event: events.Event) -> None:
        """Show one event, or nothing."""

    def quiet_event(self, event: events.Event) -> None:
        """Show one event of a run whose text is not to be shown."""

    def value(self, value: Any) -> None:
        """Show the value that was asked for."""

    def end(
        self, turn: Turn, result: InferenceResult, handle: RunHandle, error: GeppettoError | None
    ) -> None:
        """Show how the run ended."""


class EventLines:
    """One event per line of JSON; the last line is the terminal event. A failure is told on stderr too."""

    price: Price | None = None

    def event(self, event: events.Event) -> None:
        """Print one line."""
        click.echo(json.dumps(event.to_json(), ensure_ascii=False, default=str))

    quiet_event = event

    def value(self, value: Any) -> None:
        """Show nothing: the events are the output, and the terminal one is the last line."""

    def end(
        self, _turn: Turn, result: InferenceResult, _handle: RunHandle, error: GeppettoError | None
    ) -> None:
        """Tell a failure, and the cost, to people."""
        if error is not None:
            aside(paragraph(error))
        if self.price is not None:
            aside(_cost(self.price(result)))


class JsonDocument:
    """The turn, the result and the error, as one JSON document at the end."""

    price: Price | None = None

    def __init__(self) -> None:
        self._more: dict[str, Any] = {}

    def event(self, event: events.Event) -> None:
        """Show nothing while the run goes on."""

    quiet_event = event

    def value(self, value: Any) -> None:
        """Keep the value for the document."""
        self._more = {"output": value}

    def end(
        self, turn: Turn, result: InferenceResult, handle: RunHandle, error: GeppettoError | None
    ) -> None:
        """Print the document."""
        document: dict[str, Any] = {
            "turn": turn.to_json(),
            "result": result.to_json(),
            "session_id": handle.session_id,
            "inference_id": handle.inference_id,
            "error": error.to_json() if error else None,
            **self._more,
        }
        if self.price is not None:
            found = self.price(result)
            document["cost"] = found.to_json() if found else None
        click.echo(json.dumps(document, ensure_ascii=False, indent=2, default=str))


class Text:
    """The reply as it comes on stdout; tools and what people should know on stderr.

    On a terminal rich colours it; in a pipe it is plain. What a model writes cannot control the terminal.
    """

    price: Price | None = None

    def __init__(self) -> None:
        self._console: Any = None
        self._at_line_start = True
        if sys.stdout.isatty():
            from rich.console import Console

            self._console = Console(highlight=False, markup=False, soft_wrap=True)

    def event(self, event: events.Event) -> None:
        """Write text as it comes, and a line for each tool."""
        if isinstance(event, events.TextDelta):
            self._write(event.delta)
        elif isinstance(event, events.ToolExecutionStarted):
            arguments = ", ".join(f"{name}={value!r}" for name, value in event.arguments.items())
            self._note(f"→ {event.name}({arguments})")
        elif isinstance(event, events.ToolResultReady):
            self._note(f"← {event.error or json.dumps(event.result, ensure_ascii=False)}")

    def end(
        self, _turn: Turn, result: InferenceResult, _handle: RunHandle, error: GeppettoError | None
    ) -> None:
        """End the line, and say what went otherwise than hoped."""
        if not self._at_line_start:
            self._write("\n")
        if error is not None:
            aside(paragraph(error))
        elif note := _told(result.finish_class):
            self._note(f"note: {note}")
        if self.price is not None:
            self._note(_cost(self.price(result)))

    def quiet_event(self, event: events.Event) -> None:
        """Write a line for each tool, and no text."""
        if not isinstance(event, events.TextDelta):
            self.event(event)

    def value(self, value: Any) -> None:
        """Write the value as JSON."""
        self._write(json.dumps(value, ensure_ascii=False, indent=2) + "\n")

    def _write(self, text: str) -> None:
        text = harmless(text, sys.stdout)
        if not text:
            return
        self._at_line_start = text.endswith("\n")
        if self._console is not None:
            self._console.out(text, end="", highlight=False)
        else:
            sys.stdout.write(text)
        sys.stdout.flush()

    def _note(self, text: str) -> None:
        if not self._at_line_start and sys.stdout.isatty():
            self._write("\n")
        aside(harmless(text, sys.stderr), dim=True)


def _told(finish_class: str) -> str:
    """Say what people should know of how a reply ended; a word that is an engine's own is shown as it is."""
    own = f"the reply ended as {finish_class!r}" if finish_class not in {"", *FinishClass} else ""
    return _NOTES.get(finish_class, own)


def _cost(cost: Cost | None) -> str:
    """Say what a run cost; what is not known is not 0."""
    if cost is None:
        return "cost: unknown (no installed catalogue has a price for this model)"
    day = f", prices of {cost.dated}" if cost.dated else ""
    return f"cost: {cost.amount:f} {cost.currency} ({cost.model}, {cost.source}{day})"
