"""JSON text: read strictly, and always writable as UTF-8."""

import json

import pytest
from geppetto.turns import json_text


@pytest.mark.parametrize(
    "text", ["NaN", "[Infinity]", '{"a": -Infinity}', "1e999", "[" * 100_000, "{", b"\xff"]
)
def test_what_json_does_not_have_is_refused(text: str | bytes) -> None:
    """Python's own reader lets some of it pass, and a turn could then never be written."""
    with pytest.raises(ValueError, match=r"."):
        json_text.loads(text)


@pytest.mark.parametrize("text", ["1e22", "-0.0", "5e-324", "12345678901234567890", '"\\u00e9"', "null"])
def test_everything_else_reads_as_ever(text: str) -> None:
    """Numbers keep type and value."""
    assert repr(json_text.loads(text)) == repr(json.loads(text))


def test_a_lone_surrogate_is_escaped_and_reads_back() -> None:
    """Half of a pair, as a cut-off stream leaves it, does not break the file it is written to."""
    text = json_text.dumps({"é\ud800": "😀\udfff"})

    assert text == '{"é\\ud800": "😀\\udfff"}'
    assert json_text.loads(text.encode()) == {"é\ud800": "😀\udfff"}
