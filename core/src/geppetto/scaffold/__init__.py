"""New plugin packages from templates: what `geppetto plugins new` writes."""

from geppetto.scaffold.write import TEMPLATES, write_package

__all__ = ["TEMPLATES", "write_package"]
