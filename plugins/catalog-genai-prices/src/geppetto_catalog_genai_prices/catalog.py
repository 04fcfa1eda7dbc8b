"""The catalogue: genai-prices' data in our words."""

from __future__ import annotations

import functools
from datetime import date, datetime
from decimal import Decimal
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from genai_prices import Usage as Amounts
from genai_prices import calc_price
from genai_prices.data_snapshot import get_snapshot
from geppetto.catalog import Cost, ModelInfo, Prices

if TYPE_CHECKING:
    from collections.abc import Sequence

    from geppetto.engine import Usage

__all__ = ["GenaiPrices"]

#: version of the data package -> the day on which its prices were true
_DATES = {"0.2.3": date(2026, 11, 21)}


class GenaiPrices:
    """What the installed version of genai-prices knows."""

    def __init__(self) -> None:
        installed = version("genai-prices")
        self._source, self._dated = f"genai-prices {installed}", _DATES.get(installed)
        self._providers: dict[str, Any] = {provider.id: provider for provider in get_snapshot().providers}

    def models(self, vendor: str) -> Sequence[ModelInfo]:
        """Return the models of a vendor."""
        provider = self._providers.get(vendor)
        return [] if provider is None else [self._model(vendor, model) for model in provider.models]

    def find(self, vendor: str, model: str) -> ModelInfo | None:
        """Return what is known about a model, under any name that the vendor gives it."""
        provider = self._providers.get(vendor)
        found = provider.find_model(model) if provider is not None else None
        return None if found is None else self._model(vendor, found)

    def cost(self, vendor: str, model: str, usage: Usage, when: datetime | None = None) -> Cost | None:
        """Return what usage cost; None when the model, its price or the usage is not known."""
        if vendor not in self._providers or usage.input is None or usage.output is None:
            return None
        try:
            found = calc_price(_amounts(usage), model, provider_id=vendor, genai_request_timestamp=when)
        except (LookupError, ValueError):
            return None
        return Cost(found.total_price, found.model.id, self._dated, self._source)

    def _model(self, vendor: str, model: Any) -> ModelInfo:
        return ModelInfo(
            vendor=vendor,
            name=model.id,
            display_name=model.name or "",
            context_window=model.context_window,
            prices=_prices(model),
            dated=self._dated,
            source=self._source,
            deprecated=bool(model.deprecated),
        )


def _amounts(usage: Usage) -> Amounts:
    """Return usage as the package counts it: its input and output include what is also told apart."""
    return Amounts(
        input_tokens=usage.input,
        output_tokens=usage.output,
        cache_read_tokens=usage.cache_read,
        cache_write_tokens=usage.cache_write,
        input_audio_tokens=usage.input_audio,
        output_audio_tokens=usage.output_audio,
    )


def _prices(model: Any) -> Prices | None:
    """Return the prices that hold today; of prices by amount, the one for the smallest."""
    try:
        found = model.get_prices(datetime.now().astimezone())
    except (LookupError, ValueError):
        return None
    names = {
        "input": "input_mtok",
        "output": "output_mtok",
        "cache_read": "cache_read_mtok",
        "cache_write": "cache_write_mtok",
    }
    return Prices(**{ours: _plain(getattr(found, theirs, None)) for ours, theirs in names.items()})


@functools.singledispatch
def _plain(price: Any) -> Decimal | None:
    """Return a price as one number."""
    base = getattr(price, "base", None)
    return None if base is None else Decimal(base)


@_plain.register
def _(price: Decimal) -> Decimal | None:
    return price
