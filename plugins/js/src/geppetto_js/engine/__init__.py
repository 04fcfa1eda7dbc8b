"""The JavaScript engines that can stand under a runtime, and the choice of one."""

from geppetto_js.engine.protocol import Capabilities, Engine, EngineReport, Limits
from geppetto_js.engine.select import engine_report, open_engine

__all__ = ["Capabilities", "Engine", "EngineReport", "Limits", "engine_report", "open_engine"]
