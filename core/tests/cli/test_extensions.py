"""`geppetto extensions`."""

import json
import subprocess
from collections.abc import Callable

Geppetto = Callable[..., subprocess.CompletedProcess[str]]

CODEC = """
from geppetto import ExtensionCodec
from geppetto.plugins import hookimpl

SCHEMA = {"type": "object", "properties": {"city": {"type": "string"}}}

@hookimpl
def geppetto_extension_codecs():
    return [ExtensionCodec("acme.place@v1", schema=SCHEMA, display_name="Place")]
"""


def test_the_keys_of_codecs_and_of_middlewares_are_listed_with_their_schemas(
    geppetto: Geppetto, install: Callable[..., None]
) -> None:
    """A key that nobody has is answered with the nearest one."""
    install("acme", "[geppetto.codecs]\nacme.place@v1 = acme_place\n", acme_place=CODEC)

    rows = json.loads(geppetto("extensions", "list", "--json").stdout)
    plain = geppetto("extensions", "list")
    schema = geppetto("extensions", "schema", "acme.place@v1")
    wrong = geppetto("extensions", "schema", "acme.plce@v1")

    assert {"key": "acme.place@v1", "display_name": "Place", "description": ""} in rows
    assert "middleware.systemprompt_config@v1" in {row["key"] for row in rows}
    assert "acme.place@v1" in plain.stdout
    assert json.loads(schema.stdout)["properties"] == {"city": {"type": "string"}}
    assert (wrong.returncode, "acme.place@v1" in wrong.stderr) == (3, True)
