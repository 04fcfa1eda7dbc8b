"""What these tests share: hosts with registry files of their own, an engine with an address and a key, middlewares."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from geppetto import Host, MiddlewareDefinition, RunContext, Turn, block
from geppetto.builtin.echo import EchoEngine
from geppetto.engine import EngineFactory
from geppetto.middleware import Constraints, Effects, TurnNext
from geppetto.plugins import Kind

Hosted = Callable[..., Host]
_TEXT = {"type": "string"}


@dataclass
class Wire:
    """An engine as vendors have them: an address, a key, headers; `built` are the settings of each build."""

    built: list[Mapping[str, Any]] = field(default_factory=list)

    @property
    def factory(self) -> EngineFactory:
        """The engine as a plugin offers it."""
        return EngineFactory(name="wire", build=self._build, settings=self._settings)

    def _build(self, settings: Mapping[str, Any], _deps: Any) -> EchoEngine:
        self.built.append(settings)
        return EchoEngine()

    @staticmethod
    def _settings() -> Mapping[str, Any]:
        properties = dict.fromkeys(("model", "base_url", "key_header", "organization", "project"), _TEXT)
        secret = {"type": "string", "writeOnly": True}
        headers = {"type": "object", "additionalProperties": secret}
        more = {
            "api_key": secret,
            "extra_headers": headers,
            "temperature": {"type": "number", "default": 1.0},
        }
        return {"type": "object", "properties": {**properties, **more}, "additionalProperties": False}


@pytest.fixture
def wire() -> Wire:
    """Give the engine `wire`, which every host of `hosted` offers."""
    return Wire()


@pytest.fixture
def hosted(tmp_path: Path, wire: Wire, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hosted]:
    """Give a function that makes a host over registry files with these texts, in an empty folder."""
    hosts: list[Host] = []
    work = tmp_path / "work"
    work.mkdir()
    monkeypatch.chdir(work)

    def make(*registries: str, env: Mapping[str, str] | None = None, **options: Any) -> Host:
        files = []
        for index, text in enumerate(registries):
            files.append(tmp_path / f"registry-{index}.yaml")
            files[-1].write_text(text)
        named = {"GEPPETTO_PROFILE_REGISTRIES": ",".join(map(str, files))} if files else {}
        own = {"GEPPETTO_HOME": str(tmp_path / "home"), **named, **(env or {})}
        host = Host(plugins=False, env=own, grace=0.5, **options)
        host.registry.add(Kind.ENGINE, wire.factory)
        hosts.append(host)
        return host

    yield make
    for host in hosts:
        host.close()


class Marks:
    """A middleware that adds a system block with its word to the request."""

    def __init__(self, word: str) -> None:
        self.name, self._word = "marks", word

    async def call(self, ctx: RunContext, turn: Turn, call_next: TurnNext) -> Turn:
        """Put the word behind what is there: the outermost middleware speaks first."""
        changed = turn.clone()
        changed.blocks.append(block.system(self._word))
        return await call_next(ctx, changed)


@pytest.fixture
def middleware() -> Callable[..., MiddlewareDefinition]:
    """Give a function that makes a middleware with a config of `word` (text) and `times` (whole number)."""

    def make(
        name: str, build: Any = None, effects: Effects | None = None, **rules: tuple[str, ...]
    ) -> MiddlewareDefinition:
        return MiddlewareDefinition(
            name,
            build=build or (lambda _deps, config: Marks(config.get("word", name))),
            config=lambda: {
                "type": "object",
                "properties": {"word": _TEXT, "times": {"type": "integer", "default": 1}},
                "additionalProperties": False,
            },
            constraints=Constraints(**rules),
            effects=effects,
        )

    return make
