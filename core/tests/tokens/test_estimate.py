"""An estimate by characters: near enough for prose, and honest about what it cannot count."""

import pytest
from geppetto.tokens import estimate_tokens
from geppetto.tokens.estimate import estimate_body
from hypothesis import given
from hypothesis import strategies as st


@pytest.mark.parametrize(
    ("text", "real"),
    [
        # about what tokenizers of current models make of it
        ("The quick brown fox jumps over the lazy dog.", 10),
        ("In the beginning was the Word, and the Word was with God, and the Word was God.", 20),
        ("今天天气很好,我们去公园散步吧。", 12),
        ("Сегодня хорошая погода, пойдём гулять в парк.", 12),
        ("def add(a: int, b: int) -> int:\n    return a + b\n", 19),
        ("1234567890", 4),
    ],
)
def test_an_estimate_is_near(text: str, real: int) -> None:
    """Within a third for short texts of several scripts and code."""
    assert real * 0.67 <= estimate_tokens(text) <= real * 1.5


@given(st.text(max_size=200), st.text(max_size=200))
def test_more_text_is_never_fewer_tokens(one: str, two: str) -> None:
    """Nothing is 0 but an empty text, and a longer text costs at least as much."""
    assert (estimate_tokens(one) == 0) == (one == "")
    assert estimate_tokens(one + two) >= max(estimate_tokens(one), estimate_tokens(two)) - 1


def test_a_request_is_counted_with_its_frames() -> None:
    """Messages and tools cost more than their words; data is named, not counted."""
    words, none = estimate_body({"messages": [{"role": "user", "content": "hello there"}], "tools": []})
    image = {"type": "image_url", "image_url": {"url": "data:image/png;base64," + "A" * 9000}}
    more, uncounted = estimate_body({"messages": [{"role": "user", "content": [image]}]})

    assert words > estimate_tokens("hello there")
    assert none == ()
    assert uncounted == ("url",)
    assert more < 20
