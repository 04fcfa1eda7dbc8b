"""Secrets inside configured values."""

import json
from typing import Any

from geppetto import Secret
from geppetto.config import secrets

VALUE: dict[str, Any] = {"a": [Secret("s3cr't"), {"b": Secret("")}], "c": 1}


def test_a_value_is_hidden_revealed_and_copied_at_every_depth() -> None:
    """Containers are new ones, secrets in a copy are the same objects."""
    copied = secrets.copied(VALUE)

    assert secrets.hidden(VALUE) == {"a": ["***", {"b": "***"}], "c": 1}
    assert secrets.revealed(VALUE) == {"a": ["s3cr't", {"b": ""}], "c": 1}
    assert copied["a"][0] is VALUE["a"][0]
    assert copied["a"] is not VALUE["a"]
    assert len(list(secrets.found_in(VALUE))) == 2


def test_a_message_is_scrubbed_of_secrets_however_they_are_written() -> None:
    """Plain and as Python and JSON quote them; an empty secret scrubs nothing."""
    text = "s3cr't"

    assert "s3cr" not in secrets.scrubbed(
        f"bad: {text} and {text!r} and {text + chr(34)!r} and {json.dumps([text])}", VALUE
    )
    assert secrets.scrubbed("abc", Secret("")) == "abc"
