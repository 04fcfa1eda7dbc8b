"""`geppetto doctor`: what is installed, configured, missing and broken; safe to paste, it shows no value of a key."""

from __future__ import annotations

import importlib.util
import json
import platform
from typing import TYPE_CHECKING, Any

import click

from geppetto.cli.keys import key_specs
from geppetto.cli.problems import Problems, configured
from geppetto.cli.shell import Shell, global_options, pass_shell
from geppetto.cli.table import clean, columns

if TYPE_CHECKING:
    from pathlib import Path

    from geppetto.plugins.registry import PluginRegistry

__all__ = ["doctor", "examine"]


@click.command("doctor")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@global_options
@pass_shell
def doctor(shell: Shell, *, as_json: bool) -> None:
    """Show what is installed, configured, missing and broken; keys are named, never shown. Ends with 1 for what is broken."""
    found = examine(shell)
    click.echo(json.dumps(found, indent=2, default=str) if as_json else _readable(found))
    broken = found["problems"] or not all(check["ok"] for check in found["checks"])
    click.get_current_context().exit(1 if broken else 0)


def examine(shell: Shell) -> dict[str, Any]:
    """Return the facts of contracts.md, "CLI JSON", `doctor`."""
    import geppetto
    from geppetto.plugins.kinds import Kind
    from geppetto.plugins.lookup import USABLE
    from geppetto.plugins.paths import paths

    problems = configured(shell)
    registry, folders = shell.listing(quiet=True), paths(shell.env)
    return {
        "python": platform.python_version(),
        "platform": platform.platform(),
        "geppetto": geppetto.__version__,
        "parts": _parts(),
        "plugins": [row.to_json() for row in registry.rows()],
        "trust": str(registry.policy.trust),
        "missing_plugins": [plugin.name for plugin in registry.missing()],
        "home": str(folders.config),
        "config_files": [
            _file(folders.config / name)
            for name in ("geppetto.yaml", "plugins.toml", "plugins.lock", "keys.json")
        ],
        "credentials": _credentials(shell, registry, problems),
        "checks": [_checked(registry, r.name) for r in registry.rows(Kind.CHECK) if r.status in USABLE],
        "problems": problems.errors,
        "warnings": problems.warnings,
    }


def _parts() -> dict[str, str]:
    """Say what reads HTTP and JSON and judges schemas: `geppetto[fast]` has faster ones."""
    from geppetto.transport.lane import installed_parsers

    def found(module: str, name: str, otherwise: str) -> str:
        return name if importlib.util.find_spec(module) else otherwise

    return {
        "http": installed_parsers()[0],
        "json": found("msgspec", "msgspec", "json"),
        "schemas": found("jsonschema_rs", "jsonschema-rs", "jsonschema"),
    }


def _checked(registry: PluginRegistry, name: str) -> dict[str, Any]:
    """Run one check of a plugin; whatever it raises is what is wrong."""
    from geppetto.plugins.kinds import Kind

    try:
        return {"name": name, "ok": True, "facts": dict(registry.get(Kind.CHECK, name).examine())}
    except Exception as error:
        return {"name": name, "ok": False, "error": str(error), "code": getattr(error, "code", "")}


def _file(path: Path) -> dict[str, Any]:
    try:
        path.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        return {"path": str(path), "exists": False, "error": None}
    except OSError as failure:
        return {"path": str(path), "exists": True, "error": failure.strerror}
    return {"path": str(path), "exists": True, "error": None}


def _credentials(shell: Shell, registry: PluginRegistry, problems: Problems) -> list[dict[str, Any]]:
    """Say for each key that an engine asks for where it would come from; without a usable key file or keyring, that it would not."""
    from geppetto.credentials import CredentialStore
    from geppetto.plugins.paths import paths

    store, specs = CredentialStore(paths(shell.env), shell.env), key_specs(registry)
    rows: list[dict[str, Any]] = []
    for spec in specs:
        missing = [{"name": spec.name, "source": None, "present": False}]
        rows += problems.tried(lambda spec=spec: store.sources([spec]), missing)  # type: ignore[misc]
    return rows


def _readable(found: dict[str, Any]) -> str:
    usable = [row for row in found["plugins"] if row["status"] in {"available", "loaded"}]
    broken = [row for row in found["plugins"] if row not in usable]
    parts = [
        f"geppetto {found['geppetto']} on Python {found['python']}, {found['platform']}",
        f"parts: {', '.join(f'{part} by {name}' for part, name in found['parts'].items())}",
        f"configuration: {found['home']}",
        f"plugins: {len(usable)} usable contributions, {len(broken)} not",
    ]
    if found["trust"] == "locked":
        parts.append("trust: only plugins that are as plugins.lock has them may be imported")
    if broken:
        parts.append(columns(broken, ("kind", "name", "distribution", "status", "reason")))
    if found["credentials"]:
        parts.append(columns(found["credentials"], ("name", "source", "present")))
    for check in found["checks"]:
        facts = ", ".join(f"{key} {value}" for key, value in check.get("facts", {}).items())
        parts.append(f"{check['name']}: {facts if check['ok'] else check['error']}")
    parts += [f"warning: {clean(each)}" for each in found["warnings"]]
    parts += [
        f"problem: {clean(each['message'])}\n  next:  {clean(each['next_step'])}"
        for each in found["problems"]
    ]
    return "\n".join(parts)
