"""What a lock holds can be asked by name, in any spelling."""

from __future__ import annotations

from pathlib import Path

import pytest
from geppetto.plugins.locked import Lock, LockedPlugin

PLUGIN = LockedPlugin("Acme.Tools", "1.2", "ab" * 32, offers=("tool:look_up", "tool:sum"))


def test_a_lock_gives_a_plugin_by_any_spelling_of_its_name() -> None:
    """And nothing for a name that only resembles it."""
    lock = Lock(Path("plugins.lock"), {"acme-tools": PLUGIN})

    assert lock.get("ACME_tools") is PLUGIN
    assert lock.get("acme") is None


@pytest.mark.parametrize(
    ("kind", "name", "offered"),
    [
        ("tool", "look_up", True),
        ("tool", "Look-Up", True),
        ("tool", "acme_tools/lookup", True),
        ("tool", "acme/lookup", False),
        ("engine", "look_up", False),
        ("tool", "look", False),
    ],
)
def test_a_locked_plugin_knows_what_it_offered(kind: str, name: str, offered: bool) -> None:
    """By kind and name as a look-up would find it, bare or with the distribution in front."""
    assert PLUGIN.offers_name(kind, name) is offered


def test_the_content_of_the_file_is_plain_json() -> None:
    """With the number of its format, and the version of Geppetto under its name."""
    found = Lock(Path("plugins.lock"), {"acme-tools": PLUGIN}, "0.9").to_json()

    assert (found["version"], found["geppetto"], list(found["plugins"])) == (1, "0.9", ["acme-tools"])
    assert found["plugins"]["acme-tools"]["offers"] == ["tool:look_up", "tool:sum"]
