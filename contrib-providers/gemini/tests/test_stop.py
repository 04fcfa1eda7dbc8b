import pytest
from geppetto_provider_gemini.stop import block_word, finish_class, finish_word


@pytest.mark.parametrize(
    ("word", "found"),
    [
        ("STOP", "completed"), ("MAX_TOKENS", "max_tokens"), ("SAFETY", "content_filtered"),
        ("RECITATION", "content_filtered"), ("PROHIBITED_CONTENT", "content_filtered"), ("SPII", "content_filtered"),
        ("IMAGE_SAFETY", "content_filtered"), ("MODEL_ARMOR", "content_filtered"),
        ("MALFORMED_FUNCTION_CALL", "error"), ("UNEXPECTED_TOOL_CALL", "error"), ("NO_IMAGE", "error"),
        ("OTHER", "error"), ("CONTINUATION", "unknown"), ("SOMETHING_NEW", "unknown"), ("", "unknown"),
    ],
)  # fmt: skip
def test_every_word_has_a_class(word: str, found: str) -> None:
    """Each reason of the vendor has one of our classes; a new one is unknown, not an error of ours."""
    assert finish_class(word, calls=False) == found


@pytest.mark.parametrize(
    ("word", "found"),
    [("STOP", "tool_calls_pending"), ("NEW", "tool_calls_pending"), ("MAX_TOKENS", "max_tokens"), ("SAFETY", "content_filtered")],
)  # fmt: skip
def test_calls_wait_unless_the_reply_was_cut(word: str, found: str) -> None:
    """STOP beside calls means that they wait; a cut reply may hold half a call."""
    assert finish_class(word, calls=True) == found


def test_a_blocked_prompt_is_always_filtered() -> None:
    """Whatever the reason is called."""
    assert finish_class("OTHER", calls=False, blocked=True) == "content_filtered"


@pytest.mark.parametrize(
    ("found", "word"),
    [(None, ""), (0, ""), (1, "STOP"), (9, "MALFORMED_FUNCTION_CALL"), (99, "99"), ("STOP", "STOP"),
     ("FINISH_REASON_UNSPECIFIED", "")],
)  # fmt: skip
def test_finish_words(found: object, word: str) -> None:
    """Numbers become the words they stand for; unspecified is no reason."""
    assert finish_word(found) == word


def test_block_words() -> None:
    """A prompt's reasons are numbered by themselves."""
    assert [block_word(found) for found in (None, 1, 4, "JAILBREAK", "BLOCKED_REASON_UNSPECIFIED")] == [
        "", "SAFETY", "PROHIBITED_CONTENT", "JAILBREAK", "",
    ]  # fmt: skip
