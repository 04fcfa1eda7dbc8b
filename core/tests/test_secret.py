"""A secret can be used, and shows itself nowhere."""

import copy
import json
import logging
import pickle
from collections.abc import Callable
from typing import Any

import pytest
from geppetto import Secret
from pydantic import BaseModel, ConfigDict, ValidationError

VALUE = "sk-canary-0123456789"


@pytest.mark.parity(92)
def test_no_way_of_showing_a_secret_shows_it(caplog: pytest.LogCaptureFixture) -> None:
    """repr, str, format and logging give stars."""
    secret = Secret(VALUE)

    logging.getLogger("x").warning("key %s %r", secret, [secret])
    shown = f"{secret} {secret!r} {secret:>50} {[secret]} {caplog.text}"

    assert VALUE not in shown
    assert secret.reveal() == VALUE


@pytest.mark.parametrize("attempt", [pickle.dumps, json.dumps, lambda secret: secret.__getstate__(), vars])
def test_a_secret_cannot_be_stored(attempt: Callable[[Secret], object]) -> None:
    """pickle, JSON and whoever asks for the state are refused, without the value."""
    with pytest.raises(TypeError) as caught:
        attempt(Secret(VALUE))

    assert VALUE not in str(caught.value)


def test_a_copied_secret_is_the_same_one() -> None:
    """It cannot change, so settings that hold one can be copied, and a copy tells no more."""
    settings = Settings(key=Secret(VALUE))

    copied = settings.model_copy(deep=True)

    assert copied.key is settings.key
    assert copy.copy(settings.key) is settings.key


@pytest.mark.parametrize("value", [None, 5, b"key", Secret("x")])
def test_a_secret_holds_text_only(value: Any) -> None:
    """Anything else is refused, and not shown."""
    with pytest.raises(TypeError, match=f"holds text, not {type(value).__name__}"):
        Secret(value)


def test_secrets_are_not_equal_by_value() -> None:
    """Comparing cannot tell a guess from the truth."""
    assert Secret(VALUE) != Secret(VALUE)
    assert len({Secret(VALUE), Secret(VALUE)}) == 2
    assert not Secret("")


class Settings(BaseModel):
    """Settings with a key."""

    model_config = ConfigDict(extra="forbid")
    key: Secret | None = None


def test_settings_models_take_texts_and_dump_stars() -> None:
    """A pydantic field wraps text, keeps a secret, and never dumps the value."""
    settings = Settings.model_validate({"key": VALUE})

    assert isinstance(settings.key, Secret)
    assert Settings(key=settings.key).key is settings.key
    assert VALUE not in settings.model_dump_json() + str(settings.model_dump()) + repr(settings)
    assert '"writeOnly": true' in json.dumps(Settings.model_json_schema())


def test_the_schema_of_a_secret_field_says_that_it_is_written_only() -> None:
    """A form shows a password field; a default that is a secret stands there as stars."""

    class WithDefault(BaseModel):
        key: Secret = Secret(VALUE)

    field = WithDefault.model_json_schema()["properties"]["key"]

    assert (field["type"], field["format"], field["writeOnly"], field["default"]) == (
        "string",
        "password",
        True,
        "***",
    )
    assert WithDefault().key.reveal() == VALUE


@pytest.mark.parametrize("value", [5, ["x"], {"a": "b"}])
def test_a_secret_field_takes_no_other_type(value: object) -> None:
    """A model refuses what is neither text nor Secret."""
    with pytest.raises(ValidationError, match="key"):
        Settings.model_validate({"key": value})
