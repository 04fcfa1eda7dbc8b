"""Paths of files count from the document that they stand in."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from geppetto.config import Layer, Source
from geppetto.config.filepaths import anchored
from pydantic import BaseModel

_PATH = {"type": "string", "format": "path"}
_SCHEMA = {
    "type": "object",
    "properties": {
        "file": _PATH,
        "name": {"type": "string"},
        "more": {"type": "array", "items": _PATH},
        "inner": {"type": "object", "properties": {"file": {"anyOf": [_PATH, {"type": "null"}]}}},
    },
}


class _Model(BaseModel):
    file: Path
    name: str = ""


@pytest.mark.parametrize(
    ("values", "wanted"),
    [
        ({"file": "a.js", "name": "a.js"}, {"file": "/srv/team/a.js", "name": "a.js"}),
        ({"file": "/x/a.js"}, {"file": "/x/a.js"}),
        ({"file": "~/a.js"}, {"file": "~/a.js"}),
        ({"file": ""}, {"file": ""}),
        ({"file": 5, "unknown": "a.js"}, {"file": 5, "unknown": "a.js"}),
        ({"more": ["a", "/b"]}, {"more": ["/srv/team/a", "/b"]}),
        ({"inner": {"file": "sub/a.js"}}, {"inner": {"file": "/srv/team/sub/a.js"}}),
    ],
)
def test_a_relative_path_counts_from_the_documents_folder(
    values: dict[str, Any], wanted: dict[str, Any]
) -> None:
    """Wherever the schema says that a text is a path; what is no path stays."""
    found = anchored(Source("profile p", Layer.PROFILE, values, "/srv/team/r.yaml"), _SCHEMA)

    assert found.values == wanted


def test_values_of_code_and_flags_stay_as_they_are() -> None:
    """They have no file, and count from the working directory."""
    source = Source("--middleware", Layer.FLAGS, {"file": "a.js"})

    assert anchored(source, _SCHEMA) is source


def test_models_say_it_by_their_types() -> None:
    """A field of pathlib's type is a path."""
    found = anchored(Source("p", Layer.PROFILE, {"file": "a", "name": "a"}, "/srv/r.yaml"), _Model)

    assert found.values == {"file": "/srv/a", "name": "a"}
