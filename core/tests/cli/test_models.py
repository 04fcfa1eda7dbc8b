"""`geppetto models`, `embed` and `tokens`, and what a run cost: with a catalogue and an embedder of a stranger's."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable

import pytest
from geppetto.testing import Exchange, ReplayServer

Install = Callable[..., None]
Geppetto = Callable[..., subprocess.CompletedProcess[str]]

POINTS = "[geppetto.catalogs]\nshop = shop_plugin\n[geppetto.embedders]\nlengths = shop_plugin\n[geppetto.engines]\npaid = shop_plugin\n"
PLUGIN = """
from datetime import date
from decimal import Decimal
from geppetto.catalog import Cost, ModelCatalog, ModelInfo, Prices
from geppetto.embedding import EmbedderFactory, Embeddings
from geppetto.engine import EngineFactory, Reply, Usage
from geppetto.plugins import hookimpl

class Shop:
    def models(self, vendor):
        prices = Prices(input=Decimal("0.1"), output=Decimal("0.2"))
        info = ModelInfo(vendor, "big", context_window=1000, prices=prices, dated=date(2026, 1, 2), source="shop 1")
        return [info] if vendor == "paid" else []
    def find(self, vendor, model):
        return None
    def cost(self, vendor, model, usage, when=None):
        known = vendor == "paid" and model == "big"
        return Cost(Decimal("0.000012"), "big", date(2026, 1, 2), "shop 1") if known else None

class Paid:
    def __init__(self, model):
        self.model = model
    async def run_inference(self, ctx, turn):
        reply = Reply(ctx, provider="paid", model=self.model)
        reply.start()
        reply.text("fine")
        reply.finish(finish_class="completed", usage=Usage(input_uncached=1, output_text=2))
        return reply.extend(turn)

class Lengths:
    model, dimensions, identity = "len", 1, "len"
    async def embed(self, ctx, texts):
        return Embeddings([(float(len(text)),) for text in texts], "len")

SCHEMA = {"type": "object", "properties": {"model": {"type": "string", "default": "big"}}}

@hookimpl
def geppetto_model_catalogs():
    return [ModelCatalog("shop", Shop)]

@hookimpl
def geppetto_embedder_factories():
    return [EmbedderFactory("lengths", lambda settings, deps: Lengths(), settings=lambda: SCHEMA)]

@hookimpl
def geppetto_engine_factories():
    return [EngineFactory("paid", lambda settings, deps: Paid(settings["model"]), settings=lambda: SCHEMA)]
