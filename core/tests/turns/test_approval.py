"""A human's word on a tool call."""

from __future__ import annotations

from typing import Any

from geppetto.turns.approval import Approval, approval_of, approved, denied, fingerprint_of
from hypothesis import given
from hypothesis import strategies as st

_VALUES: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3),
    max_leaves=5,
)
_ARGUMENTS = st.dictionaries(st.text(), _VALUES, max_size=4)


@given(_ARGUMENTS)
def test_the_order_of_arguments_does_not_matter(arguments: dict[str, Any]) -> None:
    """Stores may write them in another one."""
    turned = dict(reversed(arguments.items()))

    assert fingerprint_of("c", "f", turned) == fingerprint_of("c", "f", arguments)


@given(_ARGUMENTS, _ARGUMENTS)
def test_other_arguments_are_another_call(one: dict[str, Any], other: dict[str, Any]) -> None:
    """As are another id and another name."""
    same = repr(sorted(one.items())) == repr(sorted(other.items()))

    assert (fingerprint_of("c", "f", one) == fingerprint_of("c", "f", other)) == same
    assert (
        len({fingerprint_of("c", "f", one), fingerprint_of("d", "f", one), fingerprint_of("c", "g", one)})
        == 3
    )


def test_a_record_counts_for_what_was_seen() -> None:
    """One of another call, a denial and what somebody else wrote there count for nothing."""
    key = "geppetto.approval@v1"

    assert approval_of({key: approved("f", "Ada", "fine")}, "f") == Approval("Ada", "fine")
    for record in (approved("g", "Ada", ""), denied("f", "Ada", ""), "approved", {}, None):
        assert approval_of({key: record}, "f") is None
    assert approval_of({}, "f") is None
