"""How a run of the command line is put together, watched and ended."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from geppetto.builtin.demo import DEMO_TOOLS
from geppetto.config import Layer, Source, read_assignments
from geppetto.errors import GeppettoError, InvalidOption
from geppetto.host import Host

if TYPE_CHECKING:
    from collections.abc import Sequence

    from geppetto.cli.output import Output
    from geppetto.cli.shell import Shell
    from geppetto.inference import RunHandle, Session

__all__ = ["execute"]


def execute(
    shell: Shell, prompt: str, output: Output, *, timeout: float | None, allow_local: bool, **options: Any
) -> int:
    """Run a prompt, hand its events and its end to `output`, and return the exit code.

    Ctrl-C cancels the run, whose last events still come.
    """
    with Host(registry=shell.registry(), env=shell.env, allow_local=allow_local) as host:
        session = _session(host, **options)
        handle = session.start(prompt, timeout=timeout)
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
        return _end(handle, output)


def _end(handle: RunHandle, output: Output) -> int:
    try:
        turn, error = handle.result(), None
    except GeppettoError as failure:
        turn, error = failure.turn or handle.partial_turn, failure
    output.end(turn, handle.inference_result(), handle, error)
    return error.exit_code if error else 0


def _session(
    host: Host,
    *,
    engine: str,
    tools: Sequence[str],
    middlewares: Sequence[str],
    assignments: Sequence[str],
    system: str | None,
    **flags: str | None,
) -> Session:
    settings = {name: value for name, value in flags.items() if value is not None}
    sources = [
        Source("flags", Layer.FLAGS, settings, text=True),
        Source("--set", Layer.FLAGS, read_assignments(assignments), text=True),
    ]
    uses = [host.contributions.middleware(*_middleware(text)) for text in middlewares]
    if system:
        uses.append(host.middleware("systemPrompt", {"prompt": system}))
    offered = tools or (DEMO_TOOLS if engine == "demo" else ())
    built = host.contributions.engine(engine, sources)
    return host.create_session(engine=built, engine_name=engine, middlewares=uses, tools=offered or None)


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
