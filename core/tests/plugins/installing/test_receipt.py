"""A receipt of uv becomes the words that say the same again; the receipts here are ones that uv 0.13 wrote."""

from __future__ import annotations

import pytest
from geppetto.errors import PluginError
from geppetto.plugins.installing.receipt import read_receipt
from geppetto.plugins.installing.requirement import Requirement

RICH = """
[tool]
requirements = [
    { name = "geppetto", extras = ["sqlite"], specifier = "==0.1.0" },
    { name = "geppetto-provider-openai", extras = ["x"], marker = "python_full_version >= '3.1'", specifier = ">=0.1,<0.2" },
    { name = "geppetto-provider-claude", path = "/w/a b/geppetto_provider_claude-0.1.0-py3-none-any.whl" },
    { name = "pl", git = "file:///w/pl?rev=v1" },
    { name = "dir", directory = "/w/dir" },
    { name = "far", url = "https://example.com/far.zip", subdirectory = "in" },
    { name = "jsonschema" },
    { name = "jsonschema" },
    { name = "pl2", editable = "/w/pl2" },
]
python = "3.11"
entrypoints = [
    { name = "geppetto", install-path = "/home/a/.local/bin/geppetto", from = "geppetto" },
    { name = "jsonschema", install-path = "/home/a/.local/bin/jsonschema", from = "jsonschema" },
]

[tool.options]
find-links = ["file:///w/wheels", "file:///w/more"]
prerelease = "allow"
exclude-newer = "2027-01-02T00:00:00Z"
"""


def test_all_of_a_receipt_is_said_again() -> None:
    """Requirements of every origin, executables, the Python and the options are carried along."""
    receipt = read_receipt(RICH, "uv-receipt.toml")

    assert receipt.tool == Requirement("geppetto[sqlite]==0.1.0", "geppetto")
    assert [each.text for each in receipt.extra] == [
        "geppetto-provider-openai[x]>=0.1,<0.2 ; python_full_version >= '3.1'",
        "geppetto-provider-claude @ file:///w/a%20b/geppetto_provider_claude-0.1.0-py3-none-any.whl",
        "pl @ git+file:///w/pl@v1",
        "dir @ file:///w/dir",
        "far @ https://example.com/far.zip#subdirectory=in",
        "/w/pl2",
    ]
    assert [each.name for each in receipt.extra if each.editable] == ["pl2"]
    assert receipt.options == (
        *("--with-executables-from", "jsonschema", "--python", "3.11"),
        *("--find-links", "file:///w/wheels", "--find-links", "file:///w/more"),
        *("--prerelease", "allow", "--exclude-newer", "2027-01-02T00:00:00Z"),
    )
    assert receipt.notes == ()


def test_the_environment_goes_before_the_receipt() -> None:
    """What a variable says now is not said again from the receipt, or it would be overruled."""
    receipt = read_receipt(RICH, "uv-receipt.toml", {"UV_FIND_LINKS", "UV_PRERELEASE"})

    assert "--find-links" not in receipt.options
    assert "--prerelease" not in receipt.options
    assert "--exclude-newer" in receipt.options


def test_options_that_no_word_says_are_told() -> None:
    """An index with a name, and an address that may have a key in it, are notes and no words."""
    text = """[tool]
requirements = [{ name = "geppetto" }]
[tool.options]
index = [{ name = "own", url = "https://example.com" }]
extra-index-url = ["https://me:key@example.com"]
"""

    receipt = read_receipt(text, "uv-receipt.toml")

    assert receipt.options == ()
    assert "index, extra-index-url" in receipt.notes[0]
    assert "key@" not in receipt.notes[0]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (
            '[tool]\nrequirements = [{ name = "g" }]\nconstraints = [{ name = "click", specifier = "<9" }]',
            "constraints",
        ),
        ('[tool]\nrequirements = [{ name = "g" }, { name = "x", moon = "full" }]', "x has moon"),
        ("[tool]\nrequirements = []", "not as expected"),
        ("[tool]\nrequirements = [1]", "not as expected"),
        ("[tool", "not as expected"),
        ("", "not as expected"),
    ],
)
def test_a_receipt_that_cannot_be_said_again_is_refused(text: str, says: str) -> None:
    """What is not understood is not lost: it is an error that says what to do."""
    with pytest.raises(PluginError, match=says) as refused:
        read_receipt(text, "/env/uv-receipt.toml")

    assert (refused.value.code, refused.value.subject) == ("PLUGIN_RECEIPT", "/env/uv-receipt.toml")
    assert "uv tool install" in refused.value.next_step
