"""MiddlewareContract: what every middleware owes the runs it stands around."""

from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING, Any, ClassVar

import pytest

from geppetto.config import schema_of
from geppetto.errors import ConfigError, ProviderError, RunCancelled
from geppetto.events.model import is_terminal
from geppetto.host import Host
from geppetto.testing.contracts.plugin import PluginSuite, described
from geppetto.turns import block, serde

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from geppetto.middleware.definition import MiddlewareDefinition
    from geppetto.turns import Turn

__all__ = ["MiddlewareContract"]


class MiddlewareContract(PluginSuite):
    """Prove a middleware: give its definition, configs that work and configs that do not.

    A middleware that answers engine errors itself sets `recovers`, one that does not call the engine `short_circuits`.
    """

    definition: ClassVar[MiddlewareDefinition]
    good: ClassVar[Sequence[Mapping[str, Any]]] = ({},)
    bad: ClassVar[Sequence[Mapping[str, Any]]] = ({"no_such_key": 1},)
    recovers: ClassVar[bool] = False
    short_circuits: ClassVar[bool] = False

    @property
    def plugin_module(self) -> str:
        """The module that offers the middleware."""
        return self.definition.build.__module__

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        """Run a test once for each config of the kind that it asks for."""
        for name, configs in (("config", self.good), ("bad_config", self.bad)):
            if name in metafunc.fixturenames:
                metafunc.parametrize(name, configs, ids=str)

    @pytest.fixture
    def host(self, tmp_path: Path) -> Iterator[Host]:
        """Give a host of its own, with empty folders."""
        with Host(plugins=False, env={"GEPPETTO_HOME": str(tmp_path)}, grace=1.0) as host:
            yield host

    def _built(self, host: Host, config: Mapping[str, Any]) -> Any:
        from geppetto.config import Layer, Source, resolve

        _, resolved = resolve(
            self.definition.config(),
            [Source("contract", Layer.REQUEST, config)],
            subject=self.definition.name,
        )
        return self.definition.build(host.deps, resolved)

    def test_the_config_is_described(self) -> None:
        """The config is a closed JSON Schema whose properties say what they are for."""
        schema = schema_of(self.definition.config())

        assert schema.get("additionalProperties", False) is False
        assert [name for name, node in schema.get("properties", {}).items() if not described(node)] == []
        assert self.definition.description

    def test_an_unknown_key_is_refused(self, host: Host) -> None:
        """A misspelt key of the config is an error, not a default."""
        with pytest.raises(ConfigError, match="no_such_key"):
            self._built(host, {**self.good[0], "no_such_key": 1})

    def test_a_bad_config_is_refused(self, host: Host, bad_config: Mapping[str, Any]) -> None:
        """What the schema does not allow is an error that says where."""
        with pytest.raises(ConfigError) as caught:
            self._built(host, bad_config)

        assert caught.value.subject

    def test_a_run_goes_through(self, host: Host, config: Mapping[str, Any]) -> None:
        """A conversation of two prompts ends well each time, with one terminal event at the end."""
        session = host.create_session(engine=_say("fine"), middlewares=[self._built(host, config)])

        for prompt in ("one", "two"):
            handle = session.start(prompt)
            found = list(handle.events())
            assert handle.result(5).blocks
            assert [is_terminal(event) for event in found] == [False] * (len(found) - 1) + [True]

    def test_it_may_stand_twice(self, host: Host, config: Mapping[str, Any]) -> None:
        """Two uses of the same middleware do not get in each other's way."""
        uses = [self._built(host, config) for _ in range(2)]

        assert host.create_session(engine=_say("fine"), middlewares=uses).run("hi").blocks

    def test_earlier_turns_stay_as_they_were(self, host: Host, config: Mapping[str, Any]) -> None:
        """A middleware returns turns; it does not edit the ones that the session keeps."""
        session = host.create_session(engine=_say("fine"), middlewares=[self._built(host, config)])
        session.run("one")
        before = [serde.to_json(turn) for turn in session.history]

        session.run("two")

        assert [serde.to_json(turn) for turn in session.history[: len(before)]] == before

    def test_an_error_of_the_engine_comes_through(self, host: Host, config: Mapping[str, Any]) -> None:
        """What a provider says reaches the caller, unless the middleware is there to answer it."""
        if self.recovers or self.short_circuits:
            return
        session = host.create_session(engine=_fail, middlewares=[self._built(host, config)])

        with pytest.raises(ProviderError, match="the vendor is away"):
            session.run("hi")

    def test_a_cancel_is_not_eaten(self, host: Host, config: Mapping[str, Any]) -> None:
        """A cancelled run ends as cancelled, at once."""
        if self.short_circuits:
            return
        begun = threading.Event()

        async def wait(_ctx: Any, _turn: Turn) -> Turn:
            begun.set()
            await asyncio.Event().wait()
            raise AssertionError

        handle = host.create_session(engine=_Engine(wait), middlewares=[self._built(host, config)]).start(
            "hi"
        )
        assert begun.wait(5)
        handle.cancel()

        with pytest.raises(RunCancelled):
            handle.result(5)

    def test_runs_side_by_side_do_not_mix(self, host: Host, config: Mapping[str, Any]) -> None:
        """One use of a middleware serves many runs at once and keeps nothing of one in another."""
        used = self._built(host, config)

        async def echo(_ctx: Any, turn: Turn) -> Turn:
            await asyncio.sleep(0)
            return turn.clone().append(block.assistant(turn.blocks[-1].text))

        async def run_all() -> list[str]:
            sessions = [host.create_session(engine=_Engine(echo), middlewares=[used]) for _ in range(8)]
            turns = await asyncio.gather(
                *(session.run_async(f"prompt-{n}") for n, session in enumerate(sessions))
            )
            return [serde.to_json(turn) for turn in turns]

        found = asyncio.run(run_all())
        strays = [(n, m) for n in range(8) for m in range(8) if n != m and f"prompt-{m}" in found[n]]
        assert strays == []


class _Engine:
    """An engine made of an async function."""

    def __init__(self, function: Any) -> None:
        self._function = function

    async def run_inference(self, ctx: Any, turn: Turn) -> Turn:
        completed: Turn = await self._function(ctx, turn)
        return completed


def _say(text: str) -> Any:
    async def say(_ctx: Any, turn: Turn) -> Turn:
        return turn.clone().append(block.assistant(text))

    return _Engine(say)


async def _raise(_ctx: Any, _turn: Turn) -> Turn:
    raise ProviderError("the vendor is away", status=503)


_fail = _Engine(_raise)
