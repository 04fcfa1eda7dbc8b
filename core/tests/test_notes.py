"""Notes go with the error that stands for another."""

from geppetto.errors import EngineError
from geppetto.notes import with_notes


def test_an_error_takes_over_notes_once() -> None:
    """Its own stay, none is doubled, and who has none gives none."""
    old, made = ValueError("old"), EngineError("made")
    old.add_note("here")
    old.add_note("there")
    made.add_note("here")

    assert with_notes(with_notes(made, old), None) is made
    assert made.__notes__ == ["here", "there"]
