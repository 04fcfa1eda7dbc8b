"""From a composition to what runs: the engine, the middlewares in their order, the tools, the options."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from geppetto.builtin.middlewares import SYSTEM_PROMPT
from geppetto.factory.surprise import composing
from geppetto.factory.toolspart import tool_options
from geppetto.factory.watch import watched
from geppetto.inference.session import Session
from geppetto.inference.spec import RunSpec
from geppetto.middleware.chain import bind

if TYPE_CHECKING:
    from geppetto.factory.compose import Composition
    from geppetto.host import Host
    from geppetto.middleware.chain import MiddlewareUse

__all__ = ["assemble", "session_of"]


def assemble(host: Host, composition: Composition, *, debug: bool = False, **options: Any) -> RunSpec:
    """Build what a composition names; further options are fields of RunSpec.

    Raises what the plugins raise, as EngineError, MiddlewareError or NotFound, and UsageError (INFERENCE_COMPOSITION_FAILED)
    for a surprise. With `debug`, a middleware that does what it does not declare is reported as a `log` event.
    """
    with composing(composition.engine):
        return _assembled(host, composition, debug=debug, **options)


def _assembled(host: Host, composition: Composition, *, debug: bool, **options: Any) -> RunSpec:
    tool_config, tool_loop = tool_options(composition.parts["/tools"].value)
    spec = RunSpec(
        engine=host.contributions.built_engine(composition.engine, composition.settings),
        engine_name=composition.engine,
        middlewares=tuple(
            bind(use, index) for index, use in enumerate(_uses(host, composition, debug=debug))
        ),
        tools=host.contributions.tools(composition.tools or None),
        tool_config=tool_config,
        tool_loop=tool_loop,
        inference=composition.inference,
        grace=host.grace,
    )
    return spec.changed(**options) if options else spec


def session_of(
    host: Host, composition: Composition, *, session_id: str = "", debug: bool = False, **options: Any
) -> Session:
    """Return a session of a composition (see `assemble`)."""
    return Session(assemble(host, composition, debug=debug, **options), host, session_id=session_id)


def _uses(host: Host, composition: Composition, *, debug: bool) -> list[MiddlewareUse]:
    """Build the uses that take part; the system prompt is the innermost, so that nothing of the chain loses it."""
    found = []
    for planned in composition.chain:
        if planned.use.enabled and planned.definition is not None:
            made = host.contributions.built_middleware(planned.definition, planned.config)
            made = bind(made, 0, name=planned.label)
            found.append(watched(made, planned.definition.effects) if debug else made)
    if composition.system_prompt:
        # the core's own: an application that gives middlewares of its own does not lose the prompt
        prompt = {"prompt": composition.system_prompt}
        found.append(host.contributions.built_middleware(SYSTEM_PROMPT, prompt))
    return found
