"""JSON text: read strictly, and always writable as UTF-8."""

import json
import math
import subprocess
import sys
from typing import Any

import pytest
from geppetto.turns import json_text
from hypothesis import given
from hypothesis import strategies as st


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


ODD = [
    "-0", "-0.0", "1E400", "1e-400", "4.9e-324", "NaN", "-Infinity", "18446744073709551616", "-9223372036854775809",
    "123456789012345678901234567890", '"\\ud800"', '"\\udE00x"', '"\\ud83d\\ude00"', '"\ud800"', '"a\tb"', '"\x00"',
    '"\u2028"', '{"a": 1, "a": 2}', "[1,]", "01", "1.", "+1", "", "\ufeff1", "\u00a01", "1\x0b", '"\\x"', "[" * 5000,
]  # fmt: skip
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(codec=None)),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


def _told(reader: Any, text: str | bytes) -> Any:
    """Return what a reader makes of a text, so that types, order, signs and NaN count; or that it is no JSON."""
    try:
        return repr(reader(text))
    except (ValueError, RecursionError):
        return None


@pytest.mark.parametrize("text", ODD)
def test_reading_what_others_send_is_reading_as_json_does(text: str) -> None:
    """With and without msgspec, as text and as bytes."""
    data = text.encode("utf-8", "surrogatepass")

    assert _told(json_text.read, text) == _told(json.loads, text)
    assert _told(json_text.read, data) == _told(json.loads, data)


@given(VALUES, st.booleans())
def test_every_value_reads_as_json_reads_it(value: Any, ascii_only: bool) -> None:
    """Whatever was written."""
    text = json.dumps(value, ensure_ascii=ascii_only)

    assert _told(json_text.read, text) == _told(json.loads, text)


@given(st.text(alphabet='{}[]",:.-+eE0123456789 \\ud8ntrfalse\n\t'))
def test_every_text_reads_as_json_reads_it(text: str) -> None:
    """Most of them are no JSON for both."""
    assert _told(json_text.read, text) == _told(json.loads, text)


def test_without_msgspec_the_standard_library_reads() -> None:
    """The default install has no faster one."""
    source = (
        "import sys; sys.modules['msgspec'] = None\n"
        "from geppetto.turns import json_text; print(json_text.read('[1, NaN]'))"
    )

    done = subprocess.run([sys.executable, "-c", source], capture_output=True, text=True, check=True)

    assert done.stdout == "[1, nan]\n"
    assert math.isnan(json_text.read("NaN"))
