"""The API of `require("geppetto")` and what an application gives it."""

from geppetto_js.api.module import GeppettoModule
from geppetto_js.api.state import ApiOptions, JsPolicy

__all__ = ["ApiOptions", "GeppettoModule", "JsPolicy"]
