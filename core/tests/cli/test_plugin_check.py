"""`geppetto plugins check` tells people and machines whether a plugin keeps the rules."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable

Install = Callable[..., None]
Geppetto = Callable[..., subprocess.CompletedProcess[str]]

GOOD = """
from geppetto.engine import EngineFactory
from geppetto.plugins import hookimpl

@hookimpl
def geppetto_engine_factories():
    return [EngineFactory("good", lambda settings, deps: None)]
"""


def test_a_good_plugin_ends_with_0(geppetto: Geppetto, install: Install) -> None:
    """The page says so, and how long it took."""
    install("acme-good", "[geppetto.engines]\ngood = good_plugin\n", good_plugin=GOOD)

    done = geppetto("plugins", "check", "acme-good", "--import-ms", "60000")

    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("acme-good 1.0 keeps the rules: engine:good\nloaded good_plugin in ")


def test_a_bad_plugin_ends_with_1(geppetto: Geppetto, install: Install) -> None:
    """People read the finding with its next step; JSON holds nothing else, whatever the plugin prints."""
    install(
        "acme-loud", "[geppetto.engines]\ngood = loud_plugin\n", loud_plugin="print('\\x1b[2Jloud')\n" + GOOD
    )

    page, data = (
        geppetto("plugins", "check", "acme-loud"),
        geppetto("plugins", "check", "acme-loud", "--json"),
    )

    found = json.loads(data.stdout)
    assert (page.returncode, data.returncode) == (1, 1)
    assert r"error: loud_plugin: loading it writes to the terminal: \x1b[2Jloud (prints)" in page.stdout
    assert "next:  write to a logger of your own" in page.stdout
    assert [(each["code"], each["level"]) for each in found["findings"] if each["code"] != "slow"] == [
        ("prints", "error")
    ]
    assert found["ok"] is False


def test_an_unknown_name_is_an_error(geppetto: Geppetto) -> None:
    """A name of nobody ends with the code of plugins that are not found."""
    done = geppetto("plugins", "check", "acme-nowhere")

    assert done.returncode == 3
    assert "PLUGIN_NOT_FOUND" in done.stderr
