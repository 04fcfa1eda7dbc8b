"""The error tree: codes, exit codes, and the drawing in the module's docstring."""

import inspect
import json
import pickle
import re

import pytest
from geppetto import errors
from geppetto.errors import GeppettoError, NotFound, RateLimited, nearest
from sample_errors import CLASSES, sample


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
            r"\b[A-Z][A-Za-z]+(?:Error|Option|Found|Failed|Limited|Ended|Cancelled|Exceeded|Reached|Aborted|Invalid|Conflict|Violation|Store)\b",
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


@pytest.mark.parametrize("cls", CLASSES)
def test_every_error_survives_pickling(cls: type[GeppettoError]) -> None:
    """An error that crosses a process border keeps text, code, subject, next step and details."""
    made = sample(cls)

    again = pickle.loads(pickle.dumps(made))

    assert type(again) is cls
    assert str(again) == str(made)
    assert vars(again) == vars(made)


def test_a_providers_words_survive_pickling() -> None:
    """Status, retryability and the time to wait come along."""
    again = pickle.loads(pickle.dumps(RateLimited("slow down", status=429, retryable=True, retry_after=2.5)))

    assert (again.status, again.retryable, again.retry_after) == (429, True, 2.5)


def test_the_json_form_is_json_and_its_own() -> None:
    """What a reader does to the JSON form does not reach the error."""
    error = NotFound("tool source", "x", [])

    error.to_json()["details"]["more"] = 1

    assert error.code == "TOOL_SOURCE_NOT_FOUND"
    assert "more" not in error.details
    assert json.loads(json.dumps(error.to_json())) == error.to_json()


def test_the_drawing_has_each_class_below_its_base() -> None:
    """The indentation of the docstring's tree is the inheritance of the classes."""
    bases: list[type] = [GeppettoError]
    seen = {"GeppettoError"}

    for line in (inspect.getdoc(errors) or "").splitlines():
        found = re.match(r"(    )([ │]*)[├└]── (.*)", line)
        if not found:
            continue
        depth = len(found.group(2)) // 4
        names = re.findall(r"[A-Z][a-z]+[A-Za-z]*", re.split(r"\s{2,}", found.group(3))[0])
        del bases[depth + 1 :]
        for name in names:
            assert getattr(errors, name).__base__ is bases[depth], name
            seen.add(name)
        bases.append(getattr(errors, names[-1]))
    assert seen == {cls.__name__ for cls in CLASSES}


def test_nearest_gives_nothing_when_nothing_is_close() -> None:
    """A wild guess would mislead."""
    assert nearest("temprature", ["temperature", "top_p"]) == "temperature"
    assert nearest("zzz", ["temperature"]) is None
