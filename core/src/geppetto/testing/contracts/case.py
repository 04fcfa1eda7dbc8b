"""One case of a provider's contract: how the vendor answered, and what must come of it.

A case is a YAML or JSON file in the format of recorded exchanges: `response` with `status`, `headers` and `body`,
`sse_raw` or, easier to write by hand, `events` (each the data of one event, or `{event: name, data: ...}`); `features`
says what is in it, and `expect` what the engine must make of it.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any

from geppetto.errors import InvalidOption
from geppetto.testing.replay_exchange import Exchange
from geppetto.turns import yaml_text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

__all__ = ["Case", "Expected", "read_cases"]

_SUFFIXES = frozenset({".json", ".yaml", ".yml"})


@dataclass(slots=True, frozen=True)
class Expected:
    """What must come of a case; what is None is not compared.

    `calls` are `{name, args}` under our own tool names. `error` is the code of the error that the run fails with.
    """

    text: str | None = None
    reasoning: str | None = None
    calls: Sequence[Mapping[str, Any]] | None = None
    finish_class: str | None = None
    stop_reason: str | None = None
    model: str | None = None
    total: int | None = None
    error: str | None = None
    retryable: bool | None = None
    retry_after: float | None = None


@dataclass(slots=True, frozen=True)
class Case:
    """A recorded or hand-written exchange and what is expected of it."""

    name: str
    streaming: bool
    features: frozenset[str]
    response: Mapping[str, Any] = field(repr=False)
    request: Mapping[str, Any] = field(default_factory=dict, repr=False)
    expect: Expected = Expected()
    api: str = ""
    sequence: tuple[int, int] = (0, 1)

    @classmethod
    def read(cls, path: Path) -> Case:
        """Read a case from its file; raise InvalidOption for an expectation that does not exist."""
        found = _load(path)
        expect = found.get("expect") or {}
        unknown = expect.keys() - {one.name for one in fields(Expected)}
        if unknown:
            raise InvalidOption(
                f"{path.name}: expect: no field '{min(unknown)}'",
                subject=min(unknown),
                next_step=", ".join(one.name for one in fields(Expected)),
            )
        response = found["response"]
        order = found.get("sequence") or {}
        return cls(
            name=path.stem,
            streaming=bool(found.get("streaming", "sse_raw" in response or "events" in response)),
            features=frozenset(found.get("features") or ()),
            response=response,
            request=found.get("request") or {},
            expect=Expected(**expect),
            api=str(found.get("api") or ""),
            sequence=(int(order.get("index", 0)), int(order.get("of", 1))),
        )

    @property
    def status(self) -> int:
        """The status of the answer."""
        return int(self.response["status"]) if "status" in self.response else 200

    @property
    def fails(self) -> bool:
        """Say whether the run is to fail."""
        return self.expect.error is not None

    def exchange(self, **changes: Any) -> Exchange:
        """Return the answer as the replay server and the canned transport take it."""
        response = {"status": 200, **self.response}
        if "events" in response:
            response["sse_raw"] = "".join(_event(item) for item in response.pop("events"))
        return Exchange.from_recording({"response": response}, **changes)

    def stream(self) -> bytes:
        """Return the bytes of the answer's body."""
        return b"".join(self.exchange().pieces())

    def cut(self, *places: int) -> Exchange:
        """Return the answer, its body cut at some places."""
        body = self.stream()
        ends = [*sorted(set(places)), len(body)]
        starts = [0, *ends[:-1]]
        pieces = tuple(body[start:end] for start, end in zip(starts, ends, strict=True) if end > start)
        return self.exchange(chunks=pieces)


def read_cases(folder: Path) -> list[Case]:
    """Read all cases of a folder, in order of their names."""
    paths = sorted(path for path in folder.iterdir() if path.suffix in _SUFFIXES)
    return [Case.read(path) for path in paths]


def _load(path: Path) -> Mapping[str, Any]:
    text = path.read_text(encoding="utf-8")
    found: Mapping[str, Any] = json.loads(text) if path.suffix == ".json" else yaml_text.load(text, path.name)
    return found


def _event(item: Any) -> str:
    name = ""
    if isinstance(item, dict) and item.keys() == {"event", "data"}:
        name, item = f"event: {item['event']}\n", item["data"]
    data = item if isinstance(item, str) else json.dumps(item, ensure_ascii=False)
    return f"{name}data: {data}\n\n"
