"""An output that may break: a full disk or a reader that has gone costs the display, not the run that a file waits for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from geppetto.cli.output import Output, Price
    from geppetto.engine import InferenceResult
    from geppetto.errors import GeppettoError
    from geppetto.events import Event
    from geppetto.inference import RunHandle
    from geppetto.turns import Turn

__all__ = ["Lasting"]


class Lasting:
    """Hand everything to another output until it fails; `failure` is how, to be raised when the rest is done.

    Where the run `goes_on` without it nothing is raised before that.
    """

    price: Price | None = None  # the other output has its own

    def __init__(self, inner: Output, *, goes_on: bool) -> None:
        self._inner, self._goes_on = inner, goes_on
        self.failure: OSError | None = None

    def event(self, event: Event) -> None:
        """Show one event."""
        self._show(self._inner.event, event)

    def quiet_event(self, event: Event) -> None:
        """Show one event of a run whose text is not to be shown."""
        self._show(self._inner.quiet_event, event)

    def value(self, value: Any) -> None:
        """Show the value that was asked for."""
        self._show(self._inner.value, value)

    def end(
        self, turn: Turn, result: InferenceResult, handle: RunHandle, error: GeppettoError | None
    ) -> None:
        """Show how the run ended."""
        self._show(self._inner.end, turn, result, handle, error)

    def check(self) -> None:
        """Raise what the output failed with."""
        if self.failure is not None:
            raise self.failure

    def _show(self, show: Callable[..., None], *what: Any) -> None:
        if self.failure is not None:
            return
        try:
            show(*what)
        except OSError as error:
            self.failure = error
            if not self._goes_on:
                raise
