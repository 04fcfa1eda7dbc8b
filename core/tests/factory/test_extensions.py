"""Extensions: payloads under typed keys, checked by their schema and decoded by the codec that owns the key."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from geppetto import ExtensionCodec, Host
from geppetto.config import Layer
from geppetto.config.document import Document
from geppetto.errors import ConfigError
from geppetto.factory.extensions import resolve_extensions

Hosted = Callable[..., Host]
KEY = "acme.limit@v1"
SCHEMA = {
    "type": "object",
    "properties": {"n": {"type": "integer", "default": 1}},
    "additionalProperties": False,
}


def _decode(value: Any) -> Any:
    if value["n"] < 0:
        msg = "below zero"
        raise ValueError(msg)
    return ("limit", value["n"])


CODEC = ExtensionCodec(KEY, SCHEMA, decode=_decode, encode=lambda value: {"n": value[1]})


def _said(layer: Layer, payload: Any, key: str = KEY) -> Document:
    return Document(layer.label, layer, {"extensions": {key: payload}}, "f.yaml", {f"/extensions/{key}": 4})


def test_a_payload_is_merged_checked_and_decoded(hosted: Hosted) -> None:
    """Layers merge by key, texts are none of this; the codec gets what fits its schema."""
    host = hosted(extension_codecs=[CODEC])

    parts, payloads = resolve_extensions(
        host.offered, [_said(Layer.PROFILE, {"n": 2}), _said(Layer.FLAGS, {"n": 3})]
    )
    _, defaulted = resolve_extensions(host.offered, [_said(Layer.PROFILE, {})])

    assert payloads == {KEY: ("limit", 3)}
    assert parts[f"/extensions/{KEY}"].value == {"n": 3}
    assert defaulted == {KEY: ("limit", 1)}


@pytest.mark.parametrize(
    ("payload", "code", "words"),
    [
        ({"n": "x"}, "SCHEMA_VALIDATION_FAILED", "extension acme.limit@v1: /n: 'x' is not of type 'integer'"),
        ({"m": 1}, "UNKNOWN_KEY", "extension acme.limit@v1 has no key 'm'"),
        ({"n": -1}, "EXTENSION_INVALID", r"profile.extensions\[acme.limit@v1\]: decode failed: ValueError: below zero"),
        ("text", "SCHEMA_VALIDATION_FAILED", "'text' is not of type 'object'"),
    ],
)  # fmt: skip
def test_a_payload_that_does_not_fit(hosted: Hosted, payload: Any, code: str, words: str) -> None:
    """The key, the path and the source are named."""
    host = hosted(extension_codecs=[CODEC])

    with pytest.raises(ConfigError, match=words) as caught:
        resolve_extensions(host.offered, [_said(Layer.PROFILE, payload)])

    assert caught.value.code == code


@pytest.mark.parametrize("payload", [{"any": {"thing": [1]}}, "text", 3, [1, 2], None, True])
def test_what_nobody_has_a_codec_for_is_kept(hosted: Hosted, payload: Any) -> None:
    """A profile may carry what other programs read, of any shape."""
    host = hosted(extension_codecs=[])

    _, payloads = resolve_extensions(host.offered, [_said(Layer.PROFILE, payload)])

    assert payloads == {KEY: payload}


def test_what_is_no_object_replaces_what_is_below(hosted: Hosted) -> None:
    """The higher layer's payload is the one that counts."""
    host = hosted(extension_codecs=[])

    _, payloads = resolve_extensions(
        host.offered, [_said(Layer.PROFILE, {"a": 1}), _said(Layer.FLAGS, "text")]
    )

    assert payloads == {KEY: "text"}


def test_the_applications_schema_stands_for_a_codecs(hosted: Hosted) -> None:
    """`extension_schemas` of the host win."""
    mine = {"type": "object", "properties": {"n": {"type": "integer", "maximum": 5}}}
    host = hosted(extension_codecs=[CODEC], extension_schemas={KEY: mine})

    with pytest.raises(ConfigError, match="9 is greater than the maximum of 5"):
        resolve_extensions(host.offered, [_said(Layer.PROFILE, {"n": 9})])
