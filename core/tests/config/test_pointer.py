"""JSON pointers."""

from geppetto.config.pointer import above, join, parts
from hypothesis import given
from hypothesis import strategies as st


@given(keys=st.lists(st.text(), min_size=1, max_size=4))
def test_any_keys_come_back_out_of_their_pointer(keys: list[str]) -> None:
    """Slashes, tildes and empty keys included."""
    pointer = ""
    for key in keys:
        pointer = join(pointer, key)

    assert parts(pointer) == keys


def test_the_pointers_above_come_nearest_first() -> None:
    """The root is none of them."""
    assert list(above("/a/b~1c/0")) == ["/a/b~1c", "/a"]
    assert list(above("/a")) == []
