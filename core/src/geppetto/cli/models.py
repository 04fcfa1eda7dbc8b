"""`geppetto models`: what is known about models, offline or asked from the vendor."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import click

from geppetto.cli.lazy import LazyGroup
from geppetto.cli.shell import Shell, global_options, pass_shell
from geppetto.cli.table import columns

if TYPE_CHECKING:
    from collections.abc import Sequence

    from geppetto.catalog import ModelInfo, Prices
    from geppetto.host import Host

__all__ = ["models"]

_COLUMNS = ("engine", "name", "context", "output", "input $/M", "output $/M", "dated")


@click.group("models", cls=LazyGroup)
def models() -> None:
    """Show models: context windows, limits, prices."""


@models.command("list")
@click.option("-e", "--engine", "engines", multiple=True, help="Only this engine's models; may be repeated.")
@click.option("--live", is_flag=True, help="Ask the vendor's own list; needs --engine, and its key.")
@click.option("--base-url", help="Where the provider's API is, with --live.")
@click.option("--allow-local", is_flag=True, help="Allow requests to this machine and its network.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@global_options
@pass_shell
def list_models(
    shell: Shell,
    *,
    engines: Sequence[str],
    live: bool,
    base_url: str | None,
    allow_local: bool,
    as_json: bool,
) -> None:
    """List the models that engines can be asked for; prices are US dollars per million tokens."""
    from geppetto.host import Host

    if live and not engines:
        raise click.UsageError("--live asks one vendor: name it with --engine")
    with Host(registry=shell.registry(), env=shell.env, allow_local=allow_local) as host:
        if live:
            found = [(name, model) for name in engines for model in _live(host, name, base_url)]
        else:
            found = [
                (name, model) for name in engines or _with_models(host) for model in host.models.of(name)
            ]
            _warn_without_catalogue(host)
    rows = [{"engine": engine, **model.to_json()} for engine, model in found]
    click.echo(json.dumps(rows, indent=2) if as_json else columns([_row(*one) for one in found], _COLUMNS))


def _live(host: Host, name: str, base_url: str | None) -> list[ModelInfo]:
    from geppetto.engine.outside import outside_context
    from geppetto.errors import InvalidOption

    engine: Any = host.engine(name, **({"base_url": base_url} if base_url else {}))
    if not hasattr(engine, "list_models"):
        raise InvalidOption(f"the engine {name} has no list of models to ask for", subject=name)
    found: list[ModelInfo] = host.wait_for(engine.list_models(outside_context(60.0, host=host)))
    return found


def _with_models(host: Host) -> list[str]:
    """Return one engine for each vendor that a catalogue knows."""
    from geppetto.errors import GeppettoError
    from geppetto.plugins.kinds import Kind

    seen: dict[str, str] = {}
    for row in host.registry.rows(Kind.ENGINE):
        try:
            vendor = host.models.vendor(row.name)
        except GeppettoError:
            continue  # a broken plugin has no models; `plugins list` says why
        if vendor not in seen and host.models.of(row.name):
            seen[vendor] = row.name
    return sorted(seen.values())


def _warn_without_catalogue(host: Host) -> None:
    if not host.models.installed:
        click.echo(
            "no model catalogue is installed: pip install geppetto-catalog-genai-prices, or ask with --live",
            err=True,
        )


def _row(engine: str, model: ModelInfo) -> dict[str, str]:
    prices = model.prices
    cells = [
        engine,
        model.name,
        _text(model.context_window),
        _text(model.max_output),
        _price(prices, "input"),
        _price(prices, "output"),
        _text(model.dated),
    ]
    return dict(zip(_COLUMNS, cells, strict=True))


def _price(prices: Prices | None, name: str) -> str:
    return _text(getattr(prices, name, None))


def _text(value: object) -> str:
    return "?" if value is None else str(value)
