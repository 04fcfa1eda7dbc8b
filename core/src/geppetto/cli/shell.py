"""Shell: what every command shares: global options, environment, plugin policy and registry."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from geppetto.cli.streams import aside
from geppetto.cli.table import clean
from geppetto.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from geppetto.plugins import PluginPolicy, PluginRegistry

__all__ = ["Shell", "global_options", "pass_shell"]

F = TypeVar("F", bound="Callable[..., Any]")


@dataclass(slots=True)
class Shell:
    """The state of one run of the command line; `commands` are the names of the built-in commands."""

    commands: Iterable[str] = ()
    env: Mapping[str, str] = field(default_factory=lambda: dict(os.environ))
    cwd: Path = field(default_factory=Path.cwd)
    no_plugins: bool = False
    traceback: bool = False
    #: nothing is told beside the output: a shell completes a line
    silent: bool = False
    _registry: PluginRegistry | None = None

    def policy(self) -> PluginPolicy:
        """Read the plugin policy; raise ConfigError for a malformed plugins.toml."""
        from geppetto.plugins.paths import config_folder
        from geppetto.plugins.policy import PluginPolicy
        from geppetto.plugins.policy_files import FILE

        return PluginPolicy.read(
            config_folder(self.env) / FILE, self.cwd, self.env, no_plugins=self.no_plugins
        )

    def registry(self) -> PluginRegistry:
        """Return the registry of installed plugins, under the policy."""
        if self._registry is None:
            self._registry = self._under(self.policy())
            self._tell_missing(self._registry)
        return self._registry

    def listing(self, *, quiet: bool = False) -> PluginRegistry:
        """Return a registry to list from: a malformed policy is a message, because a listing imports nothing."""
        from geppetto.plugins.policy import PluginPolicy

        try:
            return self.registry()
        except ConfigError as error:
            if not quiet:
                click.echo(f"warning: {error.message}; listed without it", err=True)
            return self._under(PluginPolicy(no_plugins=self.no_plugins))

    def _tell_missing(self, registry: PluginRegistry) -> None:
        """Say once which locked plugins are gone: an upgrade of the tool's environment may have dropped them."""
        names = [] if self.silent else [plugin.name for plugin in registry.missing()]
        if names:
            what = "1 plugin that is" if len(names) == 1 else f"{len(names)} plugins that are"
            aside(
                f"plugins.lock names {what} not installed ({clean(', '.join(names))}): geppetto plugins sync"
            )

    def _under(self, policy: PluginPolicy) -> PluginRegistry:
        from geppetto.plugins.kinds import Kind
        from geppetto.plugins.registry import PluginRegistry

        return PluginRegistry(policy, reserved={Kind.COMMAND: list(self.commands)})


pass_shell = click.make_pass_decorator(Shell, ensure=True)


def global_options(command: F) -> F:
    """Add `--no-plugins` and `--traceback`, which may stand before or after the name of a command."""
    no_plugins = click.option(
        "--no-plugins",
        is_flag=True,
        is_eager=True,  # before a `--help` that follows: that lists what plugins give
        expose_value=False,
        callback=_set,
        help="Use the core alone: no plugin is imported.",
    )
    traceback = click.option(
        "--traceback",
        is_flag=True,
        expose_value=False,
        callback=_set,
        help="Show where an error comes from.",
    )
    return no_plugins(traceback(command))


def _set(ctx: click.Context, option: click.Parameter, value: bool) -> None:
    if value and option.name:
        setattr(ctx.ensure_object(Shell), option.name, True)
