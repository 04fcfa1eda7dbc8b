"""The error tree: codes, exit codes, and the drawing in the module's docstring."""

import inspect
import re

import pytest
from geppetto import errors
from geppetto.errors import GeppettoError, NotFound

CLASSES = [cls for cls in vars(errors).values() if isinstance(cls, type) and issubclass(cls, GeppettoError)]


@pytest.mark.parity(3, 65, 133)
def test_every_class_has_a_code_of_its_own_and_a_phase() -> None:
    """Codes are distinct and upper-case."""
    codes = [cls.code for cls in CLASSES]

    assert len(set(codes)) == len(codes)
    assert all(re.fullmatch(r"[A-Z]+(_[A-Z]+)*", code) for code in codes)
    assert all(cls.phase for cls in CLASSES)


def test_the_drawing_names_every_class() -> None:
    """The docstring's tree and the classes are the same."""
    drawn = set(
        re.findall(
            r"\b[A-Z][A-Za-z]+(?:Error|Option|Found|Failed|Limited|Ended|Cancelled|Exceeded|Reached|Aborted)\b",
            inspect.getdoc(errors) or "",
        )
    )

    assert drawn == {cls.__name__ for cls in CLASSES}


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("UsageError", 2), ("PluginError", 3), ("CredentialError", 4), ("AuthenticationFailed", 4), ("RateLimited", 5),
        ("DeadlineExceeded", 124), ("RunCancelled", 130), ("ToolError", 1), ("TransportError", 1),
    ],
)  # fmt: skip
def test_exit_codes_are_those_of_the_contract(name: str, code: int) -> None:
    """Subclasses take their parent's unless they have their own."""
    assert getattr(errors, name).exit_code == code


@pytest.mark.parity(244)
def test_an_error_says_what_where_and_what_next() -> None:
    """The JSON form has the six documented keys."""
    error = GeppettoError("it broke", subject="x", next_step="mend it", details={"a": 1})

    assert error.to_json() == {
        "code": "GEPPETTO_ERROR",
        "message": "it broke",
        "phase": "run",
        "subject": "x",
        "next_step": "mend it",
        "details": {"a": 1},
    }


def test_not_found_names_what_is_there_and_the_nearest() -> None:
    """The code is that of the kind."""
    error = NotFound("engine", "gemni", ["openai", "gemini", "claude"])

    assert str(error) == "no engine 'gemni'; installed: claude, gemini, openai. Did you mean gemini?"
    assert error.code == "ENGINE_NOT_FOUND"
