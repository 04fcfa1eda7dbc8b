"""What is known about models: context window, limits, what they read, and prices with the day they are of."""

from geppetto.catalog.lookup import Models
from geppetto.catalog.model import Catalog, Cost, ModelCatalog, ModelInfo, Prices

__all__ = ["Catalog", "Cost", "ModelCatalog", "ModelInfo", "Models", "Prices"]
