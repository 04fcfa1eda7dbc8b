"""The commands `js run`, `js repl`, `js types` and `js check`."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from geppetto.cli.run import no_cache_option
from geppetto.cli.shell import Shell, global_options, pass_shell
from geppetto.errors import GeppettoError, UsageError

from geppetto_js.cli.seconds import Seconds

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from geppetto_js.script import ScriptHost

__all__ = ["js"]

_MIB = 1024 * 1024
_MOST_MB = 1024 * 1024


@click.group("js")
def js() -> None:
    """Run scripts that use require("geppetto")."""


def _options(command: Callable[..., Any]) -> Callable[..., Any]:
    for option in reversed((
        click.option("--profile-registries", metavar="PLACES", help="Registry files and databases, last on top."),
        click.option("--profile", metavar="NAME", help="The profile that is meant where the script names none."),
        click.option("--tool-plugin", "tools", multiple=True, metavar="MODULE[:NAME]", help="Offer the tools of a Python module or file to the script."),
        click.option("--allow-read", "read", multiple=True, type=click.Path(exists=True, file_okay=False, path_type=Path), help="Let the script load files below a folder."),
        click.option("--allow-write", "write", multiple=True, type=click.Path(exists=True, path_type=Path), help="Let the script write profiles in a database, or below a folder."),
        click.option("--env", "variables", multiple=True, metavar="NAME", help="Show a variable to the script, as ENV.NAME."),
        click.option("--memory", type=click.IntRange(min=1, max=_MOST_MB), metavar="MB", help="How much memory the script may use."),
        click.option("--timeout", type=Seconds(), metavar="SECONDS", help="How long the script may run."),
        click.option("--json-events", is_flag=True, help="Print the events of all runs as lines of JSON; console output goes to standard error."),
        click.option("--allow-local", is_flag=True, help="Allow requests to loopback and private addresses."),
        no_cache_option,
    )):  # fmt: skip
        command = option(command)
    return global_options(command)


@contextmanager
def _scripts(
    shell: Shell,
    *,
    profile_registries: str | None,
    profile: str | None,
    tools: tuple[str, ...],
    read: tuple[Path, ...],
    write: tuple[Path, ...],
    variables: tuple[str, ...],
    memory: int | None,
    timeout: float | None,
    json_events: bool,
    allow_local: bool,
    no_cache: bool,
) -> Iterator[ScriptHost]:
    """Give a script host as the options say."""
    from geppetto import Host

    from geppetto_js.api import ApiOptions
    from geppetto_js.cli.output import say_event
    from geppetto_js.cli.toolfile import tools_of
    from geppetto_js.engine import Limits
    from geppetto_js.script import ScriptHost

    env = {**shell.env, "GEPPETTO_PROFILE": profile} if profile else shell.env
    options = ApiOptions(tools=tools_of(tools), sinks=(say_event,) if json_events else ())
    bounds = {"memory": memory * _MIB} if memory else {}
    with (
        Host(
            registry=shell.registry(),
            env=env,
            profile_registry=profile_registries,
            allow_local=allow_local,
            caches=not no_cache,
        ) as host,
        ScriptHost(
            host,
            options=options,
            limits=Limits(**bounds, timeout=timeout),
            read=read,
            write=(*write, *_named(profile_registries)),
            env={name: shell.env[name] for name in variables if name in shell.env},
            console=_console(to_error=json_events),
        ) as scripts,
    ):
        yield scripts


def _named(profile_registries: str | None) -> list[Path]:
    """Return the registries that are named on the command line: who names one lets the script write it, too."""
    from geppetto.profile.sources import file_of, parse_sources

    return [file_of(spec.place) for spec in parse_sources(profile_registries or "")]


@js.command("run")
@click.argument("script", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@_options
@click.option(
    "--print-result",
    is_flag=True,
    help="Print the value of the last statement, or of a `return` at the top level of a script that awaits.",
)
@pass_shell
def run(shell: Shell, /, *, script: Path, print_result: bool, **options: Any) -> None:
    """Run SCRIPT and wait for its promises; ends with 1 when something was thrown and nobody caught it."""
    from geppetto_js.cli.output import say_value
    from geppetto_js.cli.thrown import report

    options["read"] = (script.resolve().parent, *options["read"])
    with _scripts(shell, **options) as scripts:
        try:
            value = scripts.run_file(script.resolve(), timeout=options["timeout"], result=print_result)
            if print_result:
                say_value(value, scripts.runtime)
        except Exception as error:
            if shell.traceback:
                raise
            report(error)
            click.get_current_context().exit(1)


@js.command("repl")
@_options
@pass_shell
def repl(shell: Shell, /, **options: Any) -> None:
    """Type JavaScript line by line; `gp` is the module. Ends with Ctrl-D or `.exit`."""
    from geppetto_js.cli.repl import converse

    with _scripts(shell, **options) as scripts:
        converse(scripts, shell)


@js.command("types")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="Write to a file instead.")
@global_options
def types(*, out: Path | None) -> None:
    """Print geppetto.d.ts, the types of require("geppetto")."""
    from geppetto_js.types import declarations

    if out is None:
        click.echo(declarations(), nl=False)
    else:
        _write(out, declarations())


def _write(out: Path, text: str) -> None:
    try:
        out.write_text(text, encoding="utf-8")
    except (OSError, ValueError) as error:
        raise UsageError(
            f"cannot write {out}: {error}",
            code="FILE_NOT_WRITTEN",
            subject=str(out),
            next_step="name a file in a folder that is there and may be written to",
        ) from error


@js.command("check")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@global_options
def check(*, files: tuple[Path, ...]) -> None:
    """Parse FILES without running them; ends with 1 when one is no JavaScript or cannot be read."""
    from geppetto_js.cli.thrown import report

    failed = False
    for path in files:
        try:
            _check(path)
        except GeppettoError as error:
            failed = True
            report(error)
    if failed:
        click.get_current_context().exit(1)


def _check(path: Path) -> None:
    from geppetto_js.errors import JsModuleError
    from geppetto_js.runtime.runtime import Runtime

    if not path.is_file():
        raise JsModuleError(f"there is no file {path}", subject=str(path), next_step="check the path")
    with Runtime(read=[path.resolve().parent]) as runtime:
        runtime.check_file(path.resolve())


def _console(*, to_error: bool) -> Callable[[str, str], None]:
    from geppetto_js.cli.output import say

    def write(level: str, text: str) -> None:
        say(text, err=to_error or level in {"warn", "error", "debug"})

    return write
