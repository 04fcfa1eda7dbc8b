"""RunContext: data that is derived, never changed."""

import dataclasses

import pytest
from geppetto import Host
from geppetto.engine.context import CACHE_TAG
from geppetto.testing import run_context


@pytest.mark.parity(153, 154)
def test_a_derived_context_differs_where_it_was_told_to() -> None:
    """`derive` leaves the original as it was; unknown fields are refused."""
    ctx = run_context(tags={"a": 1})

    derived = ctx.derive(iteration=3)

    assert (ctx.iteration, derived.iteration, derived.tags) == (0, 3, {"a": 1})
    with pytest.raises(TypeError, match="no field 'iterations'"):
        ctx.derive(iterations=1)


def test_a_context_cannot_be_changed() -> None:
    """Fields are read-only."""
    ctx = run_context()

    with pytest.raises(dataclasses.FrozenInstanceError):
        ctx.iteration = 1  # type: ignore[misc]  # that is the point


def test_the_ids_are_those_of_the_correlation() -> None:
    """Session, run and turn are one object's."""
    ctx = run_context()

    assert (ctx.session_id, ctx.inference_id, ctx.turn_id, ctx.origin) == ("session", "run", "turn", "user")


def test_a_run_or_its_host_can_say_that_it_wants_no_cache(plain_host: Host) -> None:
    """The tag is for one run, the host for all; only `False` forbids it, so that no other value does so by accident."""
    assert run_context().may_cache
    assert run_context(tags={CACHE_TAG: True}, host=plain_host).may_cache
    assert not run_context(tags={CACHE_TAG: False}, host=plain_host).may_cache
    plain_host.caches = False
    assert not run_context(tags={CACHE_TAG: True}, host=plain_host).may_cache
