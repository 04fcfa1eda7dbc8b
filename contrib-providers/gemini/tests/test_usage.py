from typing import Any

import pytest
from geppetto_provider_gemini.usage import merge_usage, read_usage
from hypothesis import given
from hypothesis import strategies as st


def test_buckets_are_disjoint() -> None:
    """Cached and spoken tokens are taken out of the prompt, which server tools add to; thoughts stand beside."""
    raw = {
        "promptTokenCount": 100, "cachedContentTokenCount": 60, "toolUsePromptTokenCount": 20,
        "candidatesTokenCount": 30, "thoughtsTokenCount": 7, "totalTokenCount": 157,
        "promptTokensDetails": [{"modality": "TEXT", "tokenCount": 70}, {"modality": "AUDIO", "tokenCount": 30}],
        "cacheTokensDetails": [{"modality": "AUDIO", "tokenCount": 10}],
        "candidatesTokensDetails": [{"modality": "AUDIO", "tokenCount": 25}],
    }  # fmt: skip

    usage = read_usage(raw)

    assert (usage.input_uncached, usage.cache_read, usage.input_audio, usage.cache_write) == (
        40,
        60,
        20,
        None,
    )
    assert (usage.output_text, usage.reasoning, usage.output_audio) == (5, 7, 25)
    assert (usage.input, usage.output, usage.total, usage.raw) == (120, 37, 157, raw)


def test_what_is_not_said_stays_unknown() -> None:
    """Absent counts are None, never 0."""
    usage = read_usage({"promptTokenCount": 3, "totalTokenCount": 3})

    assert (usage.input_uncached, usage.cache_read, usage.input_audio) == (3, None, None)
    assert (usage.output_text, usage.reasoning, usage.output_audio, usage.total) == (None, None, None, 3)


@pytest.mark.parametrize(
    ("raw", "inputs", "output"),
    [
        ({"promptTokenCount": 3, "thoughtsTokenCount": 4, "totalTokenCount": 9}, 3, 6),
        ({"candidatesTokenCount": 4, "totalTokenCount": 9}, 5, 4),
        ({"totalTokenCount": 9, "promptTokenCount": 9}, 9, None),
        ({"toolUsePromptTokenCount": 5}, 5, None),
    ],
)
def test_one_missing_count_follows_from_the_total(
    raw: dict[str, Any], inputs: int, output: int | None
) -> None:
    """The vendor's sum is known, so what it left out of the parts is the rest."""
    usage = read_usage(raw)

    assert (usage.input, usage.output) == (inputs, output)


def test_numbered_modalities() -> None:
    """Vertex AI may write its enums as numbers."""
    raw = {"promptTokenCount": 10, "promptTokensDetails": [{"modality": 4, "tokenCount": 6}]}

    assert (read_usage(raw).input_audio, read_usage(raw).input_uncached) == (6, 4)


def test_snapshots_are_never_added() -> None:
    """Each chunk tells the whole so far: the last word on a field counts, null says nothing."""
    known: dict[str, Any] = {}

    merge_usage(known, {"promptTokenCount": 5, "candidatesTokenCount": 1, "totalTokenCount": 6})
    merge_usage(known, {"candidatesTokenCount": 4, "promptTokenCount": None, "totalTokenCount": 9})

    assert known == {"promptTokenCount": 5, "candidatesTokenCount": 4, "totalTokenCount": 9}


_COUNTS = st.integers(0, 50)


@given(
    prompt=_COUNTS, said=_COUNTS, more=st.dictionaries(
        st.sampled_from(["thoughtsTokenCount", "toolUsePromptTokenCount", "cachedContentTokenCount"]), _COUNTS
    ), heard=_COUNTS, cached=_COUNTS, spoken=_COUNTS,
)  # fmt: skip
def test_the_buckets_sum_up_to_the_total(
    prompt: int, said: int, more: dict[str, int], heard: int, cached: int, spoken: int
) -> None:
    """Whatever the details say, even more than there is, the buckets sum up to the vendor's total."""
    total = prompt + said + more.get("thoughtsTokenCount", 0) + more.get("toolUsePromptTokenCount", 0)
    raw = {
        **more, "promptTokenCount": prompt, "candidatesTokenCount": said, "totalTokenCount": total,
        "promptTokensDetails": [{"modality": "AUDIO", "tokenCount": heard}],
        "cacheTokensDetails": [{"modality": "AUDIO", "tokenCount": cached}],
        "candidatesTokensDetails": [{"modality": "AUDIO", "tokenCount": spoken}],
    }  # fmt: skip

    usage = read_usage(raw)

    assert (usage.input or 0) + (usage.output or 0) == usage.total == total
