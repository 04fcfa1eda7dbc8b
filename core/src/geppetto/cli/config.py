"""`geppetto config`: which value came from where, and what a configuration file may say."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import click

from geppetto.cli.lazy import LazyGroup
from geppetto.cli.run import engine_options
from geppetto.cli.shell import Shell, global_options, pass_shell
from geppetto.cli.table import columns
from geppetto.profile.redact import redacted

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from geppetto.config import Step
    from geppetto.factory.compose import Composition
    from geppetto.host import Host

__all__ = ["config", "rows_of"]

_COLUMNS = ("", "layer", "value", "source")


@click.group("config", cls=LazyGroup)
def config() -> None:
    """Explain configured values."""


@config.command("explain")
@click.argument("path", required=False, default="")
@engine_options
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@global_options
@pass_shell
def explain(shell: Shell, /, *, path: str, as_json: bool, allow_local: bool, **options: Any) -> None:  # noqa: ARG001  # of all runs
    """Show every value that PATH was given (`/settings/temperature`, or `/temperature`), lowest layer first.

    Without PATH everything is shown that somebody set.
    """
    from geppetto.cli.request import compose_options
    from geppetto.host import Host

    with Host(registry=shell.registry(), env=shell.env) as host:
        found = compose_options(host, places=True, **options).composition
        rows = rows_of(found, path, _settings(host, found.engine))
    if as_json:
        click.echo(json.dumps({"engine": found.engine, "paths": rows}, indent=2, ensure_ascii=False))
        return
    for pointer, steps in rows.items():
        click.echo(pointer)
        click.echo(columns([_shown(step, last=step is steps[-1]) for step in steps], _COLUMNS))


@config.command("schema")
@click.option(
    "--engine", "engines", multiple=True, help="Only these engines; by default all that are installed."
)
@global_options
@pass_shell
def schema(shell: Shell, *, engines: tuple[str, ...]) -> None:
    """Print the JSON Schema of geppetto.yaml, for editors; with the settings of what is installed."""
    from geppetto.factory.schema import config_schema
    from geppetto.host import Host

    with Host(registry=shell.registry(), env=shell.env) as host:
        click.echo(json.dumps(config_schema(host.offered, engines), indent=2, ensure_ascii=False))


def _shown(step: dict[str, Any], *, last: bool) -> dict[str, str]:
    value = json.dumps(step["value"], ensure_ascii=False)
    if "raw" in step:
        value = f"{value} (from {json.dumps(step['raw'], ensure_ascii=False)})"
    return {"": ">" if last else "", "layer": step["layer"], "value": value, "source": step["place"]}


def _settings(host: Host, engine: str) -> list[str]:
    """Return the names of the settings that an engine has."""
    from geppetto.config import schema_of
    from geppetto.config.schema import expand, known_keys
    from geppetto.plugins.kinds import Kind

    return list(known_keys(expand(schema_of(host.offered.get(Kind.ENGINE, engine).settings()))))


def rows_of(
    found: Composition, path: str = "", settings: Sequence[str] = ()
) -> dict[str, list[dict[str, Any]]]:
    """Return the steps of a path, of all paths below it, or of everything that somebody set.

    Raises ConfigError for a path without steps; it names the nearest, the engine's `settings` among them.
    """
    history = found.history()
    trace = {pointer: _trace(pointer, steps) for pointer, steps in sorted(history.items())}
    if not path:
        return {pointer: steps for pointer, steps in trace.items() if _is_said(steps)}
    wanted = _wanted(path, trace)
    inside = {p: steps for p, steps in trace.items() if p == wanted or p.startswith(f"{wanted}/")}
    if inside:
        return inside
    from geppetto.errors import ConfigError

    guess = _guess(path, wanted, trace, settings)
    raise ConfigError(
        f"nobody sets {path}",
        code="PATH_NOT_SET",
        subject=path,
        next_step=f"did you mean {guess}?" if guess else "geppetto config explain shows all paths",
    )


def _guess(path: str, wanted: str, trace: Iterable[str], settings: Iterable[str]) -> str | None:
    """Return the path that was meant: one that somebody sets, else one that somebody could; None for a good one."""
    from geppetto.cli.request import likely
    from geppetto.errors import nearest

    first, slash, rest = path.strip("/").partition("/")
    word = likely(first, settings)
    other = f"/{word}{slash}{rest}" if word and word != first else None
    return nearest(wanted, trace) or other


def _trace(pointer: str, steps: Sequence[Step]) -> list[dict[str, Any]]:
    """Return steps for people: what stands under the name of a secret is blanked, as in plans."""
    shown: dict[str, Any] = redacted({"path": pointer, "steps": [step.to_json() for step in steps]})
    return list(shown["steps"])


def _is_said(steps: list[dict[str, Any]]) -> bool:
    return len(steps) > 1 or steps[0]["source"] != "schema"


def _wanted(path: str, trace: dict[str, Any]) -> str:
    """Read a path: one whose first word is no root is an option of the run, else a setting of the engine."""
    from geppetto.config.document import ROOTS

    wanted = "/" + path.strip("/")
    first, _, rest = wanted[1:].partition("/")
    # an option that the engine has as a setting stands there
    inner = f"/{rest}" if first == "inference" else wanted if first not in ROOTS else ""
    tries = [f"/inference{inner}", f"/settings{inner}"] if inner else [wanted]
    return next(
        (each for each in tries if any(p == each or p.startswith(f"{each}/") for p in trace)), tries[-1]
    )
