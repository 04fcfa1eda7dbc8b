import json
from typing import Any

import pytest
from geppetto_provider_gemini.arguments import Arguments
from hypothesis import given
from hypothesis import strategies as st


def _read(*pieces: dict[str, Any], whole: dict[str, Any] | None = None) -> dict[str, Any]:
    arguments = Arguments()
    arguments.add(whole, pieces)
    return arguments.value


def test_values_of_every_kind() -> None:
    """Numbers, texts, truth values and null go to their paths."""
    found = _read(
        {"jsonPath": "$.n", "numberValue": 2},
        {"jsonPath": "$.t", "stringValue": ""},
        {"jsonPath": "$.b", "boolValue": False},
        {"jsonPath": "$.z", "nullValue": "NULL_VALUE"},
    )

    assert found == {"n": 2, "t": "", "b": False, "z": None}


def test_text_grows_while_it_is_announced() -> None:
    """A text goes on where the piece before said so; otherwise a new one replaces it."""
    grown = {"jsonPath": "$.a", "stringValue": "x", "willContinue": True}

    assert _read(grown, grown, {"jsonPath": "$.a", "stringValue": "y"}) == {"a": "xxy"}
    assert _read({"jsonPath": "$.a", "stringValue": "x"}, {"jsonPath": "$.a", "stringValue": "y"}) == {
        "a": "y"
    }


def test_pieces_add_to_whole_arguments() -> None:
    """Arguments that came whole stay, pieces come on top."""
    assert _read({"jsonPath": "$.b[1].c", "numberValue": 1}, whole={"a": 1, "b": [0]}) == {
        "a": 1,
        "b": [0, {"c": 1}],
    }


@pytest.mark.parametrize("path", ["", "$", "a", "$.", "$.a[", "$.a[x]", "$..a", "$.a b]", "$.a[99999999]"])
def test_paths_that_cannot_be_read(path: str) -> None:
    """A path of another language, or far behind the end of a list, is an error and fills no memory."""
    with pytest.raises(ValueError, match=r"path|index"):
        _read({"jsonPath": path, "numberValue": 1})


_NAMES = st.text(alphabet="abc é-_", min_size=1, max_size=4)
_LEAVES = st.one_of(st.booleans(), st.integers(-5, 5), st.text(max_size=4), st.none())
_TREES = st.recursive(
    _LEAVES,
    lambda inner: (
        st.lists(inner, min_size=1, max_size=3) | st.dictionaries(_NAMES, inner, min_size=1, max_size=3)
    ),
    max_leaves=8,
)


def _pieces(path: str, value: Any) -> list[dict[str, Any]]:
    if isinstance(value, dict):
        return [piece for name, inner in value.items() for piece in _pieces(f"{path}['{name}']", inner)]
    if isinstance(value, list):
        return [piece for place, inner in enumerate(value) for piece in _pieces(f"{path}[{place}]", inner)]
    if isinstance(value, bool):
        return [{"jsonPath": path, "boolValue": value}]
    if isinstance(value, int):
        return [{"jsonPath": path, "numberValue": value}]
    if value is None:
        return [{"jsonPath": path, "nullValue": "NULL_VALUE"}]
    return [
        *({"jsonPath": path, "stringValue": letter, "willContinue": True} for letter in value),
        {"jsonPath": path, "stringValue": ""},
    ]


@given(st.dictionaries(_NAMES, _TREES, max_size=3))
def test_any_object_comes_back_from_its_pieces(value: dict[str, Any]) -> None:
    """Arguments taken apart into single values and letters are put together again."""
    assert json.dumps(_read(*_pieces("$", value))) == json.dumps(value)
