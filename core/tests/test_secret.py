"""A secret can be used, and shows itself nowhere."""

import copy
import json
import logging
import pickle

import pytest
from geppetto import Secret
from pydantic import BaseModel, ConfigDict

VALUE = "sk-canary-0123456789"


@pytest.mark.parity(92)
def test_no_way_of_showing_a_secret_shows_it(caplog: pytest.LogCaptureFixture) -> None:
    """repr, str, format and logging give stars."""
    secret = Secret(VALUE)

    logging.getLogger("x").warning("key %s %r", secret, [secret])
    shown = f"{secret} {secret!r} {secret:>50} {[secret]} {caplog.text}"

    assert VALUE not in shown
    assert secret.reveal() == VALUE


def test_a_secret_cannot_be_stored_or_copied() -> None:
    """pickle, JSON and copies refuse."""
    secret = Secret(VALUE)

    for attempt in (lambda: pickle.dumps(secret), lambda: copy.deepcopy(secret), lambda: json.dumps(secret)):
        with pytest.raises(TypeError):
            attempt()


def test_secrets_are_not_equal_by_value() -> None:
    """Comparing cannot tell a guess from the truth."""
    assert Secret(VALUE) != Secret(VALUE)
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
