import json

import pytest
from geppetto_provider_openai.settings import OpenAISettings
from pydantic import ValidationError


@pytest.mark.parametrize(
    ("model", "role"),
    [
        ("gpt-4o-mini", "system"),
        ("o3-mini", "developer"),
        ("gpt-5.1", "developer"),
        ("openai/gpt-5", "developer"),
        ("openai/gpt-oss-120b", "system"),
        ("claude-sonnet", "system"),
    ],
)
def test_role_of_system_text(model: str, role: str) -> None:
    """Reasoning models read `developer`, the others `system`."""
    assert OpenAISettings().role_of_system(model) == role


def test_the_role_can_be_set() -> None:
    """A set role wins over what the model's name suggests."""
    assert OpenAISettings(system_role="system").role_of_system("o1") == "system"


@pytest.mark.parametrize("wrong", [{"n": 2}, {"thinking": {}}, {"temperature": 3}, {"max_tokens_field": "x"}])
def test_unknown_and_wrong_settings_are_refused(wrong: dict[str, object]) -> None:
    """A setting that does not exist here, or has no such value, is an error."""
    with pytest.raises(ValidationError):
        OpenAISettings.model_validate(wrong)


def test_every_setting_is_described() -> None:
    """The JSON Schema, which is the reference, describes every field."""
    schema = OpenAISettings.model_json_schema()

    assert [name for name, field in schema["properties"].items() if not field.get("description")] == []
    assert schema["additionalProperties"] is False


def test_the_key_is_never_shown() -> None:
    """Neither the representation nor a dump holds the key."""
    settings = OpenAISettings.model_validate({"api_key": "sk-verysecret"})

    shown = repr(settings) + settings.model_dump_json() + json.dumps(settings.model_dump())

    assert "verysecret" not in shown
    assert settings.api_key is not None
    assert settings.api_key.reveal() == "sk-verysecret"
