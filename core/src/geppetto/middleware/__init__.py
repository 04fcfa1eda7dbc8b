"""What a middleware is, and the chain that runs them."""

from geppetto.middleware.definition import Constraints, Effects, Middleware, MiddlewareDefinition, TurnNext

__all__ = ["Constraints", "Effects", "Middleware", "MiddlewareDefinition", "TurnNext"]
