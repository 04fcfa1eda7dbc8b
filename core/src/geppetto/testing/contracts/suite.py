"""What all parts of the engine contract share: the cases, the bench, and small ways to ask."""

from __future__ import annotations

import asyncio
import functools
from dataclasses import replace
from pathlib import Path  # noqa: TC003  # pytest reads the annotations of fixtures
from typing import TYPE_CHECKING, Any, ClassVar

import pytest

from geppetto.engine.inference import InferenceConfig
from geppetto.testing.contracts.bench import Bench, tools_of
from geppetto.testing.contracts.case import Case, read_cases
from geppetto.transport.lane import installed_parsers
from geppetto.turns import Turn, serde

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from geppetto.engine.contract import EngineFactory

__all__ = ["EngineSuite", "plain_blocks"]


class EngineSuite:
    """Say what is under test; see `EngineContract`."""

    #: what the plugin offers
    factory: ClassVar[EngineFactory]
    #: the folder with the cases
    cases: ClassVar[Path]
    #: settings that the engine needs; the key and the base URL are the contract's
    settings: ClassVar[Mapping[str, Any]] = {}
    #: what the base URL ends in, such as `/v1`
    base_path: ClassVar[str] = ""

    def validate(self, body: Any) -> Sequence[str]:  # noqa: ARG002  # for plugins to fill
        """Return what is wrong with a request body, by the vendor's schema; without one there is nothing to say."""
        return ()

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        """Run a test once for each case of the kind that it asks for."""
        kinds: dict[str, Callable[[], list[Case]]] = {
            "reply": self.replies,
            "stream": self.streams,
            "failure": self.failures,
        }
        for name, select in kinds.items():
            if name in metafunc.fixturenames:
                found = select()
                metafunc.parametrize(name, found, ids=[case.name for case in found])

    @pytest.fixture
    def bench(self, tmp_path: Path) -> Iterator[Bench]:
        """Give the bench with the engine under test."""
        made = Bench(self.factory, self.settings, tmp_path, self.base_path)
        yield made
        made.close()

    @pytest.fixture(params=installed_parsers())
    def wired(self, bench: Bench, request: pytest.FixtureRequest) -> Bench:
        """Give the bench for answers over HTTP, with each parser of HTTP that is installed."""
        return replace(bench, parser=request.param)

    def replies(self) -> list[Case]:
        """Return the cases that end well."""
        return [case for case in _cases(self.cases) if not case.fails]

    def streams(self) -> list[Case]:
        """Return the streamed cases that end well."""
        return [case for case in self.replies() if case.streaming]

    def failures(self) -> list[Case]:
        """Return the cases that end in an error."""
        return [case for case in _cases(self.cases) if case.fails]

    def with_text(self, *, streaming: bool | None = None) -> Case:
        """Return a case with text and no calls."""
        return next(
            case
            for case in self.replies()
            if "text" in case.features
            and not case.expect.calls
            and (streaming is None or case.streaming == streaming)
        )

    def ask(self, session: Any, case: Case, **options: Any) -> Turn:
        """Run one prompt the way the case was answered."""
        inference = InferenceConfig(stream=case.streaming)
        turn: Turn = session.run("What now?", inference=inference, **options)
        return turn

    def loops(self) -> list[Callable[[Any], Any]]:
        """Return functions that run a coroutine, each on an event loop of its own."""
        found: list[Callable[[Any], Any]] = [asyncio.run, asyncio.run]
        try:
            import uvloop  # type: ignore[import-not-found, unused-ignore]  # an optional package
        except ImportError:
            return found
        return [*found, uvloop.run]

    def tools(self, *cases: Case) -> list[Any]:
        """Return the tools that cases expect to be called."""
        return tools_of(*cases)


@functools.cache
def _cases(folder: Path) -> tuple[Case, ...]:
    return tuple(read_cases(folder))


def plain_blocks(turn: Turn, *, ids: bool = True) -> list[dict[str, Any]]:
    """Return a turn's blocks as JSON, without the ids that we made up where two answers are compared."""
    found = [serde.block_to_json(block) for block in turn.blocks]
    if not ids:
        made_up = {block["id"] for block in found}
        for block in found:
            payload = {k: v for k, v in block.get("payload", {}).items() if k != "id" or v not in made_up}
            block["payload"], block["id"] = payload, ""
    return found
