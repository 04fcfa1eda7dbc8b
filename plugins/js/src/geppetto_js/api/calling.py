"""Calls of a script's functions from the host's event loops."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from geppetto_js.errors import JsCancelled, JsDeadlineExceeded, JsRuntimeClosed

if TYPE_CHECKING:
    from geppetto_js.values.handles import JsFunction

__all__ = ["call", "told"]

_log = logging.getLogger("geppetto.js")


async def call(function: JsFunction, *values: Any) -> Any:
    """Call a function of a script and wait for what it promises."""
    return await function.call_async(*values)


async def told(what: str, function: JsFunction, *values: Any) -> None:
    """Call a function of a script that no run waits for; what it fails with is a line in the log."""
    try:
        await call(function, *values)
    except (JsRuntimeClosed, JsCancelled):
        pass  # nobody is there any more
    except JsDeadlineExceeded as error:  # mostly that of the script itself, which is told where it ran
        _log.info("%s found no script to take it: %s", what, error)
    except Exception as error:
        _log.warning("%s failed in the script: %s", what, error)
        _log.debug("where it failed", exc_info=error)
