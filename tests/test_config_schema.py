"""The published JSON Schema of geppetto.yaml: an editor that uses it says what the product would say."""

import json
from pathlib import Path
from typing import Any

import pytest
from geppetto import Host
from geppetto.plugins import Kind
from jsonschema import Draft202012Validator

PUBLISHED = Path(__file__).parent.parent / "docs" / "reference" / "geppetto.schema.json"


@pytest.fixture(scope="module")
def validator() -> Draft202012Validator:
    """Give a validator of the file as it is published."""
    schema = json.loads(PUBLISHED.read_text("utf-8"))
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema)


def test_it_knows_what_is_installed(validator: Draft202012Validator) -> None:
    """All engines and middlewares of this repository's packages; `python tests/support/reference.py` writes it."""
    schema: Any = validator.schema
    document = schema["$defs"]["document"]["properties"]

    with Host(env={}) as host:
        engines, middlewares = host.registry.names(Kind.ENGINE), host.registry.names(Kind.MIDDLEWARE)
    assert set(engines) <= set(document["engine"]["enum"])
    assert set(middlewares) <= set(document["middlewares"]["properties"])


@pytest.mark.parametrize(
    "document",
    [
        {},
        {"defaults": {"engine": "openai", "settings": {"model": "gpt-4o", "temperature": 0.2}}},
        {"overrides": {"engine": "groq", "settings": {"model": "m"}, "tools": ["calculator"]}},
        {"overrides": {"middlewares": {"systemPrompt": {"prompt": "Be kind."}}, "system_prompt": None}},
        {"defaults": {"inference": {"max_output_tokens": 100}}},
    ],
)
def test_a_good_file_is_good(validator: Draft202012Validator, document: dict[str, Any]) -> None:
    """Each engine has its own settings; hosts that speak one protocol share them."""
    assert [error.message for error in validator.iter_errors(document)] == []


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ({"engine": "openai"}, "'engine' was unexpected"),
        ({"defaults": {"engine": "nope"}}, "'nope' is not one of"),
        ({"defaults": {"engine": "openai", "settings": {"modle": "m"}}}, "'modle' was unexpected"),
        ({"defaults": {"engine": "groq", "settings": {"temperature": "hot"}}}, "'hot'"),
        ({"overrides": {"middlewares": {"systemPrompt": {"promt": ""}}}}, "'promt' was unexpected"),
    ],
)
def test_a_bad_file_is_bad(validator: Draft202012Validator, document: dict[str, Any], message: str) -> None:
    """Values outside `defaults` and `overrides` as well."""
    assert message in " ".join(str(error) for error in validator.iter_errors(document))
