"""Provider-legal names."""

import re

import pytest
from geppetto.errors import InvalidOption
from geppetto.tooling import ToolNames
from hypothesis import given
from hypothesis import strategies as st

_NAMES = st.lists(st.from_regex(r"[A-Za-z_][A-Za-z0-9_.:/-]{0,20}", fullmatch=True), max_size=6)


@given(names=_NAMES)
def test_every_name_is_legal_and_comes_back(names: list[str]) -> None:
    """Whatever is accepted maps to a legal name and back; what would be ambiguous is refused."""
    try:
        mapped = ToolNames(names)
    except InvalidOption as error:
        assert error.code == "TOOL_NAME_CONFLICT"  # noqa: PT017  # both ends are right
        return

    for name in names:
        assert re.fullmatch(r"[a-zA-Z0-9_-]{1,64}", mapped.wire(name))
        assert mapped.local(mapped.wire(name)) == name


def test_a_provider_has_its_own_rules() -> None:
    """The alphabet, the first character and the length are the provider's, also for a name that was never offered."""
    names = ToolNames(["9.lives", "a-b"], allowed="a-z0-9_", first="a-z_", limit=8)

    assert names.wire("9.lives") == "_9_lives"
    assert names.wire("a-b") == "a_b"
    assert names.wire("9-never.offered") == "_9_never"


def test_cutting_names_makes_no_two_equal() -> None:
    """Two long names with one beginning are refused, naming both and the cure."""
    long = "x" * 64

    with pytest.raises(InvalidOption, match="both become") as caught:
        ToolNames([f"{long}a", f"{long}b"])

    assert caught.value.next_step == "rename one of the two tools"
