"""Profiles as they may be shown, and what becomes of the stars when they are written back."""

from __future__ import annotations

from typing import Any

import pytest
from geppetto.errors import ProfileInvalid
from geppetto.profile.redact import redacted, restored, without_secrets


def _profile(*uses: Any) -> dict[str, Any]:
    return {"slug": "a", "runtime": {"middlewares": list(uses)}}


def _use(label: str, key: str, **config: Any) -> dict[str, Any]:
    name, _, own = label.partition("#")
    return {"name": name, **({"id": own} if own else {}), "config": {"api_key": key, **config}}


def test_secrets_are_left_out_of_what_is_written_down() -> None:
    """At any depth, by the names under which they stand; what only sounds like one stays."""
    value = {
        "apiKey": "k",
        "list": [{"auth_token": "t", "max_tokens": 5}],
        "headers": {"Cookie": "c", "n": 1},
    }

    assert without_secrets(value) == {"list": [{"max_tokens": 5}], "headers": {"n": 1}}


def test_a_profile_that_was_only_shown_comes_back_whole() -> None:
    """Whatever has a secret, two that look the same included; stars that are no secret stay stars."""
    old = _profile(_use("a", "k-1"), _use("a", "k-2"), {"name": "mask", "config": {"by": "***"}}) | {
        "extensions": {
            "acme.x@v1": {
                "urls": ["https://x?key=1", "https://x?key=2"],
                "rows": [{"path": "/api_key"}],
                "n": [1],
            }
        }
    }

    assert restored(redacted(old), old) == old


def test_a_middleware_keeps_its_secret_wherever_it_stands() -> None:
    """By its name and id: others may come before it, go, or change places, and its config may change."""
    old = _profile(_use("a", "k-a"), _use("b", "k-b"), _use("b#x", "k-bx"))

    given = _profile(_use("b#x", "***"), _use("new", "k-new"), _use("b", "***", level=2))

    assert restored(given, old) == _profile(
        _use("b#x", "k-bx"), _use("new", "k-new"), _use("b", "k-b", level=2)
    )


def test_of_middlewares_that_have_one_name_each_is_told_by_all_that_is_shown() -> None:
    """Which is enough while they differ."""
    old = _profile(_use("a", "k-1", n=1), _use("a", "k-2", n=2))

    assert restored(_profile(_use("a", "***", n=2)), old) == _profile(_use("a", "k-2", n=2))


def test_entries_of_other_lists_are_told_by_all_that_is_shown() -> None:
    """They may change places and go; one that has no secret may become anything."""
    old = {"servers": [{"url": "x", "api_key": "k-x"}, {"url": "y", "api_key": "k-y"}, {"url": "z"}]}

    given = {"servers": [{"url": "y", "api_key": "***"}, {"url": "zz"}, {"url": "x", "api_key": "***"}]}

    assert restored(given, old) == {
        "servers": [{"url": "y", "api_key": "k-y"}, {"url": "zz"}, {"url": "x", "api_key": "k-x"}]
    }


TWO = {"servers": [{"url": "x", "api_key": "k-x"}, {"url": "y", "api_key": "k-y"}]}
SAME = {"api_keys": ["k-1", "k-2"], "note": "Bearer k-123456", "urls": ["https://x?key=1", "https://x?key=2"]}


@pytest.mark.parametrize(
    ("given", "old", "field"),
    [
        (_profile(_use("b", "***")), _profile(_use("a", "k")), "runtime.middlewares[0].config.api_key"),
        (
            _profile(_use("a#y", "***")),
            _profile(_use("a#x", "k"), _use("a", "k")),
            "runtime.middlewares[0].config.api_key",
        ),
        (
            _profile(_use("a", "***")),
            _profile(_use("a", "k-1"), _use("a", "k-2")),
            "runtime.middlewares[0].config.api_key",
        ),
        ({"servers": [{"url": "new", "api_key": "***"}]}, TWO, "servers[0].api_key"),
        ({"servers": [TWO["servers"][0], {"url": "x", "api_key": "***", "n": 1}]}, TWO, "servers[1].api_key"),
        ({"api_keys": ["***"]}, SAME, "api_keys[0]"),
        ({"urls": ["https://x?key=***"]}, SAME, "urls[0]"),
        ({"other": redacted(SAME)["note"]}, SAME, "other"),
        ({"api_key": "***"}, {}, "api_key"),
        ({"api_keys": "***"}, {"api_keys": {"a": "k"}}, "api_keys"),
    ],
)
def test_whose_secret_is_not_sure_is_not_guessed(given: Any, old: Any, field: str) -> None:
    """The stars are refused with their place and what to do: nobody gets another one's key."""
    with pytest.raises(ProfileInvalid) as caught:
        restored(given, old)

    assert caught.value.field == field
    assert caught.value.next_step
