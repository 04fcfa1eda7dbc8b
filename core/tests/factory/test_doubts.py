"""Names in a profile that nobody here knows."""

from typing import Any

import pytest
from geppetto import Host
from geppetto.factory.doubts import doubts, ignored
from geppetto.profile import read_profile

_NONE: dict[str, Any] = {
    "policy": {"allowed_override_keys": ["system_prompt"]},
    "runtime": {
        "tools": ["Calculator"],
        "step_settings_patch": {
            "engine": {"name": "echo"},
            "inference": {"temperature": 1},
            "settings": {"reply": "hi"},
            "claude-chat": {"claude-api-key": "k"},
        },
    },
}


def _doubts(host: Host, **profile: Any) -> list[str]:
    return doubts(host.offered, read_profile({"slug": "p", **profile}))


def test_a_good_profile_raises_none(plain_host: Host) -> None:
    """Sections of other vendors belong to Go profiles; names may be spelled as everywhere."""
    assert _doubts(plain_host, **_NONE) == []
    assert _doubts(plain_host) == []


@pytest.mark.parametrize(
    ("profile", "doubt"),
    [
        ({"runtime": {"step_settings_patch": {"engin": {"name": "echo"}}}}, "the section 'engin'; did you mean engine?"),
        ({"runtime": {"step_settings_patch": {"engine": {"name": "ecko"}}}}, "the engine 'ecko'; did you mean echo?"),
        ({"runtime": {"step_settings_patch": {"inference": {"temprature": 1}}}}, "the inference option 'temprature'; did you mean temperature?"),
        ({"policy": {"allowed_override_keys": ["system_promt"]}}, "the override key 'system_promt'; did you mean system_prompt?"),
        ({"policy": {"denied_override_keys": ["xyz"]}}, "the override key 'xyz'"),
        ({"runtime": {"tools": ["calcu"]}}, "the tool 'calcu'; did you mean calculator?"),
    ],
)  # fmt: skip
def test_each_unknown_name_is_one(plain_host: Host, profile: dict[str, Any], doubt: str) -> None:
    """With the name that is most like it."""
    assert _doubts(plain_host, **profile) == [f"nobody here knows {doubt}"]


def test_what_a_run_leaves_out_says_what_may_be_meant() -> None:
    """Of a section; a field of a known one has another reason."""
    assert ignored(["engin", "ai-chat.ai-cache"], "demo") == [
        "engin means nothing to the engine demo; did you mean engine?",
        "ai-chat.ai-cache means nothing to the engine demo",
    ]
