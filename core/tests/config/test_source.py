"""Sources say where their values stand."""

import pytest
from geppetto import Secret
from geppetto.config import Layer, Source, Step


@pytest.mark.parametrize(
    ("pointer", "place"),
    [
        ("/a", "config (g.yaml:3)"),
        ("/a/b/0", "config (g.yaml:4)"),
        ("/a/c", "config (g.yaml:3)"),
        ("/z", "config (g.yaml)"),
    ],
)
def test_a_place_is_the_nearest_known_line(pointer: str, place: str) -> None:
    """An item of a list is where its list is; what has no line has the file."""
    source = Source("config", Layer.CONFIG_FILE, {}, file="g.yaml", lines={"/a": 3, "/a/b": 4})

    assert source.place(pointer) == place
    assert Source("--set", Layer.FLAGS, {}).place(pointer) == "--set"


def test_layers_are_named_as_in_the_documents() -> None:
    """Low to high."""
    assert [layer.label for layer in Layer] == [
        "schema-defaults",
        "profile",
        "config-file",
        "environment",
        "flags",
        "request",
    ]


def test_a_step_shows_where_a_secret_came_from_and_not_what_it_is() -> None:
    """At any depth of the value."""
    step = Step("keys", Layer.FLAGS, None, {"list": [Secret("canary")]}, "keys (k.json:1)")

    assert step.to_json() == {
        "source": "keys",
        "layer": "flags",
        "value": {"list": ["***"]},
        "place": "keys (k.json:1)",
    }
    assert "canary" not in repr(step)
