"""Settings on their way to a request: one table per API, and an error that names what the API or the model lacks."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

from geppetto.engine.inference import InferenceConfig
from geppetto.engine.keys import INFERENCE_CONFIG
from geppetto.errors import InvalidOption
from geppetto.turns import ToolChoice

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from geppetto.engine.inference import ToolConfig
    from geppetto.provider.rules import ModelRules
    from geppetto.tooling.definition import ToolDefinition
    from geppetto.turns import Turn

__all__ = ["Options", "named_choice", "put", "run_config", "unsupported"]


def run_config(turn: Turn, config: InferenceConfig) -> InferenceConfig:
    """Return what is asked for: the turn's own inference config stands above the run's."""
    return turn.data.get(INFERENCE_CONFIG, InferenceConfig()).over(config)


class Options:
    """The options of one request: a run's, else the engine's settings; what is dropped is kept by name.

    `places` maps a setting to its place in the body, or to a text: then the API has no such setting and the text says
    what to do instead. `policy` (`error`, `warn`, `drop`) decides about what the API or the model does not take.
    """

    def __init__(
        self,
        api: str,
        config: InferenceConfig,
        settings: Any,
        *,
        rules: ModelRules | None = None,
        policy: str = "error",
    ) -> None:
        self._api, self._config, self._settings, self._policy = api, config, settings, policy
        self._rules = rules
        self.dropped: list[str] = []
        self.warnings: list[str] = []

    @property
    def model(self) -> str:
        """The model; raise InvalidOption when none is named."""
        model = self._config.model or self._settings.model
        if not model:
            raise InvalidOption(
                f"{self._api} needs a model",
                subject="model",
                next_step="--model NAME, or the setting `model`",
            )
        return str(model)

    def get(self, setting: str) -> Any:
        """Return a setting's value, the run's first; None when nobody set it."""
        value = getattr(self._config, setting, None)
        if value is None and _has(type(self._settings), setting):  # type: ignore[arg-type]  # a class has a hash
            return getattr(self._settings, setting)
        return value

    def take(self, setting: str) -> Any:
        """Return a setting's value; None also for what the model does not take, after the policy was asked."""
        value = self.get(setting)
        if value is None:
            return None
        advice = self._rules.refused(self.model).get(setting) if self._rules else None
        if advice is None:
            return value
        assert self._rules is not None
        self.refuse(setting, advice, f"the model {self.model} (rules of {self._rules.dated})")
        return None

    def refuse(self, setting: str, advice: str, who: str = "") -> None:
        """Raise UNSUPPORTED_SETTING, or keep the setting's name as dropped, with a warning if the policy says so."""
        if self._policy == "error":
            raise unsupported(who or self._api, setting, advice)
        self.dropped.append(setting)
        if self._policy == "warn":
            self.warnings.append(f"{who or self._api} has no setting `{setting}`: it was dropped; {advice}")

    def write(self, places: Mapping[str, tuple[str, ...] | str]) -> dict[str, Any]:
        """Return a body with every setting that has a value, at its place."""
        body: dict[str, Any] = {}
        for setting, place in places.items():
            if isinstance(place, str):
                if self.get(setting):
                    self.refuse(setting, place)
                continue
            put(body, place, self.take(setting))
        return body


@functools.cache
def _has(settings: type, name: str) -> bool:
    """Say whether settings of this class have an attribute; pydantic takes microseconds to miss one."""
    return name in getattr(settings, "model_fields", ()) or hasattr(settings, name)


def put(body: dict[str, Any], place: tuple[str, ...], value: Any) -> None:
    """Set a value inside nested objects; None sets nothing."""
    if value is not None:
        *above, last = place
        for part in above:
            body = body.setdefault(part, {})
        body[last] = value


def named_choice(config: ToolConfig, offered: Sequence[ToolDefinition]) -> str | None:
    """Return the tool that must be called, or None; raise InvalidOption for one that is not offered."""
    choice: Any = config.tool_choice
    if choice in list(ToolChoice):
        return None
    if choice not in {tool.name for tool in offered}:
        raise InvalidOption(
            f"tool_choice names a tool that is not offered: {choice}",
            subject="tool_choice",
            next_step=f"offered: {', '.join(tool.name for tool in offered)}",
        )
    return str(choice)


def unsupported(who: str, setting: str, next_step: str) -> InvalidOption:
    """Return the error for a setting that an API or a model does not have."""
    return InvalidOption(
        f"{who} has no setting `{setting}`",
        code="UNSUPPORTED_SETTING",
        subject=setting,
        next_step=next_step,
    )
