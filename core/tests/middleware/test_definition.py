"""A middleware's definition is data; what it does not say has a default."""

import pytest
from geppetto import Host, MiddlewareDefinition, RunContext, Turn
from geppetto.errors import ConfigError
from geppetto.middleware import Constraints, Effects
from geppetto.plugins import Kind
from pydantic import BaseModel


class Config(BaseModel):
    """What a stranger's middleware takes."""

    word: str = "ok"
    times: int = 1


class _Repeats:
    def __init__(self, config: Config) -> None:
        self.config = config

    async def call(self, ctx: RunContext, turn: Turn, call_next: object) -> Turn:
        return turn


def test_a_definition_needs_a_name_and_a_build() -> None:
    """The rest is empty, and it takes no configuration."""
    made = MiddlewareDefinition("x", build=lambda _deps, _config: _Repeats(Config()))

    assert made.config() == {"type": "object", "properties": {}, "additionalProperties": False}
    assert (made.version, made.display_name, made.description) == (1, "", "")
    assert (made.constraints, made.effects) == (Constraints(), None)
    assert Effects().writes_request is False


@pytest.mark.parity(90)
def test_a_strangers_middleware_is_configured_by_its_model(plain_host: Host) -> None:
    """`build` gets an instance of the model, checked; its name is the definition's."""
    offered = MiddlewareDefinition(
        "repeats", build=lambda _deps, config: _Repeats(config), config=lambda: Config
    )
    plain_host.registry.add(Kind.MIDDLEWARE, offered)

    use = plain_host.middleware("Repeats", {"times": 3})
    with pytest.raises(ConfigError, match="did you mean times"):
        plain_host.middleware("repeats", {"tims": 3})

    assert use.name == "repeats"
    assert use.points["call"].__self__.config == Config(word="ok", times=3)  # type: ignore[attr-defined]
