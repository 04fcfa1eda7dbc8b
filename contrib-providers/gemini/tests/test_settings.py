import json
import re

import pytest
from geppetto.provider import ModelRules
from geppetto_provider_gemini.origin import PACKAGE, gemini_origin
from geppetto_provider_gemini.settings import GeminiSettings
from pydantic import ValidationError

HOME = "https://generativelanguage.googleapis.com/v1beta"


@pytest.mark.parametrize(
    "wrong",
    [{"n": 2}, {"temperature": 3}, {"api_version": "v2"}, {"thinking_budget": 1}, {"reasoning_budget": -2},
     {"function_calling_mode": "ANY"}],
)  # fmt: skip
def test_unknown_and_wrong_settings_are_refused(wrong: dict[str, object]) -> None:
    """A setting that does not exist here, or has no such value, is an error."""
    with pytest.raises(ValidationError):
        GeminiSettings.model_validate(wrong)


def test_every_setting_is_described() -> None:
    """The JSON Schema, which is the reference, describes every field."""
    schema = GeminiSettings.model_json_schema()

    assert [name for name, field in schema["properties"].items() if not field.get("description")] == []
    assert schema["additionalProperties"] is False


def test_the_key_is_never_shown() -> None:
    """Neither the representation nor a dump holds the key."""
    settings = GeminiSettings.model_validate({"api_key": "AIzaVerySecret"})

    shown = repr(settings) + settings.model_dump_json() + json.dumps(settings.model_dump())

    assert "VerySecret" not in shown


def test_the_rules_of_models_are_dated_and_complete() -> None:
    """The file says when it was written, and every setting that it refuses exists."""
    rules = ModelRules.load(PACKAGE)
    refused = {name for rule in rules.rules for name in rule.get("refuses", {})}

    assert re.fullmatch(r"\d{4}-\d\d-\d\d", rules.dated)
    assert refused <= set(GeminiSettings.model_fields)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("gemini-3-flash", "gemini-3.1-pro-preview", True),
        ("gemini-3-flash", "models/gemini-pro-latest", True),
        ("gemini-2.5-pro", "gemini-2.5-flash", True),
        ("gemini-2.5-pro", "gemini-3-pro-preview", False),
        ("gemini-2.0-flash", "gemini-2.5-flash", False),
        ("gemma-3-27b-it", "gemma-3-4b-it", False),
    ],
)
def test_families(one: str, other: str, same: bool) -> None:
    """Models of one generation share an origin; unknown ones are alone."""
    assert (gemini_origin(HOME, one).tagged() == gemini_origin(HOME, other).tagged()) is same
