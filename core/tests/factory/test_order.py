"""What middlewares declare about their neighbours is checked; the order itself is never changed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from geppetto import MiddlewareDefinition
from geppetto.errors import ConfigError
from geppetto.factory.order import check_order, notes, violations
from geppetto.factory.uses import PlannedUse, Use
from geppetto.middleware import Effects

Make = Callable[..., MiddlewareDefinition]


def _chain(*definitions: MiddlewareDefinition, off: tuple[str, ...] = ()) -> list[PlannedUse]:
    return [PlannedUse(each.name, Use(each.name, enabled=each.name not in off), each) for each in definitions]


@pytest.mark.parametrize(
    ("rules", "chain", "reason", "move"),
    [
        ({"before": ("b",)}, "b a", "a must stand before b", "move a before b"),
        ({"after": ("b",)}, "a b", "a must stand after b", "move a after b"),
        ({"requires": ("z",)}, "a b", "a needs z", "add z, or take a out"),
        ({"conflicts": ("B",)}, "a b", "a cannot stand together with b", "remove a or b"),
    ],
)
def test_a_rule_that_is_broken(
    middleware: Make, rules: dict[str, Any], chain: str, reason: str, move: str
) -> None:
    """MIDDLEWARE_ORDER says who, why, and the exact move that mends it."""
    made = {"a": middleware("a", **rules), "b": middleware("b")}

    with pytest.raises(ConfigError, match=reason) as caught:
        check_order(_chain(*(made[name] for name in chain.split())))

    assert (caught.value.code, caught.value.subject) == ("MIDDLEWARE_ORDER", "a")
    assert caught.value.next_step == move
    assert caught.value.details == {"violations": [{"middleware": "a", "reason": reason, "move": move}]}


@pytest.mark.parity(121)
def test_what_fits_is_left_as_it_is(middleware: Make) -> None:
    """Rules that hold, rules about absent neighbours, rules of uses that are switched off."""
    a = middleware("a", before=("b",), after=("c",))
    b, c = middleware("b"), middleware("c", requires=("nobody",))
    chain = _chain(a, b)

    check_order(chain)
    check_order(_chain(b, a, off=("b",)))
    check_order(_chain(a, b, c, off=("c",)))

    assert [planned.label for planned in chain] == ["a", "b"]


def test_all_rules_are_told_at_once(middleware: Make) -> None:
    """Doing every move mends the chain."""
    a = middleware("a", after=("b",), requires=("c",))
    b = middleware("b", conflicts=("d",))
    d = middleware("d")

    found = violations(_chain(a, b, d))
    with pytest.raises(ConfigError) as caught:
        check_order(_chain(a, b, d))

    assert [each.move for each in found] == ["move a after b", "add c, or take a out", "remove b or d"]
    assert caught.value.next_step == "; ".join(each.move for each in found)
    check_order(_chain(b, middleware("c"), a))


def test_who_needs_the_final_request_stands_inside_of_who_writes_it(middleware: Make) -> None:
    """The move names the innermost writer; writers outside are fine."""
    counts = middleware("counts", effects=Effects(needs_final_request=True))
    writes = [middleware(name, effects=Effects(writes_request=True)) for name in ("one", "two")]

    (found,) = violations(_chain(counts, *writes))

    assert found.reason == "counts needs the request as it is sent, and two inside of it changes it"
    assert found.move == "move counts after two"
    check_order(_chain(*writes, counts))
    check_order(_chain(writes[0], counts, writes[1], off=("two",)))


def test_who_may_answer_by_itself_is_noted(middleware: Make) -> None:
    """It is no error; the note says who then does not run."""
    cache = middleware("cache", effects=Effects(short_circuits=True))
    a, b = middleware("a"), middleware("b")

    assert notes(_chain(a, cache, b)) == ["cache may answer by itself; then b do not run"]
    assert notes(_chain(a, b, cache)) == []
    assert notes(_chain(cache, b, off=("b",))) == []
