"""The vocabulary and what is generated from it."""

from pathlib import Path

import pytest
import yaml
from geppetto.turns import generate

VOCABULARY = Path(generate.__file__).parent / "vocabulary.yaml"


@pytest.mark.parity(253, 258, 261)
def test_the_generated_file_is_what_the_vocabulary_gives() -> None:
    """`--check` passes on the committed files."""
    assert generate.main(["--check"]) == 0


@pytest.mark.parity(258)
def test_a_new_word_is_one_line_of_the_vocabulary() -> None:
    """A kind and a key that are added appear in the text without any other edit."""
    vocabulary = yaml.safe_load(VOCABULARY.read_text("utf-8"))
    vocabulary["enums"]["BlockKind"]["values"].append("holo-gram")
    vocabulary["keys"]["turn"]["mood"] = 2

    text = generate.render(vocabulary)

    assert 'HOLO_GRAM = "holo-gram"' in text
    assert 'MOOD: Final = "geppetto.mood@v2"' in text
    compile(text, "generated", "exec")
