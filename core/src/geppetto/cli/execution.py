"""How a run of the command line is put together, watched and ended."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from geppetto.cli.request import compose_options
from geppetto.cli.tape import open_tape
from geppetto.cli.turnfile import load_turn, prompt_block, read_schema, save_turn
from geppetto.errors import GeppettoError
from geppetto.factory.assemble import session_of
from geppetto.turns import Turn, new_id

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from geppetto.cli.output import Output
    from geppetto.cli.shell import Shell
    from geppetto.host import Host
    from geppetto.inference import RunHandle, Session

__all__ = ["build_session", "execute", "seed", "structured", "watch"]


def execute(
    shell: Shell,
    prompt: str,
    output: Output,
    *,
    timeout: float | None,
    allow_local: bool,
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
    """Run a prompt, hand its events and its end to `output`, and return the exit code."""
    tape = open_tape(record, record_http, replay, overwrite=overwrite)
    with tape, tape.host(shell, allow_local=allow_local) as host:
        session = tape.session(build_session(host, **tape.options(options)))
        if cost:
            output.price = host.models.cost_of
        given = seed(prompt, attachments, load)
        if schema is not None:
            turn, error = structured(session, given, schema, output, timeout=timeout)
        else:
            turn, error = watch(session.start(given, timeout=timeout), output)
        if save is not None:
            save_turn(turn, save)
        if error is None:
            tape.check()
        return error.exit_code if error else 0


def seed(prompt: str, attachments: Sequence[str], load: Path | None) -> Turn:
    """Make the turn to run on: the prompt, behind a saved turn where one is given."""
    turn = Turn()
    if load is not None:
        turn, lost = load_turn(load)
        if lost:
            click.echo(
                f"note: {len(lost)} tool calls of {load} had no result and were answered as lost", err=True
            )
    return turn.clone(id=new_id()).append(prompt_block(prompt, attachments))


def watch(handle: RunHandle, output: Output) -> tuple[Turn, GeppettoError | None]:
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
    error: GeppettoError | None = None
    try:
        turn = handle.result()
    except GeppettoError as failure:
        turn, error = failure.turn or handle.partial_turn, failure
    output.end(turn, handle.inference_result(), handle, error)
    return turn, error


def structured(
    session: Session, seed: Turn, schema: Path, output: Output, *, timeout: float | None
) -> tuple[Turn, GeppettoError | None]:
    """Run for a reply that fits a schema, and show the JSON instead of the text."""
    wanted = read_schema(schema)
    handles: list[RunHandle] = []
    try:
        found = session.ask(
            seed, wanted, timeout=timeout, on={"*": output.quiet_event}, on_start=handles.append
        )
    except GeppettoError as error:
        turn = error.turn or seed
        if not handles:
            raise
        output.end(turn, handles[-1].inference_result(), handles[-1], error)
        return turn, error
    output.value(found.value)
    output.end(found.turn, handles[-1].inference_result(), handles[-1], None)
    return found.turn, None


def build_session(host: Host, **options: Any) -> Session:
    """Make a session of what files, a profile, the environment and the options of `run` and `chat` say."""
    found = compose_options(host, **options)
    return session_of(host, found.composition, timeout=found.timeout)
