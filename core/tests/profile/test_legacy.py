"""Old profile files."""

from typing import Any

import pytest
from geppetto.errors import ProfileInvalid
from geppetto.profile import encode_registry
from geppetto.profile.documents import decode_registry
from geppetto.profile.legacy import form_of, registry_of_map

OLD = {
    "default": {"openai-chat": {"openai-api-key": "k"}},
    "fast": {"ai-chat": {"ai-engine": "m"}},
    "bare": None,
}


@pytest.mark.parametrize(
    ("found", "form"),
    [
        (None, "empty"),
        ({}, "empty"),
        ([1], "invalid"),
        ({"a": 1}, "invalid"),
        ({"a": {"section": "text"}}, "invalid"),
        ({"registries": {}}, "bundle"),
        ({"slug": "a", "profiles": {}}, "registry"),
        ({"profiles": {}}, "registry"),
        (OLD, "legacy-map"),
        ({"slug": {"ai-chat": {}}}, "legacy-map"),
    ],
)
def test_a_file_is_told_by_what_is_in_it(found: Any, form: str) -> None:
    """A profile may even be called `slug`."""
    assert form_of(found) == form


def test_each_name_of_a_map_becomes_a_profile_with_its_sections() -> None:
    """And the file can be read as any other registry."""
    made = decode_registry(encode_registry(registry_of_map(OLD, "old")))

    assert made is not None
    assert (made.slug, made.default_profile, sorted(made.profiles)) == (
        "old",
        "default",
        ["bare", "default", "fast"],
    )
    assert dict(made.profiles["fast"].runtime.settings) == {"ai-chat": {"ai-engine": "m"}}


def test_a_name_that_is_no_slug_is_named() -> None:
    """Before anything is written."""
    with pytest.raises(ProfileInvalid, match="slug"):
        registry_of_map({"not a slug!": {}}, "old")
