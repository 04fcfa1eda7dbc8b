"""The vocabulary and what is generated from it."""

import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from geppetto import Key
from geppetto.turns import _generated, generate

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


@pytest.mark.parity(134, 251)
def test_every_word_of_the_vocabulary_is_a_constant_and_no_other() -> None:
    """Kinds, enums, events, payload keys and key ids all come from the one file, in lower case."""
    vocabulary = yaml.safe_load(VOCABULARY.read_text("utf-8"))
    expected = {name: spec["values"] for name, spec in vocabulary["enums"].items()}
    expected |= {"EventType": vocabulary["events"], "PayloadKey": vocabulary["payload_keys"]}
    for family, values in vocabulary["keys"].items():
        expected[f"{family.title()}KeyId"] = [
            f"geppetto.{name}@v{version}" for name, version in values.items()
        ]

    found = {name: _words(getattr(_generated, name)) for name in _generated.__all__}

    assert found == expected
    assert all(word == word.lower() for words in found.values() for word in words)
    assert all(Key(word, str) for name, words in found.items() if name.endswith("KeyId") for word in words)


def _words(table: type) -> list[str]:
    return [str(word) for name, word in vars(table).items() if name.isupper()]


def test_a_stale_file_fails_the_check_and_is_written_anew(tmp_path: Path) -> None:
    """`--check` says which command to run; without it the file is written."""
    folder = tmp_path / "turns"
    folder.mkdir()
    for name in ("generate.py", "vocabulary.yaml"):
        (folder / name).write_text((VOCABULARY.parent / name).read_text("utf-8"), "utf-8")
    command = [sys.executable, str(folder / "generate.py")]

    missing = subprocess.run([*command, "--check"], capture_output=True, text=True, check=False)
    subprocess.run(command, check=True)
    current = subprocess.run([*command, "--check"], capture_output=True, check=False)

    assert (missing.returncode, current.returncode) == (1, 0)
    assert "python -m geppetto.turns.generate" in missing.stderr
    assert (folder / "_generated.py").read_text("utf-8") == (VOCABULARY.parent / "_generated.py").read_text(
        "utf-8"
    )
