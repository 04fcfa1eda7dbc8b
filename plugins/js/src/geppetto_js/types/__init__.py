"""`geppetto.d.ts`: a template, filled with the words that the host and the module share."""

from __future__ import annotations

import json
from importlib import resources
from typing import TYPE_CHECKING, Any

from geppetto import consts
from geppetto.factory.patch import OPERATIONS

from geppetto_js.api.area.facts import constants
from geppetto_js.api.faults import BOUNDARY_CODES, FACTORY_CODES, HOST_CODES

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["declarations"]

_OLDER = (
    "start", "partial", "partial-thinking", "final", "tool-call", "tool-call-execute", "tool-result",
    "tool-call-execution-result", "error",
)  # fmt: skip


def declarations() -> str:
    """Return the text of geppetto.d.ts."""
    text = _file("template.d.ts")
    for name, value in _parts().items():
        text = text.replace(f"{{{{{name}}}}}", value)
    return text


def _file(name: str) -> str:
    return resources.files("geppetto_js.types").joinpath(name).read_text(encoding="utf-8").rstrip() + "\n"


def _parts() -> dict[str, str]:
    names = (
        "BlockKind", "EventType", "StopReason", "FinishClass", "ToolChoice", "ToolErrorHandling", "HookAction", "Overflow",
    )  # fmt: skip
    found = {name: _union(getattr(consts, name)) for name in names}
    return {
        **found,
        "OlderEventType": _union(_OLDER),
        "BoundaryCode": _union(dict.fromkeys(BOUNDARY_CODES.values())),
        "FactoryCode": _union(FACTORY_CODES),
        "HostCode": _union(HOST_CODES),
        "PatchOp": _union(OPERATIONS),
        "Consts": _consts(constants()),
        "Globals": _file("globals.d.ts").rstrip(),
    }


def _union(words: Iterable[Any]) -> str:
    return " | ".join(json.dumps(str(word)) for word in words)


def _consts(groups: dict[str, dict[str, str]]) -> str:
    rows = ["  export interface Consts {"]
    for group, words in groups.items():
        members = " ".join(
            f"readonly {json.dumps(name)}: {json.dumps(word)};" for name, word in words.items()
        )
        rows.append(f"    readonly {group}: {{ {members} }};")
    return "\n".join([*rows, "  }"])
