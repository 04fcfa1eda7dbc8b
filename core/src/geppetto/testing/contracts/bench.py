"""The bench on which a contract puts an engine: a host of its own, and answers from a server or from memory."""

from __future__ import annotations

import asyncio
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from geppetto.config import Layer, Source, resolve
from geppetto.engine.inference import InferenceConfig, InferenceResult
from geppetto.engine.keys import INFERENCE_RESULT
from geppetto.host import Host
from geppetto.testing.canned import CannedTransport
from geppetto.testing.context import RecordingPort, run_context
from geppetto.testing.replay import ReplayServer
from geppetto.tooling.definition import ToolDefinition
from geppetto.transport import HttpTransport, Limits, RetryPolicy
from geppetto.transport.retry import Retrier
from geppetto.turns import BlockKind, Turn, turn

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
    from pathlib import Path

    from geppetto.engine.contract import Engine, EngineFactory
    from geppetto.engine.deps import Transport
    from geppetto.testing.contracts.case import Case
    from geppetto.testing.replay_exchange import Exchange
    from geppetto.transport.lane import Parser

__all__ = ["CANARY", "Answered", "Bench", "tools_of"]

#: the key that every engine under test is given, and that nothing may show
CANARY = "sk-canary-0123456789abcdefghijklmnop"
#: where the canned transport pretends to be: the replay server's host, which stands in tags of content
_NOWHERE = "http://127.0.0.1:9"
_SCHEMA = {"type": "object", "properties": {}, "additionalProperties": True}


@dataclass(slots=True)
class Answered:
    """What an engine made of one answer: the turn before and after, and everything it published."""

    before: Turn
    after: Turn
    port: RecordingPort = field(repr=False)

    @property
    def result(self) -> InferenceResult:
        """The run's result."""
        found = self.after.metadata.get(INFERENCE_RESULT)
        assert found is not None, "the turn has no inference result: use Reply.extend"
        return found

    @property
    def calls(self) -> list[dict[str, Any]]:
        """The calls of the reply, as `{name, args}`."""
        found = self.after.of_kind(BlockKind.TOOL_CALL)
        return [{"name": block.payload["name"], "args": block.payload["args"]} for block in found]

    def text(self, kind: BlockKind) -> str:
        """Return the text of all blocks of a kind that the reply brought."""
        fresh = self.after.blocks[len(self.before.blocks) :]
        return "".join(block.text for block in fresh if block.kind is kind)


@dataclass(slots=True)
class Bench:
    """Build an engine as a host would, and let it answer.

    `base_path` is what its base URL ends in, `parser` what reads the answers that come over HTTP.
    """

    factory: EngineFactory
    settings: Mapping[str, Any]
    folder: Path
    base_path: str = ""
    parser: Parser | None = None
    hosts: list[Host] = field(default_factory=list)

    def host(self, transport: Transport | None = None) -> Host:
        """Make a host that finds no plugins and keeps its files in the bench's folder."""
        made = Host(
            plugins=False,
            env={"GEPPETTO_HOME": str(self.folder)},
            transport=transport or _quick_transport(self.parser),
            grace=1.0,
        )
        self.hosts.append(made)
        return made

    def engine(self, url: str = _NOWHERE, transport: Transport | None = None, **settings: Any) -> Engine:
        """Build the engine for a server's address."""
        return self._build(self.host(transport), url, settings)

    def _build(self, host: Host, url: str, settings: Mapping[str, Any]) -> Engine:
        given = {"api_key": CANARY, "base_url": url + self.base_path, **self.settings, **settings}
        _, resolved = resolve(self.factory.settings(), [Source("contract", Layer.REQUEST, given)])
        return self.factory.build(resolved, host.deps)

    @contextmanager
    def served(
        self, *exchanges: Exchange, tools: Iterable[ToolDefinition] = (), **options: Any
    ) -> Iterator[tuple[ReplayServer, Any]]:
        """Serve answers over loopback HTTP and give the server and a session of the engine."""
        with ReplayServer(exchanges) as server:
            host = self.host()
            engine = self._build(host, server.url, {})
            yield server, host.create_session(engine=engine, tools=list(tools), **options)
            host.close()

    def complete(
        self,
        case: Case,
        *,
        before: Turn | None = None,
        exchange: Exchange | None = None,
        transport: CannedTransport | None = None,
        server: ReplayServer | None = None,
        run: Callable[[Any], Any] = asyncio.run,
        **context: Any,
    ) -> Answered:
        """Let the engine read a case from memory, or from a server that has it."""
        canned = None if server else transport or CannedTransport([exchange or case.exchange()])
        host = self.host(canned)
        engine = self._build(host, server.url if server else _NOWHERE, {})
        port, given = RecordingPort(), before or turn().user("What now?").build()
        options = {
            "inference": InferenceConfig(stream=case.streaming),
            "tools": tools_of(case),
            **context,
        }
        ctx = run_context(port, **options)
        return Answered(given, run(_closing(host, engine.run_inference(ctx, given))), port)

    def close(self) -> None:
        """Close the hosts."""
        for host in self.hosts:
            host.close()


def tools_of(*cases: Case) -> list[ToolDefinition]:
    """Return tools with the names that cases expect to be called; each answers with its arguments."""
    names = dict.fromkeys(str(call["name"]) for case in cases for call in case.expect.calls or ())
    return [ToolDefinition(name, "A tool of the contract.", _SCHEMA, _answer) for name in names]


async def _closing(host: Host, work: Awaitable[Turn]) -> Turn:
    """Close a real transport's connections on the loop that they belong to."""
    try:
        return await work
    finally:
        if not isinstance(host.transport, CannedTransport):
            await host.aclose()


def _answer(arguments: Any, _context: Any) -> Any:
    return {"received": arguments}


def _quick_transport(parser: Parser | None) -> HttpTransport:
    """Make a transport for loopback servers whose further tries come at once."""
    retrier = Retrier(RetryPolicy(first_wait=0.01, longest_wait=0.05, longest_ask=5.0))
    return HttpTransport(Limits(idle=2.0, first_event=2.0), allow_local=True, retrier=retrier, parser=parser)
