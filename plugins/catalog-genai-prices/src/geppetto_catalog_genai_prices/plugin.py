"""What this distribution contributes: one catalogue, whose data is read when it is first asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from geppetto.catalog.model import ModelCatalog
from geppetto.plugins import hookimpl

if TYPE_CHECKING:
    from collections.abc import Iterable

    from geppetto.catalog.model import Catalog

__all__ = ["CATALOG", "geppetto_model_catalogs"]


def _load() -> Catalog:
    from geppetto_catalog_genai_prices.catalog import GenaiPrices

    return GenaiPrices()


#: the catalogue, as the host lists it
CATALOG = ModelCatalog("genai-prices", _load, description="Prices and context windows from genai-prices")


@hookimpl
def geppetto_model_catalogs() -> Iterable[ModelCatalog]:
    """Give the host the catalogue."""
    return [CATALOG]
