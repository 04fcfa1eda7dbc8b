"""`--no-cache`: whichever way the cache came into the chain, the engine is asked, and nothing is read or kept."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from geppetto.testing import Exchange, ReplayServer

Geppetto = Callable[..., str]
SCRIPT = """
const gp = require("geppetto");
const engine = gp.engines.openai({ model: "m", baseUrl: ENV.SERVER, stream: false });
gp.createSession({ engine, middlewares: [gp.middlewares.go("cache")] }).run("hi").text();
"""
REGISTRY = """
slug: team
profiles:
  kept:
    runtime:
      middlewares: [{name: cache}]
"""


def _says(text: str) -> Exchange:
    choice = {"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": "stop"}
    return Exchange(body={"id": "c", "object": "chat.completion", "model": "m", "choices": [choice]})


@pytest.fixture
def server() -> Iterator[ReplayServer]:
    """Give a server that answers each request with the next number."""
    with ReplayServer([_says(f"reply {number}") for number in range(1, 9)]) as server:
        yield server


@pytest.fixture
def geppetto(tmp_path: Path, server: ReplayServer) -> Geppetto:
    """Give a function that runs the command line and returns what it wrote."""
    (tmp_path / "team.yaml").write_text(REGISTRY)
    (tmp_path / "script.js").write_text(SCRIPT)
    (tmp_path / "patch.yaml").write_text("- {op: append, use: {name: cache}}\n")

    def run(*words: str, stdin: str = "") -> str:
        own = {
            "GEPPETTO_HOME": str(tmp_path / "home"),
            "OPENAI_API_KEY": "sk-test",
            "SERVER": server.url + "/v1",
        }
        done = subprocess.run(
            [sys.executable, "-m", "geppetto", *words], capture_output=True, text=True, check=False,
            cwd=tmp_path, timeout=60, env={**os.environ, **own}, input=stdin,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return done.stdout

    return run


def _engine(server: ReplayServer) -> list[str]:
    return [
        "-e",
        "openai",
        "-m",
        "m",
        "--base-url",
        f"{server.url}/v1",
        "--allow-local",
        "--set",
        "stream=false",
    ]


WAYS = {
    "a flag": ["--middleware", "cache"],
    "a profile": ["--profile-registries", "team.yaml", "--profile", "kept"],
    "a patch": ["--middleware-patch", "patch.yaml"],
}


@pytest.mark.parametrize("way", WAYS)
def test_a_run_without_the_cache_asks_and_keeps_nothing(
    way: str, geppetto: Geppetto, server: ReplayServer, tmp_path: Path
) -> None:
    """Neither before there is an entry nor after."""
    words = ["run", *_engine(server), *WAYS[way], "hi"]
    told = [geppetto(*words, "--no-cache")]
    assert not (tmp_path / "home" / "data" / "cache").exists()
    told += [geppetto(*words), geppetto(*words), geppetto(*words, "--no-cache"), geppetto(*words)]

    assert [text.strip() for text in told] == [f"reply {n}" for n in (1, 2, 2, 3, 2)]


def test_a_chat_without_the_cache_asks(geppetto: Geppetto, server: ReplayServer) -> None:
    """Each line of it."""
    words = ["chat", *_engine(server), *WAYS["a flag"]]
    told = [geppetto(*words, stdin="hi\n"), geppetto(*words, stdin="hi\n")]
    told.append(geppetto(*words, "--no-cache", stdin="hi\n"))

    assert ["reply 1" in told[0], "reply 1" in told[1], "reply 2" in told[2]] == [True] * 3
    assert len(server.requests) == 2


def test_a_script_without_the_cache_asks(geppetto: Geppetto, server: ReplayServer) -> None:
    """Also where the script itself named the middleware."""
    words = ["js", "run", "script.js", "--allow-local", "--env", "SERVER", "--print-result"]
    told = [geppetto(*words), geppetto(*words), geppetto(*words, "--no-cache")]

    assert [text.strip() for text in told] == ["reply 1", "reply 1", "reply 2"]


@pytest.mark.parametrize("option", ["--record", "--record-http"])
def test_a_recording_is_of_the_engine(option: str, geppetto: Geppetto, server: ReplayServer) -> None:
    """What is recorded was asked for, and what is replayed comes from the recording, though the cache has a reply."""
    words = ["run", *WAYS["a flag"], "hi"]
    geppetto(*words, *_engine(server))
    recorded = geppetto(*words, *_engine(server), option, "talk.yaml")
    engine = _engine(server) if option == "--record-http" else []  # turns are replayed without one
    replayed = geppetto(*words, *engine, "--replay", "talk.yaml")

    assert (recorded.strip(), replayed.strip()) == ("reply 2", "reply 2")
    assert geppetto(*words, *_engine(server)).strip() == "reply 1"


def test_a_plan_shows_the_cache_as_any_middleware(geppetto: Geppetto, server: ReplayServer) -> None:
    """With its config and its package; it is in the chain or there is no cache."""
    plan = json.loads(geppetto("plan", *_engine(server), *WAYS["a profile"], "--json"))

    [row] = plan["chain"]
    assert (row["label"], row["supplier"]) == ("cache", "geppetto-middleware-cache 0.1.0")
    assert json.loads(geppetto("plan", *_engine(server), "--json"))["chain"] == []
