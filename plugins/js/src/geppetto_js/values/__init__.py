"""What crosses the border between Python and JavaScript, and in which shape."""

from geppetto_js.values.handles import HostFunction, JsFunction, JsPromise
from geppetto_js.values.plain import MAX_DEPTH, SAFE_INT
from geppetto_js.values.undefined import UNDEFINED

__all__ = ["MAX_DEPTH", "SAFE_INT", "UNDEFINED", "HostFunction", "JsFunction", "JsPromise"]
