"""Session: a conversation with one active run at a time; each prompt goes on from the latest turn under a new id."""

from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING, Any

from geppetto.blocking import refuse_in_a_loop
from geppetto.errors import InvalidOption, SessionError
from geppetto.given import TEXT, check, function, optional
from geppetto.inference.handle import RunHandle
from geppetto.inference.history import History, Ledger
from geppetto.inference.hub import check_listened
from geppetto.turns import StopReason, Turn, answer, approve, block, deny, new_id, waiting_calls

if TYPE_CHECKING:
    from collections.abc import Callable

    from geppetto.inference.spec import RunSpec
    from geppetto.inference.structured import Structured
    from geppetto.turns import ToolCall

__all__ = ["Session"]

_STOP_SECONDS = 5.0
_ON_START = optional(function("a callable that takes the handle"))


class Session:
    """Run prompts on one conversation.

    `run`, `run_async` and `start` take a text (a new prompt), a Turn (appended as it is) or nothing (go on from the
    latest turn), and options: `timeout` seconds (`math.inf` lifts the session's), `tags`, `on={type: callback}`,
    `inference`, `tap`, `sinks`, `snapshot_hooks`.
    """

    def __init__(self, spec: RunSpec, host: Any, *, session_id: str = "") -> None:
        check("session_id", session_id, TEXT)
        check_listened("listeners", spec.listeners, host)
        self.session_id = session_id or new_id()
        self.spec = spec
        self._host = host
        self._ledger = Ledger()
        self._active: RunHandle | None = None
        # a listener of the run's first event may come back here while the run begins
        self._lock = threading.RLock()

    @property
    def latest(self) -> Turn | None:
        """A copy of the latest turn, or None in an empty session."""
        return self._ledger.latest()

    @property
    def history(self) -> History:
        """All turns, oldest first, to be read; every one that is read is a copy."""
        return History(self._ledger)

    @property
    def is_running(self) -> bool:
        """Say whether a run is active."""
        return self._active is not None and self._active.is_running

    def check_idle(self) -> None:
        """Raise SessionError (SESSION_ACTIVE) while a run is under way."""
        if self.is_running:
            raise SessionError(
                "session already has an active inference",
                code="SESSION_ACTIVE",
                subject=self.session_id,
                next_step="wait for it, or cancel it",
            )

    @property
    def active(self) -> RunHandle | None:
        """The active run's handle, or None."""
        return self._active if self.is_running else None

    def fresh(self) -> Session:
        """Return an empty session with the same specification."""
        return Session(self.spec, self._host)

    def append(self, turn: Turn) -> None:
        """Append a copy of a turn; raise SessionError while a run is active."""
        given: Any = turn
        if not isinstance(given, Turn):
            raise _no_input(given, "a Turn")
        with self._lock:
            self.check_idle()
            self._ledger.append(turn.clone(id=turn.id or new_id()))

    @property
    def waiting(self) -> list[ToolCall]:
        """The calls of the latest turn that wait for a human."""
        return waiting_calls(self.latest or Turn())

    def approve(self, call_id: str, *, fingerprint: str = "", by: str = "", reason: str = "") -> None:
        """Let a call that waits for a human run: the next `run()` begins with it (see `geppetto.turns.approve`)."""
        self._change_latest(
            lambda turn: approve(turn, call_id, fingerprint=fingerprint, by=by, reason=reason)
        )

    def deny(self, call_id: str, *, by: str = "", reason: str = "") -> None:
        """Answer a call that waits for a human: it was denied, by whom and why. Raises InvalidOption."""
        self._change_latest(lambda turn: deny(turn, call_id, by=by, reason=reason))

    def answer(self, call_id: str, result: Any = None, *, error: str = "") -> None:
        """Answer an open call from outside, or with an error. Raises InvalidOption."""
        self._change_latest(lambda turn: answer(turn, call_id, result, error=error))

    def _change_latest(self, change: Callable[[Turn], Turn]) -> None:
        with self._lock:
            self.check_idle()
            self._ledger.replace_last(change(self.latest or Turn()))

    def cancel(self) -> bool:
        """Cancel the active run; False when there is none."""
        active = self.active
        return active is not None and active.cancel()

    def cancel_active(self) -> None:
        """Cancel the active run, which may have been cancelled before; raise SessionError when there is none."""
        active = self.active
        if active is None:
            raise SessionError(
                "session has no active inference",
                code="SESSION_IDLE",
                subject=self.session_id,
                next_step="nothing is to be cancelled; `cancel()` says so without an error",
            )
        active.cancel()

    def start(self, given: str | Turn | None = None, **options: Any) -> RunHandle:
        """Start a run and return its handle: on the running event loop, in plain code on the host's own.

        Raises SessionError when a run is active or there is nothing to run on; then nothing has changed.
        """
        return self._start(given, options, _running_loop())

    def run(self, given: str | Turn | None = None, **options: Any) -> Turn:
        """Run and wait for the completed turn, in plain code; Ctrl-C cancels the run."""
        refuse_in_a_loop("session.run()", "await session.run_async(...)")
        handle = self._start(given, options, None)
        try:
            return handle.result()
        except KeyboardInterrupt:
            handle.cancel()
            _wait_for_the_end(handle)
            raise

    async def run_async(
        self,
        given: str | Turn | None = None,
        *,
        on_start: Callable[[RunHandle], object] | None = None,
        **options: Any,
    ) -> Turn:
        """Run and wait for the completed turn; cancelling the caller cancels the run. `on_start` gets the handle."""
        check("on_start", on_start, _ON_START)
        handle = self.start(given, **options)
        try:
            if on_start is not None:
                on_start(handle)
            return await handle
        except BaseException:  # a cancel, or what `on_start` raised
            handle.cancel(StopReason.OUTER)
            await handle.ended()
            raise

    async def ask_async(self, given: str | Turn | None, wanted: Any, **options: Any) -> Structured[Any]:
        """Run and return the reply as `wanted`, a type or a JSON Schema (see `geppetto.inference.structured.ask`)."""
        from geppetto.inference.structured import ask

        return await ask(self, given, wanted, **options)

    def ask(self, given: str | Turn | None, wanted: Any, **options: Any) -> Structured[Any]:
        """Run in plain code and return the reply as `wanted`, a type or a JSON Schema."""
        refuse_in_a_loop("session.ask()", "await session.ask_async(...)")
        return self._host.wait_for(self.ask_async(given, wanted, **options))  # type: ignore[no-any-return]

    def _start(
        self, given: str | Turn | None, options: dict[str, Any], loop: asyncio.AbstractEventLoop | None
    ) -> RunHandle:
        spec = self.spec
        if options:
            spec = spec.for_run(options)
            check_listened("on", options.get("on") or (), self._host)
        with self._lock:
            self.check_idle()
            turn, fresh = self._seed(given)
            handle = RunHandle(
                spec,
                turn.clone(),
                self.session_id,
                self._host,
                loop=loop or self._host.loop(),
                on_end=self._ledger.replace_last,
            )
            before = self._active
            self._active = handle
            if fresh:
                self._ledger.append(turn)
            try:
                self._host.begin(handle, loop)
            except BaseException:
                self._active = before
                if fresh:
                    self._ledger.drop_last()
                raise
        return handle

    def _seed(self, given: Any) -> tuple[Turn, bool]:
        """Return the turn to run on, and whether it is new to the history."""
        latest = self.latest
        if isinstance(given, Turn):
            seed = given.clone(id=given.id or new_id())
        elif isinstance(given, str):
            seed = (latest or Turn()).clone(id=new_id())
            if given:
                seed.append(block.user(given))
        elif given is None:
            seed = latest or Turn()
        else:
            raise _no_input(given, "a text, a Turn or nothing")
        if not seed.blocks:
            raise SessionError(
                "session has no seed turn (or seed turn is empty)",
                code="SESSION_EMPTY",
                subject=self.session_id,
                next_step="pass a prompt or append a turn",
            )
        if waiting := waiting_calls(seed):
            raise SessionError(
                f"tool call '{waiting[0].name}' ({waiting[0].id}) waits for approval",
                code="CALLS_WAITING",
                subject=waiting[0].id,
                next_step="session.approve(call_id), session.deny(call_id) or session.answer(call_id, result), then run() again",
            )
        return seed, given is not None


def _no_input(given: object, expected: str) -> InvalidOption:
    return InvalidOption(
        f"expected {expected}, got {type(given).__name__}",
        subject="given",
        next_step='pass a str, or a turn: `turn().user("...", block.image(...)).build()`',
    )


def _running_loop() -> asyncio.AbstractEventLoop | None:
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None


def _wait_for_the_end(handle: RunHandle) -> None:
    """Give a cancelled run its time to end; whatever ended it, the caller raises its own error."""
    try:
        handle.result(_STOP_SECONDS)
    except Exception:  # noqa: S110  # the run's end is what was waited for
        pass
