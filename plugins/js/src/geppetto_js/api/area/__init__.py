"""The operations of the API, an area of it in each file."""

from geppetto_js.api.area.embeddings import EmbeddingOps
from geppetto_js.api.area.engines import EngineOps
from geppetto_js.api.area.factories import FactoryOps
from geppetto_js.api.area.facts import FactOps
from geppetto_js.api.area.profiles import ProfileOps
from geppetto_js.api.area.runs import RunOps
from geppetto_js.api.area.sessions import SessionOps
from geppetto_js.api.area.tools import ToolOps

__all__ = ["AREAS"]

AREAS = (FactOps, EngineOps, SessionOps, RunOps, ToolOps, ProfileOps, FactoryOps, EmbeddingOps)
