"""What a runtime is made with: all that its owner grants."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from geppetto_js.engine import Limits

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from geppetto_js.globals.console import ConsoleSink
    from geppetto_js.modules.contract import JsModule

__all__ = ["Setup"]


@dataclass(frozen=True, slots=True)
class Setup:
    """Limits, event loop, console, environment, readable directories, modules by name."""

    console: ConsoleSink
    limits: Limits = field(default_factory=Limits)
    loop: asyncio.AbstractEventLoop | None = None
    env: Mapping[str, str] = field(default_factory=dict)
    read: Sequence[Path] = ()
    modules: Sequence[JsModule] = ()
