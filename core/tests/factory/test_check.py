"""A profile is looked at before it is written: what is wrong is named by its field."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from geppetto import ExtensionCodec, Host, MiddlewareDefinition
from geppetto.errors import ProfileInvalid
from geppetto.factory.check import checked_profile
from geppetto.profile import read_profile

Hosted = Callable[..., Host]
Make = Callable[..., MiddlewareDefinition]
KEY = "acme.limit@v1"
SCHEMA = {"type": "object", "properties": {"n": {"type": "integer"}}, "additionalProperties": False}


def _decode(value: Any) -> int:
    if value.get("n") == 13:
        msg = "unlucky"
        raise ValueError(msg)
    return int(value.get("n", 0))


@pytest.fixture
def host(hosted: Hosted, middleware: Make) -> Host:
    """A host with a middleware `m`, a codec, and a schema of the application's own."""
    return hosted(
        middleware_definitions=[middleware("m")],
        extension_codecs=[ExtensionCodec(KEY, SCHEMA, decode=_decode, encode=lambda n: {"n": n})],
        extension_schemas={"app.list@v1": {"type": "array", "items": {"type": "string"}}},
    )


def _profile(*middlewares: Any, **extensions: Any) -> Any:
    return read_profile(
        {"slug": "mine", "runtime": {"middlewares": list(middlewares)}, "extensions": extensions}
    )


@pytest.mark.parity(346, 347)
@pytest.mark.parametrize(
    ("profile", "field", "code", "words"),
    [
        (_profile({"name": "m"}, {"name": "mm"}), "runtime.middlewares[1].name", "MIDDLEWARE_NOT_FOUND", "no middleware 'mm'"),
        (_profile({"name": "m", "id": "a", "config": {"times": "x"}}), "runtime.middlewares[0].config", "SCHEMA_VALIDATION_FAILED", "m#a: /times: 'x' is not of type 'integer'"),
        (_profile({"name": "m", "config": {"tmes": 1}}), "runtime.middlewares[0].config", "SCHEMA_VALIDATION_FAILED", "no key 'tmes'"),
        (_profile(**{KEY: {"n": "x"}}), f"profile.extensions[{KEY}]", "PROFILE_INVALID", "/n: 'x' is not of type 'integer'"),
        (_profile(**{KEY: {"n": 13}}), f"profile.extensions[{KEY}]", "PROFILE_INVALID", "unlucky"),
        (_profile(**{KEY: "text"}), f"profile.extensions[{KEY}]", "PROFILE_INVALID", "'text' is not of type 'object'"),
        (_profile(**{"app.list@v1": [1]}), "profile.extensions[app.list@v1]", "PROFILE_INVALID", "1 is not of type 'string'"),
        (_profile(**{"app.list@v1": {"a": 1}}), "profile.extensions[app.list@v1]", "PROFILE_INVALID", ""),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named_by_its_field(
    host: Host, profile: Any, field: str, code: str, words: str
) -> None:
    """With a code, and what would fit."""
    with pytest.raises(ProfileInvalid) as caught:
        checked_profile(host.offered, profile)

    assert (caught.value.field, caught.value.code) == (field, code)
    assert words in str(caught.value)


def test_what_fits_is_kept(host: Host) -> None:
    """A middleware that is switched off may be missing; extensions come as their codec writes them."""
    profile = _profile(
        {"name": "M", "config": {"times": 2}},
        {"name": "gone", "enabled": False},
        **{KEY: {}, "app.list@v1": ["a"], "nobody.knows@v1": {"a": [1]}},
    )

    found = checked_profile(host.offered, profile)

    assert found.runtime == profile.runtime
    assert found.extensions == {KEY: {"n": 0}, "app.list@v1": ["a"], "nobody.knows@v1": {"a": [1]}}
