"""ModelInfo, Prices and Cost; and how a plugin offers a catalogue: a ModelCatalog.

What a catalogue does not know is None, never 0: an unknown model has an unknown cost.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import date, datetime
    from decimal import Decimal

    from geppetto.engine.inference import Usage

__all__ = ["Catalog", "Cost", "ModelCatalog", "ModelInfo", "Prices"]


@dataclass(slots=True, frozen=True)
class Prices:
    """US dollars per million tokens; a price that depends on the amount is told for the smallest."""

    input: Decimal | None = None
    output: Decimal | None = None
    cache_read: Decimal | None = None
    cache_write: Decimal | None = None


@dataclass(slots=True, frozen=True)
class ModelInfo:
    """What is known about one model of a vendor; sizes in tokens, `modalities` what it reads besides text."""

    vendor: str
    name: str
    display_name: str = ""
    context_window: int | None = None
    max_output: int | None = None
    modalities: tuple[str, ...] | None = None
    prices: Prices | None = None
    #: the day that the prices were true, and where they are from
    dated: date | None = None
    source: str = ""
    deprecated: bool = False

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON; prices as texts, so that no digit is lost."""
        found = asdict(self)
        found["dated"] = self.dated.isoformat() if self.dated else None
        if self.prices is not None:
            found["prices"] = {k: None if v is None else str(v) for k, v in asdict(self.prices).items()}
        return found


@dataclass(slots=True, frozen=True)
class Cost:
    """What a run cost, in US dollars, by the prices of a day."""

    amount: Decimal
    model: str
    dated: date | None
    source: str
    currency: str = "USD"

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON; the amount as a text."""
        found = {"amount": str(self.amount), "currency": self.currency, "model": self.model}
        return {**found, "dated": self.dated.isoformat() if self.dated else None, "source": self.source}


class Catalog(Protocol):
    """What knows models."""

    def models(self, vendor: str) -> Sequence[ModelInfo]:
        """Return the models of a vendor, empty for one that is not known."""

    def find(self, vendor: str, model: str) -> ModelInfo | None:
        """Return what is known about a model, under any of its names; None when nothing is."""

    def cost(self, vendor: str, model: str, usage: Usage, when: datetime | None = None) -> Cost | None:
        """Return what usage cost; None when the model, its price or the usage is not known."""


@dataclass(slots=True, frozen=True)
class ModelCatalog:
    """Offer a catalogue by name; `load()` reads its data when it is first asked."""

    name: str
    load: Callable[[], Catalog] = field(repr=False)
    description: str = ""
