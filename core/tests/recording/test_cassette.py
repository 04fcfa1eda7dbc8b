"""The file of a recording: scrubbed, whole, and refused when it is something else."""

import stat
from pathlib import Path
from typing import Any

import pytest
from geppetto.errors import ConfigError
from geppetto.recording import Cassette, Level
from hypothesis import given
from hypothesis import strategies as st

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@given(content=JSON)
def test_what_is_written_is_what_is_read(content: Any, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Any JSON, texts with line breaks and odd characters included."""
    path = tmp_path_factory.mktemp("tape") / "a.yaml"
    kept = [{"request": {"x": content}, "reply": {}}]

    Cassette(Level.TURN, "echo", kept).write(path)

    found = Cassette.read(path)
    assert (found.level, found.engine, found.interactions) == (Level.TURN, "echo", kept)


def test_secrets_are_blanked_wherever_they_stand(tmp_path: Path) -> None:
    """In values, in names of fields, inside longer texts; and what only looks like a key."""
    path = tmp_path / "sub" / "a.yaml"
    secret = "hunter2-hunter2"
    kept: list[dict[str, Any]] = [
        {
            "request": {"a": [f"x{secret}y"], secret: 1},
            "reply": {"b": "Bearer abcdefghijkl", "c": "AIza0123456789abc"},
        }
    ]

    Cassette(Level.TURN, "", kept).write(path, [secret, "ab"])

    text = path.read_text()
    assert secret not in text
    assert "abcdefghijkl" not in text
    assert "AIza0123456789abc" not in text
    assert kept[0]["request"]["a"] == [f"x{secret}y"]


def test_the_file_is_the_owners(tmp_path: Path) -> None:
    """What people said to a model is nobody else's; nothing but the file is left in the folder."""
    path = tmp_path / "a.yaml"

    Cassette(Level.HTTP).write(path)

    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [found.name for found in tmp_path.iterdir()] == ["a.yaml"]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "format"),
        ("- 1", "format"),
        ("format: other@v1", "format"),
        ("format: geppetto.cassette@v1", "level"),
        ("format: geppetto.cassette@v1\nlevel: tape\ninteractions: []", "level"),
        ("format: geppetto.cassette@v1\nlevel: turn\ninteractions: {}", "interactions"),
        ("format: geppetto.cassette@v1\nlevel: turn\ninteractions: [{request: 1}]", "interaction 1"),
        ("a: [", "line 1"),
        ("\x00", "YAML"),
    ],
)
def test_what_is_no_cassette_is_refused(tmp_path: Path, text: str, problem: str) -> None:
    """The error names the file and what is wrong with it."""
    path = tmp_path / "a.yaml"
    path.write_text(text)

    with pytest.raises(ConfigError, match=problem) as caught:
        Cassette.read(path)

    assert caught.value.code == "CASSETTE_INVALID"
    assert str(path) in str(caught.value)


def test_a_file_that_is_not_there_is_an_error_of_the_same_kind(tmp_path: Path) -> None:
    """And a folder is no file."""
    for path in (tmp_path / "none.yaml", tmp_path):
        with pytest.raises(ConfigError) as caught:
            Cassette.read(path)
        assert caught.value.code == "CASSETTE_INVALID"
