"""How a run of the command line is put together, watched and ended."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from geppetto.builtin.demo import DEMO_TOOLS
from geppetto.cli.choice import Choice, chosen
from geppetto.cli.layers import documents
from geppetto.cli.tape import open_tape
from geppetto.cli.turnfile import load_turn, prompt_block, read_schema, save_turn
from geppetto.config import Layer, Source, read_assignments, resolve
from geppetto.config.document import Document, engine_of
from geppetto.engine.inference import InferenceConfig
from geppetto.errors import GeppettoError, InvalidOption
from geppetto.turns import Turn, new_id

if TYPE_CHECKING:
    from collections.abc import Sequence

    from geppetto.cli.output import Output
    from geppetto.cli.shell import Shell
    from geppetto.host import Host
    from geppetto.inference import RunHandle, Session

__all__ = ["Configured", "build_session", "configured", "execute", "seed", "structured", "watch"]


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


@dataclass(slots=True)
class Configured:
    """What all layers say about a run: the engine, and the sources of everything else."""

    engine: str
    documents: list[Document]
    choice: Choice

    def sources(self, root: str) -> list[Source]:
        """Return the sources of one part, lowest layer first."""
        return [document.part(root) for document in self.documents]

    def last(self, root: str) -> Any:
        """Return the value of a part that is no object, of the highest layer that has one."""
        ordered = sorted(self.documents, key=lambda one: one.layer)
        return next((one.values[root] for one in reversed(ordered) if one.values.get(root) is not None), None)


def configured(
    host: Host,
    *,
    cwd: Path,
    engine: str | None,
    assignments: Sequence[str],
    profile: str | None = None,
    profile_registries: str | None = None,
    system: str | None = None,
    tools: Sequence[str] = (),
    middlewares: Sequence[str] = (),  # noqa: ARG001  # they have documents of their own
    **flags: str | None,
) -> Configured:
    """Read all layers: files, the profile, the environment, and the options of a command."""
    choice = chosen(host, profile, profile_registries)
    found = documents(host, choice, cwd)
    settings = {name: value for name, value in flags.items() if value is not None}
    said = {"engine": engine, "settings": settings, "system_prompt": system, "tools": list(tools)}
    found.append(
        Document("flags", Layer.FLAGS, {name: value for name, value in said.items() if value}, text=True)
    )
    found.append(Document("--set", Layer.FLAGS, {"settings": read_assignments(assignments)}, text=True))
    name = engine_of(found) or "demo"
    if choice.document.engine and choice.document.engine != name:
        raise InvalidOption(
            f"the profile {choice.name} is for the engine {choice.document.engine}, not {name}",
            code="MERGE_CONFLICT",
            subject="engine",
            next_step="leave --engine out, or choose another profile",
        )
    return Configured(name, found, choice)


def build_session(host: Host, *, cwd: Path | None = None, **options: Any) -> Session:
    """Make a session of what files, a profile, the environment and the options of `run` and `chat` say."""
    found = configured(host, cwd=cwd or Path.cwd(), **options)
    base = found.choice
    uses = [
        *base.middlewares(host),
        *(host.contributions.middleware(*_middleware(text)) for text in options["middlewares"]),
    ]
    prompt = found.last("system_prompt")
    if prompt:
        uses.append(host.middleware("systemPrompt", {"prompt": str(prompt)}))
    offered = found.last("tools")
    if offered is None and found.engine == "demo":
        offered = DEMO_TOOLS
    _, inference = resolve(InferenceConfig.schema(), found.sources("inference"), subject="inference")
    return host.create_session(
        engine=host.contributions.engine(found.engine, found.sources("settings")),
        engine_name=found.engine,
        middlewares=uses,
        tools=list(offered or ()) or None,
        inference=InferenceConfig.from_json(inference),
        timeout=base.document.timeout,
    )


def _middleware(text: str) -> tuple[str, list[Source]]:
    """Read `NAME` or `NAME:{json}`."""
    name, colon, config = text.partition(":")
    if not colon:
        return name, []
    try:
        values = json.loads(config)
    except ValueError as error:
        raise InvalidOption(
            f"--middleware {name}: the configuration is not JSON: {error}",
            subject=name,
            next_step=f'--middleware \'{name}:{{"key": "value"}}\'',
        ) from error
    if not isinstance(values, dict):
        raise InvalidOption(f"--middleware {name}: the configuration is no JSON object", subject=name)
    return name, [Source("--middleware", Layer.FLAGS, values)]
