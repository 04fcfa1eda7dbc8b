"""A cache that cannot be used costs no reply: the engine is asked, and the log says once what is wrong."""

from __future__ import annotations

import logging
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from geppetto import Host
from geppetto.catalog import Cost, ModelCatalog
from geppetto.inference import Session
from geppetto.plugins import Kind
from geppetto.turns import Key, Turn, block
from geppetto_middleware_cache.hit import CacheHit

Cached = Callable[..., Session]


def _warnings(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING]


@pytest.mark.parametrize("kind", ["broken", "folder", "below a file", "of something else"])
def test_a_database_that_cannot_be_used_costs_no_reply(
    kind: str,
    cached: Cached,
    counting: Any,
    no_database: Callable[[str], Path],
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Three runs, three replies, one warning with the file's name."""
    path = tmp_path / "x"
    if kind != "of something else":
        path = no_database(kind)
    else:
        with closing(sqlite3.connect(path)) as connection:
            connection.execute("CREATE TABLE mine (x)")
    session = cached(counting, {"path": str(path)})

    texts = [session.fresh().run("hi").text for _ in range(3)]

    assert texts == ["answer 1", "answer 2", "answer 3"]
    [warning] = _warnings(caplog)
    assert warning.startswith(f"cache: {path}: ")
    assert warning.endswith("; runs go on without it")


def test_a_locked_database_costs_no_reply(
    cached: Cached, counting: Any, database: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Somebody holds it for longer than a reply waits; the next run uses it again."""
    cached(counting).run("another")
    with closing(sqlite3.connect(database, isolation_level=None)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        assert cached(counting).run("hi").text == "answer 2"
        connection.execute("ROLLBACK")

    assert "database is locked" in "".join(_warnings(caplog))
    assert cached(counting).run("hi").text == "answer 3"
    assert cached(counting).run("hi").text == "answer 3"


_FULL = """
import resource, signal, sys
from geppetto import Host

signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
with Host(env={"GEPPETTO_HOME": sys.argv[1]}) as host:
    session = host.create_session(engine="echo", middlewares=["cache"])
    session.run("small")
    resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))
    long = "x" * 100_000
    for _ in range(2):
        assert session.fresh().run(long).text == long
"""


@pytest.mark.skipif(sys.platform == "win32", reason="limits of files are POSIX's")
def test_a_full_disk_costs_no_reply(tmp_path: Path) -> None:
    """Files may not grow any more: the reply is there, and one warning."""
    done = subprocess.run(
        [sys.executable, "-c", _FULL, str(tmp_path)], capture_output=True, text=True, check=False, timeout=60
    )

    assert done.returncode == 0, done.stderr
    assert done.stderr.count("cache: ") == 1
    assert "runs go on without it" in done.stderr


def test_an_entry_that_cannot_be_read_is_replaced(
    cached: Cached, counting: Any, database: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Whatever stands there: the engine is asked, and its reply is the new entry."""
    cached(counting).run("hi")
    for damaged in ("{", "[]", "{}", '{"blocks": 1, "result": {}, "events": [], "cost": {}, "dropped": []}'):
        with closing(sqlite3.connect(database, isolation_level=None)) as connection:
            connection.execute("UPDATE replies SET body = ?", (damaged,))
        asked = counting.asked

        cached(counting).run("hi")
        cached(counting).run("hi")

        assert counting.asked == asked + 1, damaged
    assert len(_warnings(caplog)) == 4  # each use of the middleware tells its own first trouble


class _Prices:
    """A catalogue that knows one price."""

    def models(self, _vendor: str) -> list[Any]:
        """Return none."""
        return []

    def find(self, _vendor: str, _model: str) -> None:
        """Find none."""

    def cost(self, vendor: str, model: str, _usage: Any, _when: Any = None) -> Cost:
        """Return the price of any usage."""
        if vendor == "broken":
            raise LookupError(vendor)
        return Cost(Decimal("0.25"), model, None, "test")


def test_an_entry_keeps_what_the_reply_cost(host: Host, cached: Cached, counting: Any) -> None:
    """By the prices of the day when it was made, where a catalogue knows them."""
    from geppetto import EngineFactory

    host.registry.add(Kind.CATALOG, ModelCatalog("a-test", _Prices))
    host.registry.add(Kind.ENGINE, EngineFactory("counting", lambda *_: counting))
    hits: list[Any] = []
    for _ in range(2):
        cached(counting).run("hi", on={"cache.hit": hits.append})

    assert hits[0].cost == {
        "amount": "0.25",
        "currency": "USD",
        "model": "one",
        "dated": None,
        "source": "test",
    }


def test_a_catalogue_that_stumbles_costs_no_entry(host: Host, cached: Cached, counting: Any) -> None:
    """The reply is kept without a price."""
    from geppetto import EngineFactory

    host.registry.add(Kind.CATALOG, ModelCatalog("a-test", _Prices))
    host.registry.add(Kind.ENGINE, EngineFactory("counting", lambda *_: counting, vendor="broken"))
    hits: list[Any] = []
    for _ in range(2):
        cached(counting).run("hi", on={"cache.hit": hits.append})

    assert [hit.cost for hit in hits] == [{}]


def test_misses_are_told_to_who_debugs(
    cached: Cached, counting: Any, caplog: pytest.LogCaptureFixture
) -> None:
    """With the key, so that two requests can be compared."""
    with caplog.at_level(logging.DEBUG, "geppetto"):
        cached(counting).run("hi")
        cached(counting).run("hi")

    assert len([record for record in caplog.records if record.getMessage().startswith("cache miss: ")]) == 1


def test_a_reply_that_nobody_can_keep_is_a_reply_all_the_same(
    cached: Cached, caplog: pytest.LogCaptureFixture
) -> None:
    """An engine wrote something of its own where the result stands: it is not kept, and the run ends well."""

    class Odd:
        identity = "odd"

        async def run_inference(self, _ctx: Any, turn: Turn) -> Turn:
            reply = turn.clone().append(block.assistant("fine"))
            reply.metadata.set(Key("geppetto.inference_result@v1", str), "mine")
            return reply

    assert [cached(Odd()).run("hi").text for _ in range(2)] == ["fine", "fine"]
    assert len(_warnings(caplog)) == 2
    assert all(text.endswith("; this reply is not cached") for text in _warnings(caplog))


def test_a_hit_is_an_event_that_hosts_can_read(host: Host) -> None:
    """Its type is registered, so that a file of events can be read again."""
    found = host.events.from_json(CacheHit("k", 1.5, {"total": 3}, {}).to_json())

    assert isinstance(found, CacheHit)
    assert (found.key, found.age, found.usage) == ("k", 1.5, {"total": 3})
