"""How a run of the command line is put together, watched and ended."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from geppetto.cli.lasting import Lasting
from geppetto.cli.request import compose_options
from geppetto.cli.signals import Signals
from geppetto.cli.streams import aside
from geppetto.cli.tape import open_tape
from geppetto.cli.turnfile import check_target, load_turn, prompt_block, read_schema, save_turn
from geppetto.errors import GeppettoError
from geppetto.factory.assemble import session_of
from geppetto.turns import Turn, new_id

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from geppetto.cli.output import Output
    from geppetto.cli.shell import Shell
    from geppetto.host import Host
    from geppetto.inference import RunHandle, Session

__all__ = ["build_session", "execute", "saving", "seed", "structured", "watch"]


def execute(
    shell: Shell,
    prompt: str,
    output: Output,
    *,
    timeout: float | None,
    allow_local: bool,
    no_cache: bool = False,
    attachments: Sequence[str] = (),
    load: Path | None = None,
    save: Path | None = None,
    schema: Path | None = None,
    cost: bool = False,
    record: Path | None = None,
    record_http: Path | None = None,
    replay: Path | None = None,
    overwrite: bool = False,
    **options: Any,
) -> int:
    """Run a prompt, hand its events and its end to `output`, and return the exit code.

    What is to be saved or recorded is written however the run ends, and whatever becomes of the output.
    """
    shown = Lasting(output, goes_on=bool(save or record or record_http))
    tape = open_tape(record, record_http, replay, overwrite=overwrite)
    handles: list[RunHandle] = []
    saved = saving(save, lambda: handles[-1].partial_turn if handles else None)
    with Signals() as signals:
        with saved, tape, tape.host(shell, allow_local=allow_local, caches=not no_cache) as host:
            session = tape.session(build_session(host, **tape.options(options)))
            if cost:
                output.price = host.models.cost_of
            given = seed(prompt, attachments, load)
            if schema is not None:
                error = structured(session, given, schema, shown, handles, timeout=timeout)
            else:
                handles.append(session.start(given, timeout=timeout))
                error = watch(handles[-1], shown)
            if error is None:
                tape.check()
        shown.check()
    return signals.code or (error.exit_code if error else 0)


@contextmanager
def saving(path: Path | None, latest: Callable[[], Turn | None]) -> Iterator[None]:
    """Write the turn that there is at the end to a file, however the block ends."""
    if path is not None:
        check_target(path)
    try:
        yield
    finally:
        turn = latest()
        if path is not None and turn is not None:
            save_turn(turn, path)


def seed(prompt: str, attachments: Sequence[str], load: Path | None) -> Turn:
    """Make the turn to run on: the prompt, behind a saved turn where one is given."""
    turn = Turn()
    if load is not None:
        turn, lost = load_turn(load)
        if lost:
            aside(f"note: {len(lost)} tool calls of {load} had no result and were answered as lost")
    return turn.clone(id=new_id()).append(prompt_block(prompt, attachments))


def watch(handle: RunHandle, output: Output) -> GeppettoError | None:
    """Show a run to its end; Ctrl-C cancels it, its last events still come, a second one gives up."""
    interrupted = False
    while True:
        try:
            for event in handle.events():
                output.event(event)
            break
        except KeyboardInterrupt:
            if interrupted:
                raise
            interrupted = True
            handle.cancel()
    return _ended(handle, output)


def _ended(handle: RunHandle, output: Output) -> GeppettoError | None:
    """Wait for the end of a run and show it."""
    error: GeppettoError | None = None
    try:
        handle.result()
    except GeppettoError as failure:
        error = failure
    output.end(handle.partial_turn, handle.inference_result(), handle, error)
    return error


def structured(
    session: Session,
    seed: Turn,
    schema: Path,
    output: Output,
    handles: list[RunHandle],
    *,
    timeout: float | None,
) -> GeppettoError | None:
    """Run for a reply that fits a schema, and show the JSON instead of the text; `handles` gets each run."""
    wanted = read_schema(schema)
    try:
        found = session.ask(
            seed, wanted, timeout=timeout, on={"*": output.quiet_event}, on_start=handles.append
        )
    except GeppettoError as error:
        if not handles:
            raise
        output.end(error.turn or seed, handles[-1].inference_result(), handles[-1], error)
        return error
    except KeyboardInterrupt:
        if not handles:
            raise
        return _ended(handles[-1], output)
    output.value(found.value)
    output.end(found.turn, handles[-1].inference_result(), handles[-1], None)
    return None


def build_session(host: Host, **options: Any) -> Session:
    """Make a session of what files, a profile, the environment and the options of `run` and `chat` say."""
    found = compose_options(host, **options)
    return session_of(host, found.composition, timeout=found.timeout)
