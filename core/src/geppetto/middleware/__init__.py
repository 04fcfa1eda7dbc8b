"""What a middleware is, and the chain that runs them."""

from geppetto.middleware.chain import Chain, MiddlewareUse, bind, by_point
from geppetto.middleware.definition import Constraints, Effects, Middleware, MiddlewareDefinition, TurnNext

__all__ = [
    "Chain",
    "Constraints",
    "Effects",
    "Middleware",
    "MiddlewareDefinition",
    "MiddlewareUse",
    "TurnNext",
    "bind",
    "by_point",
]
