"""The built-in middlewares: system prompt, logging, and the order of tool results."""

from __future__ import annotations

import logging
import time
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from geppetto.middleware.definition import Effects, MiddlewareDefinition
from geppetto.turns import Block, BlockKind, block

if TYPE_CHECKING:
    from collections.abc import Mapping

    from geppetto.engine.context import RunContext
    from geppetto.engine.deps import Deps
    from geppetto.middleware.definition import TurnNext
    from geppetto.turns import Turn

__all__ = ["LOGGING", "REORDER_TOOL_RESULTS", "SYSTEM_PROMPT", "TURN_LOGGING", "reordered"]

_MIDDLEWARE_KEY = "geppetto.middleware@v1"


class _SystemPrompt:
    """Puts one system block at the front, or gives the first one this text; empty text changes nothing."""

    name = "systemPrompt"

    def __init__(self, prompt: str) -> None:
        self._prompt = prompt

    async def call(self, ctx: RunContext, turn: Turn, call_next: TurnNext) -> Turn:
        if self._prompt:
            turn = self._with_prompt(turn)
        return await call_next(ctx, turn)

    def _with_prompt(self, turn: Turn) -> Turn:
        changed = turn.clone()
        for index, found in enumerate(turn.blocks):
            if found.kind is BlockKind.SYSTEM:
                if found.text == self._prompt:
                    return turn
                payload = {**found.payload, "text": self._prompt}
                changed.blocks[index] = found.replace(payload=payload, metadata=_mark(found))
                return changed
        made = block.system(self._prompt)
        return changed.prepend(made.replace(metadata=_mark(made)))


def _mark(found: Block) -> dict[str, Any]:
    return {**found.metadata, _MIDDLEWARE_KEY: "systemPrompt"}


class _Logging:
    """Logs each engine call: its ids, how many blocks of each kind came, how long it took, or how it failed."""

    name = "logging"

    def __init__(self, logger: logging.Logger, level: int) -> None:
        self._logger = logger
        self._level = level

    async def call(self, ctx: RunContext, turn: Turn, call_next: TurnNext) -> Turn:
        ids = {"session_id": ctx.session_id, "inference_id": ctx.inference_id, "turn_id": ctx.turn_id}
        self._logger.log(self._level, "inference started: %d blocks %s", len(turn.blocks), ids)
        began = time.perf_counter()
        try:
            result = await call_next(ctx, turn)
        except Exception as error:
            self._logger.warning(
                "inference failed after %.3f s: %s %s", time.perf_counter() - began, error, ids
            )
            raise
        kinds = dict(Counter(found.kind.value for found in result.blocks[len(turn.blocks) :]))
        self._logger.log(
            self._level, "inference finished in %.3f s: %s %s", time.perf_counter() - began, kinds, ids
        )
        return result


class _ReorderToolResults:
    """Moves each tool result directly behind the calls it answers, as providers ask for."""

    name = "reorderToolResults"

    async def call(self, ctx: RunContext, turn: Turn, call_next: TurnNext) -> Turn:
        blocks = reordered(turn.blocks)
        if blocks != turn.blocks:
            turn = turn.clone()
            turn.blocks = blocks
        return await call_next(ctx, turn)


def reordered(blocks: list[Block]) -> list[Block]:
    """Return the blocks with results moved behind the run of calls they answer, in call order.

    Results that stand before their call, answer no call, or have no id stay where they are.
    """
    results = _results(blocks)
    placed: list[Block] = []
    moved: set[int] = set()
    run: list[str] = []
    for index, found in enumerate(blocks):
        if index in moved:
            continue
        placed.append(found)
        if found.kind is not BlockKind.TOOL_CALL:
            continue
        run.append(str(found.payload.get("id") or found.id))
        if index + 1 == len(blocks) or blocks[index + 1].kind is not BlockKind.TOOL_CALL:
            answers = [at for call_id in run for at in results.pop(call_id, ()) if at > index]
            placed.extend(blocks[at] for at in answers)
            moved.update(answers)
            run = []
    return placed


def _results(blocks: list[Block]) -> dict[str, list[int]]:
    """Return where the results of each call stand."""
    found: dict[str, list[int]] = {}
    for index, one in enumerate(blocks):
        if one.kind is BlockKind.TOOL_USE and one.payload.get("id"):
            found.setdefault(str(one.payload["id"]), []).append(index)
    return found


def _prompt_config() -> Mapping[str, Any]:
    return {
        "type": "object",
        "properties": {
            "prompt": {
                "type": "string",
                "description": "the text of the system block; without one nothing changes",
                "default": "",
            },
        },
        "additionalProperties": False,
    }


def _logging_config() -> Mapping[str, Any]:
    return {
        "type": "object",
        "properties": {
            "level": {
                "type": "string",
                "description": "level of the log lines",
                "enum": ["debug", "info", "warning"],
                "default": "info",
            },
            "logger": {
                "type": "string",
                "description": "name of the Python logger",
                "default": "geppetto.inference",
            },
        },
        "additionalProperties": False,
    }


def _build_prompt(_deps: Deps, config: Mapping[str, Any]) -> _SystemPrompt:
    return _SystemPrompt(config["prompt"])


def _build_logging(_deps: Deps, config: Mapping[str, Any]) -> _Logging:
    level = logging.getLevelNamesMapping()[config["level"].upper()]
    return _Logging(logging.getLogger(config["logger"]), level)


def _build_reorder(_deps: Deps, _config: Mapping[str, Any]) -> _ReorderToolResults:
    return _ReorderToolResults()


SYSTEM_PROMPT = MiddlewareDefinition(
    name="systemPrompt",
    build=_build_prompt,
    config=_prompt_config,
    display_name="System prompt",
    description="Put one system block at the front of every request",
    effects=Effects(reads=("system",), writes_request=True),
)
LOGGING = MiddlewareDefinition(
    name="logging",
    build=_build_logging,
    config=_logging_config,
    display_name="Logging",
    description="Log each engine call with its ids, blocks and time",
    effects=Effects(reads=("*",)),
)
#: the name that the Go library has for it, which profiles and scripts of that library use
TURN_LOGGING = replace(
    LOGGING, name="turnLogging", description="The same as logging, by its name in the Go library"
)
REORDER_TOOL_RESULTS = MiddlewareDefinition(
    name="reorderToolResults",
    build=_build_reorder,
    display_name="Reorder tool results",
    description="Put each tool result directly behind the calls it answers",
    effects=Effects(reads=("tool_call", "tool_use"), writes_request=True),
)
