"""Where a user's configuration and data live."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from geppetto.engine import Paths

__all__ = ["config_folder", "lock_file", "paths"]


def paths(env: Mapping[str, str]) -> Paths:
    """Return the folders for configuration and data: below `$GEPPETTO_HOME`, else where the platform keeps them."""
    from geppetto.engine.deps import Paths

    return Paths(config=config_folder(env), data=_folder(env, "data"))


def config_folder(env: Mapping[str, str]) -> Path:
    """Return the folder for configuration alone: a listing needs no more, and `geppetto.engine` takes its time."""
    return _folder(env, "config")


def lock_file(env: Mapping[str, str]) -> Path:
    """Return where the lock of the user's plugins stands, beside the policy."""
    from geppetto.plugins.lock import FILE

    return config_folder(env) / FILE


def _folder(env: Mapping[str, str], use: str) -> Path:
    home = env.get("GEPPETTO_HOME")
    if home:
        return _at_home(home) / use
    import platformdirs

    find = platformdirs.user_config_path if use == "config" else platformdirs.user_data_path
    return find("geppetto", appauthor=False)


def _at_home(folder: str) -> Path:
    try:
        return Path(folder).expanduser()
    except RuntimeError:
        from geppetto.errors import ConfigError

        raise ConfigError(
            f"GEPPETTO_HOME: {folder}: nobody here has that home",
            code="CONFIG_INVALID",
            subject="GEPPETTO_HOME",
            next_step="name a folder by its whole path, or unset GEPPETTO_HOME",
        ) from None
