"""Where `console` writes: to a callable that the owner of the runtime gives."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import TypeAlias

__all__ = ["ConsoleSink", "logging_sink"]

#: called on the JavaScript thread with the level (debug, log, info, warn, error) and the formatted text
ConsoleSink: TypeAlias = Callable[[str, str], None]
_LEVELS = {"debug": logging.DEBUG, "warn": logging.WARNING, "error": logging.ERROR}


def logging_sink(level: str, text: str) -> None:
    """Write to the logger `geppetto_js.console`."""
    logging.getLogger("geppetto_js.console").log(_LEVELS.get(level, logging.INFO), "%s", text)
