"""The end of a resolution: what does not fit is named with its source, and shows no secret."""

from typing import Any, Literal

import pytest
from geppetto import Secret
from geppetto.config import Layer, Source, resolve
from geppetto.errors import ConfigError
from pydantic import BaseModel, Field, SecretStr, model_validator

CANARY = "canary'\\n0123"
KEY = {"type": "string", "writeOnly": True}


def _source(values: dict[str, Any]) -> Source:
    lines = {"/" + key: number for number, key in enumerate(values, 1)}
    return Source("config", Layer.CONFIG_FILE, values, file="g.yaml", lines=lines)


def _refusal(config: Any, values: dict[str, Any]) -> ConfigError:
    with pytest.raises(ConfigError) as caught:
        resolve(config, [_source(values)], subject="engine x")
    return caught.value


@pytest.mark.parametrize(
    "schema",
    [
        {"properties": {"k": {**KEY, "maxLength": 3}}},
        {"properties": {"k": {**KEY, "pattern": "^sk-"}}},
        {"properties": {"k": {**KEY, "enum": ["a"]}}},
        {"properties": {"k": KEY}, "maxProperties": 0},
        {"properties": {"k": KEY}, "not": {}},
        {"properties": {"k": KEY}, "anyOf": [{"required": ["z"]}]},
        {"properties": {"k": {"type": "integer", "writeOnly": True}}},
    ],
)
def test_no_message_of_a_schema_shows_a_secret(schema: dict[str, Any]) -> None:
    """The value at fault may be the secret, or an object that holds it."""
    error = _refusal(schema, {"k": CANARY})

    shown = f"{error} {error.to_json()} {error.__cause__!r} {error.__context__!r}"
    assert "canary" not in shown
    assert "does not fit its schema" in str(error)


class Inner(BaseModel):
    """A part of settings."""

    url: str = "u"
    key: Secret = Secret("default")


class Settings(BaseModel):
    """Settings of a stranger's engine."""

    mode: Literal["a", "b"] = "a"
    count: int | bool = 1
    key: Secret | None = None
    plain: SecretStr | None = None
    inner: Inner = Inner()
    many: list[Inner] = Field(default_factory=list)

    @model_validator(mode="after")
    def _refuse(self) -> "Settings":
        if self.key is not None and self.mode == "b":
            msg = f"no key in mode b, got {self.key.reveal()} or {self.key.reveal()!r}"
            raise ValueError(msg)
        return self


def test_no_message_of_a_model_shows_a_secret() -> None:
    """Not even when a validator of its own is careless; the input does not hang on the error."""
    error = _refusal(Settings, {"mode": "b", "key": CANARY})

    assert "no key in mode b, got ***" in str(error)
    assert "canary" not in f"{error} {error.to_json()} {error.__cause__!r} {error.__context__!r}"


def test_secrets_reach_the_model_and_its_own_defaults_stay() -> None:
    """Our type and pydantic's; a default that its schema shows as stars is the real one."""
    _, settings = resolve(Settings, [_source({"key": "k", "plain": "p", "many": [{"key": "m"}]})])

    assert settings.key.reveal() == "k"
    assert settings.plain.get_secret_value() == "p"
    assert settings.many[0].key.reveal() == "m"
    assert settings.inner.key.reveal() == "default"
    assert resolve(Inner, [])[1].key.reveal() == "default"


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"mode": "c"}, r"engine x: /mode: .*'a' or 'b' \(from config \(g.yaml:1\)\)"),
        ({"count": "x"}, r"/count: .*valid integer.* \(from config \(g.yaml:1\)\); /count: .*boolean"),
        ({"many": [{}, {"url": 3}]}, r"/many/1/url: .*string \(from config \(g.yaml:1\)\)"),
    ],
)
def test_a_misfit_of_a_model_has_the_path_of_the_value(values: dict[str, Any], message: str) -> None:
    """Names that unions put into a location are left out; an item stands where its list stands."""
    with pytest.raises(ConfigError, match=message):
        resolve(Settings, [_source(values)], subject="engine x")


@pytest.mark.parametrize(
    ("schema", "values", "message"),
    [
        ({"properties": {"m": {"additionalProperties": {"type": "integer"}}}}, {"m": {"a/b": "x"}}, "/m/a~1b: 'x'"),
        ({"properties": {"l": {"type": "array", "items": {"type": "string"}}}}, {"l": ["a", 3]}, "/l/1: 3 is not"),
        ({"properties": {"o": {"type": "string"}}}, {"o": {"x": {"y": 1}}}, "/o: {'x': {'y': 1}} is not"),
    ],
)  # fmt: skip
def test_a_misfit_of_a_schema_has_path_file_and_line(
    schema: dict[str, Any], values: dict[str, Any], message: str
) -> None:
    """Also inside lists, under keys with slashes, and where an object stands for a text."""
    error = _refusal(schema, values)

    assert message in str(error)
    assert "(from config (g.yaml:1))" in str(error)
    assert error.details["problems"][0]["path"] == error.subject


@pytest.mark.parity(354)
@pytest.mark.parametrize(
    ("values", "path", "kind"),
    [
        ({"level": "loud", "x": 1}, "/level", "string"),
        ({"level": "low"}, "/", "object"),
        ({"x": 1, "many": [1, "a"]}, "/many/1", "integer or null"),
    ],
)
def test_a_misfit_names_the_type_that_its_schema_has(values: dict[str, Any], path: str, kind: str) -> None:
    """Also where a choice or a missing key is what is wrong."""
    schema = {
        "type": "object",
        "properties": {
            "level": {"type": "string", "enum": ["low"]},
            "x": {},
            "many": {"type": "array", "items": {"type": ["integer", "null"]}},
        },
        "required": ["x"],
    }

    [problem] = _refusal(schema, values).details["problems"]

    assert (problem["path"], problem["type"]) == (path, kind)


def test_a_missing_key_is_named_beside_a_secret() -> None:
    """Names of keys are no secrets."""
    schema = {"properties": {"k": KEY, "url": {}}, "required": ["url"]}

    assert "'url' is a required property" in str(_refusal(schema, {"k": CANARY}))


@pytest.mark.parametrize("schema", [{"minProperties": 1}, {"required": ["a"], "properties": {"a": {}}}])
def test_no_values_at_all_are_judged_too(schema: dict[str, Any]) -> None:
    """An empty configuration can be wrong."""
    with pytest.raises(ConfigError):
        resolve(schema, [])


@pytest.mark.parametrize(
    "schema",
    [
        {"properties": {"a": {"type": "intger"}}},
        {"properties": {"a": {"$ref": "http://127.0.0.1:9/x"}}},
        {"properties": {"a": {"pattern": "("}}},
    ],
)
def test_a_broken_schema_is_an_error_of_ours_and_leads_nowhere_else(schema: dict[str, Any]) -> None:
    """A plugin's schema is not fetched from the network, and its author reads what is wrong."""
    error = _refusal(schema, {"a": "x"})

    assert error.code == "SCHEMA_INVALID"
    assert "engine x: its JSON Schema cannot be used" in str(error)


def test_what_a_build_gets_is_its_own() -> None:
    """Editing it changes neither the resolution nor the source."""
    given = {"l": ["a"]}

    resolved, value = resolve({"properties": {"l": {"type": "array"}}}, [_source(given)])
    value["l"].append("b")

    assert resolved.value == {"l": ["a"]} == given
    assert resolved.history["/l"][0].value == ["a"]
