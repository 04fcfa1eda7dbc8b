"""YAML as a writing of JSON: any JSON value reads back the same, and nothing but JSON is read."""

import tracemalloc
from typing import Any

import pytest
from geppetto.errors import DecodeError
from geppetto.turns.yaml_text import dump, has_comments, lines, load
from hypothesis import given, settings
from hypothesis import strategies as st

TEXTS = [
    "yes", "No", "on", "y", "true", "TRUE", "null", "Null", "~", "", " ", "1e3", "1E3", "1.", ".5", "+1", "-0", "01",
    "0x1f", "0o7", "1_000", "12:30", "2021-01-01", "2021-01-01T00:00:00Z", ".inf", ".nan", "=", "<<", "- a", "a: b",
    "# c", "&a", "*a", "!a", "%a", "@a", "`a", "? a", "---", "...", "a\n---\nb", "a\n...\nb", " a", "a ", "\ta",
    "a\n", "\na", "\n", "a\n\n\n", "a\n  b\n", "  a\nb", "a \nb", "a\r\nb", "\r", "\x85", "a\x85b\nc", "a\u2028\nb",
    "\ufeff", "\x00", "\x7f", "\x1b[0m", "é", "😀", "\ud800", "\ud83d\ude00", "word " * 60, "x" * 300,
]  # fmt: skip
NUMBERS = [
    0,
    -1,
    10**30,
    10**400,
    1e22,
    1e16,
    1.0,
    -0.0,
    0.1,
    5e-324,
    1.7976931348623157e308,
    123456789012345680.0,
]
_TEXT = st.text(st.characters(), max_size=30) | st.text(
    st.sampled_from(" \t\n\r\x85\u2028'\"#:-a"), max_size=8
)
_SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | _TEXT
    | st.sampled_from(TEXTS)
)
_JSON = st.recursive(
    _SCALARS,
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(_TEXT | st.sampled_from(TEXTS), inner, max_size=4)
    ),
    max_leaves=12,
)


@settings(max_examples=150, deadline=None)
@given(value=_JSON)
def test_any_json_value_reads_back_with_its_types(value: Any) -> None:
    """Whatever stands where: repr tells 1 from 1.0 and from True."""
    assert repr(load(dump(value))) == repr(value)


@pytest.mark.parametrize("text", TEXTS)
def test_texts_that_look_like_something_else_stay_texts(text: str) -> None:
    """As a value, as a key, in a list and deep inside."""
    value = {text: text, "list": [text, {text: [text]}]}

    assert load(dump(value)) == value
    assert load(dump(text)) == text


@pytest.mark.parametrize("number", NUMBERS)
def test_numbers_keep_type_and_value(number: float) -> None:
    """Integers of any size stay integers, floats with an exponent stay floats."""
    assert repr(load(dump([number]))) == repr([number])


def test_text_is_written_for_people() -> None:
    """Lines stand as lines, letters as letters, and empty lists are explicit."""
    assert dump({"text": "Grüße\nzwei", "stop": []}) == "text: |-\n  Grüße\n  zwei\nstop: []\n"


def test_keys_are_texts_whatever_they_look_like() -> None:
    """JSON has no other keys."""
    assert load("1: a\ntrue: b\nnull: c\n2021-01-01: d\n") == {
        "1": "a",
        "true": "b",
        "null": "c",
        "2021-01-01": "d",
    }


def test_words_of_older_yaml_are_texts() -> None:
    """Only JSON's own words are more than text."""
    assert load("[yes, off, 0x10, 1_0, 12:30, 2021-01-01, .inf, true, null, 1e3, -5]") == [
        "yes", "off", "0x10", "1_0", "12:30", "2021-01-01", ".inf", True, None, 1000.0, -5,
    ]  # fmt: skip


