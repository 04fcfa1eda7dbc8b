"""Registry files."""

from __future__ import annotations

import pytest
from geppetto.errors import DecodeError, ProfileInvalid
from geppetto.profile import decode_registry, encode_registry

GO_FILE = """
slug: provider-openai
display_name: OpenAI
profiles:
  default:
    slug: default
    display_name: OpenAI default
    runtime:
      step_settings_patch:
        ai-chat:
          ai-api-type: openai
          ai-engine: gpt-4o-mini
        api:
          api_keys:
            openai-api-key: sk-file
  fast:
    stack:
      - profile_slug: default
    runtime:
      system_prompt: Be quick.
    extensions:
      acme.note@v1: {a: 1}
"""


def test_a_file_of_the_go_library_loads_unmodified() -> None:
    """Its sections are kept as they are; the profile `default` is the default."""
    found = decode_registry(GO_FILE)

    assert found is not None
    assert (found.slug, found.default_profile, sorted(found.profiles)) == (
        "provider-openai",
        "default",
        ["default", "fast"],
    )
    assert found.profiles["default"].runtime.settings["ai-chat"]["ai-engine"] == "gpt-4o-mini"
    assert decode_registry(encode_registry(found)) == found


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("slug: r\nprofiles:\n  a:\n    runtim: {}\n", 4),
        (
            "slug: r\nprofiles:\n  a:\n    runtime:\n      middlewares:\n        - name: x\n        - name: ''\n",
            7,
        ),
        ("slug: r\nprofiles:\n  a:\n    stack: [{profile_slug: gone}]\n", 4),
        ("profiles: {}\n", 1),
        ("\nslug: r\ndefault_profile_slug: gone\nprofiles: {a: {}}\n", 3),
    ],
)
def test_what_is_wrong_has_file_and_line(text: str, line: int) -> None:
    """That of the field, or of what stands around it."""
    with pytest.raises(ProfileInvalid, match=rf" \(team.yaml:{line}\)$") as caught:
        decode_registry(text, "team.yaml")

    assert caught.value.details == {"file": "team.yaml", "line": line}
    assert caught.value.message.startswith("validation error (registry")


def test_the_default_survives_a_file() -> None:
    """It is written where a reader would find another one."""
    named = decode_registry("slug: r\ndefault_profile_slug: b\nprofiles: {a: {}, b: {}}")
    first = decode_registry("slug: r\nprofiles: {b: {}, a: {}}")

    assert named is not None
    assert first is not None
    assert (named.default_profile, first.default_profile) == ("b", "a")
    assert decode_registry(encode_registry(named)) == named
    assert "default_profile_slug" in encode_registry(named)
    assert "default_profile_slug" not in encode_registry(first)


@pytest.mark.parametrize("text", ["", "  \n", "# nothing\n", "null"])
def test_an_empty_file_is_no_registry(text: str) -> None:
    """And no error."""
    assert decode_registry(text) is None


@pytest.mark.parametrize(
    ("text", "field", "reason"),
    [
        ("registries: []", "registry", "single registry document"),
        ("a: {ai-chat: {}}", "registry", "legacy profile-map format"),
        ("profiles: {}", "registry.slug", "must be set"),
        (
            "slug: r\ndefault_profile_slug: x\nprofiles: {a: {}}",
            "registry.default_profile_slug",
            "does not exist",
        ),
        (
            "slug: r\nprofiles: {a: {stack: [{profile_slug: b}]}}",
            "registry.profiles[a].stack[0]",
            '"b" not found',
        ),
        ("slug: r\nprofiles: {a: 1}", "registry.profiles[a]", "an object"),
    ],
)
def test_what_is_no_registry_is_refused(text: str, field: str, reason: str) -> None:
    """With the path, and for old formats with what to do."""
    with pytest.raises(ProfileInvalid, match=reason) as caught:
        decode_registry(text)

    assert caught.value.field == field


def test_a_reference_to_another_registry_is_somebody_elses_business() -> None:
    """One file cannot know the others."""
    assert (
        decode_registry("slug: r\nprofiles: {a: {stack: [{registry_slug: other, profile_slug: b}]}}")
        is not None
    )


def test_what_is_no_yaml_is_told_with_line_and_column() -> None:
    """And the file."""
    with pytest.raises(DecodeError, match=r"team\.yaml.*line 1"):
        decode_registry("a: [", "team.yaml")
    with pytest.raises(DecodeError, match="expected an object"):
        decode_registry("- 1")
