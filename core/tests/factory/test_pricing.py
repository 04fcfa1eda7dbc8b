"""What 1,000 turns would cost is said with what is assumed, and only where a catalogue knows a price."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime
from decimal import Decimal

from geppetto import Host
from geppetto.catalog import Cost, ModelCatalog, ModelInfo, Prices
from geppetto.engine import Usage
from geppetto.factory.pricing import per_thousand_turns
from geppetto.plugins import Kind

Hosted = Callable[..., Host]


class Shop:
    """A catalogue that knows one model of `wire`."""

    def models(self, vendor: str) -> Sequence[ModelInfo]:
        """Know one."""
        return [ModelInfo("wire", "big", prices=Prices(output=Decimal(1)))] if vendor == "wire" else []

    def find(self, vendor: str, model: str) -> ModelInfo | None:
        """Know one name."""
        return next((found for found in self.models(vendor) if found.name == model), None)

    def cost(self, vendor: str, model: str, usage: Usage, when: datetime | None = None) -> Cost | None:
        """A cent for each token in, two for each out."""
        if self.find(vendor, model) is None:
            return None
        cents = Decimal(usage.input_uncached or 0) + 2 * Decimal(usage.output_text or 0)
        return Cost(cents / 100, model, date(2026, 1, 2), "shop")


def test_a_price_says_what_it_assumes(hosted: Hosted) -> None:
    """A page in, half a page out, and the system prompt."""
    host = hosted()
    host.registry.add(Kind.CATALOG, ModelCatalog("shop", Shop))

    bare, prompted = (per_thousand_turns(host, "wire", "big", prompt) for prompt in ("", "Be brief. " * 100))

    assert bare == {
        "amount": "20000",
        "currency": "USD",
        "dated": "2026-01-02",
        "assumes": {"input_tokens": 1000, "output_tokens": 500, "cached_tokens": 0},
    }
    assert prompted is not None
    assert prompted["assumes"]["input_tokens"] > 1000


def test_what_nobody_knows_has_no_price(hosted: Hosted) -> None:
    """Neither a model of nobody's, nor an engine of nobody's, nor no model at all; not zero."""
    host = hosted()
    assert per_thousand_turns(host, "wire", "big", "") is None
    host.registry.add(Kind.CATALOG, ModelCatalog("shop", Shop))

    assert per_thousand_turns(host, "wire", "other", "") is None
    assert per_thousand_turns(host, "nobody", "big", "") is None
    assert per_thousand_turns(host, "wire", "", "") is None


def test_a_plan_has_the_price(hosted: Hosted) -> None:
    """Of the engine and model that would run."""
    text = "slug: r\nprofiles: {default: {runtime: {step_settings_patch: {engine: {name: wire}, settings: {model: big}}}}}"
    host = hosted(text)
    host.registry.add(Kind.CATALOG, ModelCatalog("shop", Shop))

    price = host.create_engine_factory().plan().price_per_1000_turns

    assert price is not None
    assert price["amount"] == "20000"