def test_anchors_and_merge_keys_are_understood() -> None:
    """People write files with them; own keys win over merged ones."""
    text = "a: &a {p: 1, q: 1}\nb: &b {<<: *a, p: 2}\nc: *b\nd: {<<: [*b, *a], r: 3}\n"

    assert load(text) == {
        "a": {"p": 1, "q": 1},
        "b": {"p": 2, "q": 1},
        "c": {"p": 2, "q": 1},
        "d": {"p": 2, "q": 1, "r": 3},
    }


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("ok: 1\na: !!binary aGk=", "line 2, column 4: aGk= is no JSON value"),
        ("a: !!timestamp 2020-01-01", "line 1, column 4: 2020-01-01 is no JSON value"),
        ("a: !!set {x}", "is no JSON value"),
        ("a: !!omap [x: 1]", "is no JSON value"),
        ("a: !!python/object/apply:os.system [ls]", "is no JSON value"),
        ("a: !mine x", "is no JSON value"),
        ("a: !!float .inf", "is no JSON value"),
        ("a: !!float 1e999", "is no JSON value"),
        ("a: !!int x", "is no JSON value"),
        ("a: " + "9" * 5000, "is no JSON value"),
        ("a: 1\nb: 2\na: 3", "line 3, column 1: the key 'a' stands here twice"),
        ("? [a]\n: b", "a key is a text"),
        ("a: &x [*x]", "inside itself"),
        ("[" * 5000, "nested too deeply"),
        ("---\na\n---\nb", "another document"),
        ("a: [1", "line 1"),
    ],
)
def test_what_is_no_json_is_refused_with_its_place(text: str, problem: str) -> None:
    """Nothing is constructed but objects, lists, texts, numbers, booleans and null."""
    with pytest.raises(DecodeError) as caught:
        load(text)

    assert problem in str(caught.value)


def test_aliases_of_aliases_cannot_fill_the_memory() -> None:
    """A few lines that stand for billions of values are refused."""
    lines = ["a0: &a0 [x]"] + [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]" for i in range(1, 12)]

    with pytest.raises(DecodeError, match="aliases stand for too much"):
        load("\n".join(lines))


def _merged(text: str, times: int) -> str:
    """Return a mapping that merges ten of its kind, so many times over."""
    for n in range(times):
        text = f"{{<<: [&x{n} {text}, {', '.join([f'*x{n}'] * 9)}]}}"
    return text


def test_merges_of_merges_cannot_fill_the_memory() -> None:
    """A line that stands for a million pairs is refused before these are made."""
    text = _merged("{a: 1}", 6)
    tracemalloc.start()

    with pytest.raises(DecodeError, match="aliases stand for too much"):
        load(text)

    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 5_000_000


def test_lines_follow_merge_keys() -> None:
    """A merged value stands where it was written; mappings that are merged by the million are looked at once."""
    assert lines("a: &a\n  p: 1\nb:\n  <<: *a\n  q: 2\n") == {
        "/a": 1,
        "/a/p": 2,
        "/b": 3,
        "/b/p": 2,
        "/b/q": 5,
    }
    assert lines(_merged("{}", 6)) == {}


@pytest.mark.parametrize("text", [b"\xff\xfe\x00", "a\x00b"])
def test_what_is_no_text_is_refused(text: str | bytes) -> None:
    """Broken encodings and control characters are errors of ours too."""
    with pytest.raises(DecodeError, match="not YAML"):
        load(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a: 1  # one", True),
        ("# begins\na: 1", True),
        ("a:\n  # inside\n  - b\n", True),
        ("a: 1\n# ends", True),
        ("a: '# no'\nb: x#y\nc: \"#\"\n", False),
        ("a: |\n  # a text\n  more\nb: 1\n", False),
        ("", False),
    ],
)
def test_comments_are_seen(text: str, expected: bool) -> None:
    """Between values, and nowhere inside of one."""
    assert has_comments(text) is expected


def test_long_keys_above_long_lists_are_refused() -> None:
    """Each path has the key in it: together they would fill the memory."""
    text = "? " + "k" * 50_000 + "\n: [" + "1," * 5_000 + "]\n"
    assert load(text)

    with pytest.raises(DecodeError, match="paths of its values are too long"):
        lines(text)
