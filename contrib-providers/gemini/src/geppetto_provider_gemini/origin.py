"""Where content of this vendor belongs: its host, and the family of models that reads each other's signatures."""

from __future__ import annotations

from geppetto.provider import ModelRules, Origin

__all__ = ["PACKAGE", "VENDOR_HOST", "gemini_origin"]

#: where models.toml lies
PACKAGE = "geppetto_provider_gemini"
VENDOR_HOST = "generativelanguage.googleapis.com"


def gemini_origin(base_url: str, model: str) -> Origin:
    """Return the origin of a reply; a model that belongs to no known family is one of its own."""
    family = ModelRules.load(PACKAGE).trait(model, "family", model.rpartition("/")[2])
    return Origin("gemini", "generateContent", base_url, family)