"""


@pytest.fixture
def shop(install: Install) -> None:
    """Install a catalogue, an embedder and an engine."""
    install("geppetto-shop", POINTS, shop_plugin=PLUGIN)


@pytest.mark.usefixtures("shop")
def test_models_are_listed_with_their_prices(geppetto: Geppetto) -> None:
    """For one engine or all; as a table and as JSON; what is not known is a question mark, or null."""
    plain, machine = geppetto("models", "list"), geppetto("models", "list", "--engine", "paid", "--json")

    assert plain.stdout.split("\n")[0].split() == [
        "ENGINE",
        "NAME",
        "CONTEXT",
        "OUTPUT",
        "INPUT",
        "$/M",
        "OUTPUT",
        "$/M",
        "DATED",
    ]
    rows = [line.split() for line in plain.stdout.splitlines()]
    assert ["paid", "big", "1000", "?", "0.1", "0.2", "2026-01-02"] in rows
    [row] = [row for row in json.loads(machine.stdout) if row["source"] == "shop 1"]
    assert (row["engine"], row["name"], row["max_output"]) == ("paid", "big", None)
    assert row["prices"] == {"input": "0.1", "output": "0.2", "cache_read": None, "cache_write": None}


def test_without_a_catalogue_the_way_to_one_is_told(geppetto: Geppetto) -> None:
    """An empty list is explained on stderr; an engine that does not exist is an error."""
    empty = geppetto("--no-plugins", "models", "list", "--json")
    wrong = geppetto("models", "list", "-e", "nobody", "--json")

    assert json.loads(empty.stdout) == []
    assert "geppetto-catalog-genai-prices" in empty.stderr
    assert wrong.returncode == 3
    assert json.loads(wrong.stdout)["error"]["subject"] == "nobody"


def test_a_live_list_is_asked_from_the_vendor(geppetto: Geppetto) -> None:
    """With its key; an engine without a list says so, and --live alone asks nobody."""
    page = {"data": [{"id": "b"}, {"id": "a", "context_window": 5}]}
    with ReplayServer([Exchange(body=page)]) as server:
        done = geppetto(
            "models", "list", "--live", "-e", "ollama", "--base-url", f"{server.url}/v1", "--allow-local", "--json"
        )  # fmt: skip
        paths = [request.path for request in server.requests]
    none, nobody = geppetto("models", "list", "--live", "-e", "echo"), geppetto("models", "list", "--live")

    assert [(row["name"], row["context_window"]) for row in json.loads(done.stdout)] == [
        ("a", 5),
        ("b", None),
    ]
    assert paths == ["/v1/models"]
    assert "has no list of models" in none.stderr
    assert nobody.returncode == 2
    assert "--engine" in nobody.stderr


@pytest.mark.usefixtures("shop")
def test_a_run_says_what_it_cost(geppetto: Geppetto) -> None:
    """On stderr for people, in the document for programs; an unknown price is unknown, not 0."""
    told = geppetto("run", "-e", "paid", "--cost", "hi")
    machine = geppetto("run", "-e", "paid", "--cost", "--json", "hi")
    unknown = geppetto("run", "-e", "echo", "--cost", "--json", "hi")

    assert (told.stdout, told.stderr.strip()) == (
        "fine\n",
        "cost: 0.000012 USD (big, shop 1, prices of 2026-01-02)",
    )
    assert json.loads(machine.stdout)["cost"] == {
        "amount": "0.000012", "currency": "USD", "model": "big", "dated": "2026-01-02", "source": "shop 1",
    }  # fmt: skip
    assert json.loads(unknown.stdout)["cost"] is None
    assert "cost" not in json.loads(geppetto("run", "-e", "paid", "--json", "hi").stdout)


@pytest.mark.usefixtures("shop")
def test_texts_become_vectors(geppetto: Geppetto) -> None:
    """A list a line, or one document; an unknown embedder is an error with the known ones."""
    lines = geppetto("embed", "-e", "lengths", "a", "bb")
    document = geppetto("embed", "-e", "lengths", "--json", "--cache", "disk", "a")
    wrong = geppetto("embed", "-e", "length", "a")

    assert [json.loads(line) for line in lines.stdout.splitlines()] == [[1.0], [2.0]]
    assert json.loads(document.stdout) == {"model": "len", "usage": None, "vectors": [[1.0]]}
    assert wrong.returncode == 3
    assert "lengths" in wrong.stderr


def test_tokens_say_who_counted(geppetto: Geppetto) -> None:
    """An engine without a counter is estimated; one with a counter offline too."""
    echo = geppetto("tokens", "-e", "echo", "hello there")
    chat = geppetto("tokens", "-e", "openai", "-m", "m", "--set", "api_key=k", "--offline", "--json", "hello")

    assert echo.stdout.strip().endswith("(estimate)")
    assert json.loads(chat.stdout)["source"] in {"estimate", "tokenizer"}
    assert json.loads(chat.stdout)["tokens"] > 1


def test_tokens_of_a_saved_turn_count_with_the_prompt(geppetto: Geppetto) -> None:
    """`--load` puts the turn before the prompt; with a file that is not there the command says so."""
    geppetto("run", "-e", "echo", "--save", "turn.yaml", "a text that is not short")

    alone = geppetto("tokens", "-e", "echo", "--json", "hi")
    behind = geppetto("tokens", "-e", "echo", "--json", "--load", "turn.yaml", "hi")
    missing = geppetto("tokens", "-e", "echo", "--load", "nowhere.yaml", "hi")

    assert json.loads(behind.stdout)["tokens"] > json.loads(alone.stdout)["tokens"]
    assert missing.returncode == 2
    assert "nowhere.yaml: cannot be read" in missing.stderr
