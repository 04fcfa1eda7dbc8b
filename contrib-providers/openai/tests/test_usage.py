import pytest
from geppetto_provider_openai.usage import read_usage


def test_buckets_are_disjoint() -> None:
    """Cached, written, audio and reasoning tokens are taken out of the counts that include them."""
    raw = {
        "prompt_tokens": 100,
        "completion_tokens": 50,
        "total_tokens": 150,
        "prompt_tokens_details": {"cached_tokens": 60, "cache_write_tokens": 10, "audio_tokens": 5},
        "completion_tokens_details": {"reasoning_tokens": 30, "audio_tokens": 4},
    }

    usage = read_usage(raw)

    assert (usage.input_uncached, usage.cache_read, usage.cache_write, usage.input_audio) == (25, 60, 10, 5)
    assert (usage.output_text, usage.reasoning, usage.output_audio) == (16, 30, 4)
    assert (usage.input, usage.output, usage.total) == (100, 50, 150)
    assert usage.raw == raw


@pytest.mark.parametrize("details", [{}, {"prompt_tokens_details": None, "completion_tokens_details": None}])
def test_what_is_not_said_stays_unknown(details: dict[str, None]) -> None:
    """Details that are absent or null give None, never 0."""
    usage = read_usage({"prompt_tokens": 3, "completion_tokens": 2, **details})

    assert (usage.input_uncached, usage.output_text) == (3, 2)
    assert (usage.cache_read, usage.cache_write, usage.reasoning, usage.total) == (None, None, None, None)


@pytest.mark.parametrize(
    ("raw", "inputs", "outputs"),
    [
        pytest.param(
            {
                "prompt_tokens": 40,
                "completion_tokens": 7,
                "total_tokens": 60,
                "completion_tokens_details": {"reasoning_tokens": 13},
            },
            (40, None),
            (7, 13),
            id="reasoning-beside-completion",
        ),
        pytest.param(
            {
                "prompt_tokens": 9,
                "completion_tokens": 20,
                "total_tokens": 129,
                "prompt_tokens_details": {"audio_tokens": 100},
            },
            (9, 100),
            (20, None),
            id="audio-beside-prompt",
        ),
    ],
)
def test_counts_beside_the_whole(
    raw: dict[str, object], inputs: tuple[int, int | None], outputs: tuple[int, int | None]
) -> None:
    """Where a host counts a part beside the whole, the buckets still add up to its total."""
    usage = read_usage(raw)

    assert (usage.input_uncached, usage.input_audio) == inputs
    assert (usage.output_text, usage.reasoning) == outputs
    assert (usage.input or 0) + (usage.output or 0) == usage.total


def test_a_part_is_never_larger_than_the_whole() -> None:
    """A host that reports more reasoning than completion tokens gives no negative bucket."""
    usage = read_usage({"prompt_tokens": 4, "completion_tokens": 10, "total_tokens": 14,
                        "completion_tokens_details": {"reasoning_tokens": 11}})  # fmt: skip

    assert (usage.output_text, usage.reasoning) == (0, 10)


def test_other_name_of_cache_hits() -> None:
    """A host that reports cache hits at the top level is understood."""
    usage = read_usage({"prompt_tokens": 10, "completion_tokens": 1, "prompt_cache_hit_tokens": 8})

    assert (usage.input_uncached, usage.cache_read) == (2, 8)
