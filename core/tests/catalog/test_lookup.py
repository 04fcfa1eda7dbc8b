"""One view of all catalogues, asked by the name of an engine."""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal

import pytest
from geppetto import Host
from geppetto.catalog import Cost, ModelCatalog, ModelInfo, Prices
from geppetto.engine import InferenceResult, Usage
from geppetto.errors import NotFound
from geppetto.plugins import Kind

USAGE = Usage(input_uncached=2, output_text=3)


class Shop:
    """A catalogue that knows one model."""

    def __init__(self, price: int, name: str = "big") -> None:
        self.price, self.name = Decimal(price), name

    def models(self, vendor: str) -> Sequence[ModelInfo]:
        """Know the models of echo."""
        return [self._info()] if vendor == "echo" else []

    def find(self, vendor: str, model: str) -> ModelInfo | None:
        """Know one name."""
        return self._info() if (vendor, model) == ("echo", self.name) else None

    def cost(self, vendor: str, model: str, usage: Usage, when: datetime | None = None) -> Cost | None:
        """Have one price."""
        found = self.find(vendor, model)
        return Cost(self.price * (usage.output or 0), model, None, "shop") if found else None

    def _info(self) -> ModelInfo:
        return ModelInfo("echo", self.name, prices=Prices(output=self.price), dated=date(2026, 1, 2))


def _add(host: Host, name: str, shop: Shop) -> None:
    host.registry.add(Kind.CATALOG, ModelCatalog(name, lambda: shop))


def test_without_a_catalogue_nothing_is_known(plain_host: Host) -> None:
    """No error, and no zero."""
    models = plain_host.models

    assert (models.installed, models.of("echo"), models.find("echo", "big")) == ([], [], None)
    assert models.cost("echo", "big", USAGE) is None


def test_the_first_that_knows_a_model_is_believed(plain_host: Host) -> None:
    """Catalogues are asked in the order of their names; models of all are listed once."""
    _add(plain_host, "b", Shop(9))
    _add(plain_host, "a", Shop(5))
    _add(plain_host, "c", Shop(1, "small"))

    cost = plain_host.models.cost("echo", "big", USAGE)

    assert cost is not None
    assert cost.amount == 15
    assert [model.name for model in plain_host.models.of("echo")] == ["big", "small"]
    found = plain_host.models.find("echo", "small")
    assert found is not None
    assert found.to_json()["prices"] == {
        "input": None,
        "output": "1",
        "cache_read": None,
        "cache_write": None,
    }
    assert found.to_json()["dated"] == "2026-01-02"


def test_the_cost_of_a_result_is_asked_by_its_provider(plain_host: Host) -> None:
    """A run of an engine that is not installed here has an unknown cost; so has one without usage."""
    _add(plain_host, "a", Shop(5))
    costs = [
        plain_host.models.cost_of(InferenceResult(provider=provider, model="big", usage=usage))
        for provider, usage in (("echo", USAGE), ("elsewhere", USAGE), ("echo", None))
    ]

    assert [cost.to_json()["amount"] if cost else None for cost in costs] == ["15", None, None]


def test_an_engine_that_does_not_exist_is_an_error(plain_host: Host) -> None:
    """A misspelt engine is not a vendor without models."""
    with pytest.raises(NotFound, match="ehco"):
        plain_host.models.of("ehco")
