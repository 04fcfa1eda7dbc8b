"""Prices and windows of real models, as the data package has them."""

from decimal import Decimal
from pathlib import Path

import pytest
from geppetto import Host
from geppetto.engine import InferenceResult, Usage
from geppetto_catalog_genai_prices.catalog import GenaiPrices

CATALOG = GenaiPrices()


def test_a_model_is_found_under_its_dated_name_too() -> None:
    """Vendors answer with the snapshot's name; window, price, day and source are told."""
    found = CATALOG.find("openai", "gpt-4o-mini-2024-07-18")

    assert found is not None
    assert (found.name, found.context_window) == ("gpt-4o-mini", 128_000)
    assert found.prices is not None
    assert found.prices.input == Decimal("0.15")
    assert found.source.startswith("genai-prices ")


@pytest.mark.parametrize(("vendor", "model"), [("openai", "no-such-model"), ("nobody", "gpt-4o"), ("", "")])
def test_what_is_not_known_is_none(vendor: str, model: str) -> None:
    """Neither a window nor a cost is made up."""
    usage = Usage(input_uncached=1, output_text=1)

    assert CATALOG.find(vendor, model) is None
    assert CATALOG.cost(vendor, model, usage) is None


def test_each_bucket_has_its_price() -> None:
    """Cached input is cheaper than fresh input, and reasoning costs what output costs."""
    usage = Usage(input_uncached=1_000_000, cache_read=1_000_000, output_text=500_000, reasoning=500_000)

    cost = CATALOG.cost("openai", "gpt-4o-mini", usage)

    assert cost is not None
    assert cost.amount == Decimal("0.15") + Decimal("0.075") + Decimal("0.60")
    assert (cost.currency, cost.model) == ("USD", "gpt-4o-mini")


def test_unknown_usage_has_no_cost() -> None:
    """A count that a provider did not give is not 0."""
    assert CATALOG.cost("openai", "gpt-4o-mini", Usage()) is None
    assert CATALOG.cost("openai", "gpt-4o-mini", Usage(input_uncached=5)) is None


@pytest.mark.parametrize(
    "vendor", ["openai", "anthropic", "google", "openrouter", "groq", "deepseek", "azure"]
)
def test_the_vendors_of_the_providers_are_known(vendor: str) -> None:
    """Each name that an engine gives has models with prices."""
    found = CATALOG.models(vendor)

    assert any(model.prices and model.prices.input for model in found)
    assert all(model.to_json()["vendor"] == vendor for model in found)


def test_a_host_finds_the_catalogue(tmp_path: Path) -> None:
    """By its entry point; the cost of a run is that of its engine's vendor."""
    result = InferenceResult(
        provider="openai", model="gpt-4o-mini", usage=Usage(input_uncached=1000, output_text=1000)
    )
    with Host(env={"GEPPETTO_HOME": str(tmp_path)}) as host:
        cost = host.models.cost_of(result)

        assert host.models.installed == ["genai-prices"]
        assert host.models.find("openai", "gpt-4o-mini") is not None
        assert host.models.of("openai")[0].vendor == "openai"

    assert cost is not None
    assert cost.amount == Decimal("0.00075")
    assert cost.to_json()["amount"] == "0.00075"
