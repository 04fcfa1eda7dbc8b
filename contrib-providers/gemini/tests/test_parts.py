from typing import Any

import pytest
from geppetto.errors import EncodeError
from geppetto.turns import block
from geppetto_provider_gemini.parts import PartWriter, media_level

BASE = "https://generativelanguage.googleapis.com/v1beta"
PNG = {"type": "image", "media_type": "image/png", "data": "aW1n"}
FILM = {"type": "video", "media_type": "video/mp4", "url": "gs://bucket/film.mp4"}


def _user(*parts: dict[str, Any], text: str = "") -> list[dict[str, Any]]:
    return PartWriter(BASE).user(text, parts)


def _result(
    result: Any = None, *, inside: tuple[str, ...] = (), call_id: str = "", **more: Any
) -> tuple[Any, Any]:
    response, beside = PartWriter(BASE, media_in_results=inside).result(
        "f", call_id, block.tool_use("a", result, **more)
    )
    return response["functionResponse"], beside


@pytest.mark.parametrize(
    ("part", "sent"),
    [
        pytest.param({"type": "text", "text": "x"}, {"text": "x"}, id="text"),
        pytest.param(PNG, {"inlineData": {"mimeType": "image/png", "data": "aW1n"}}, id="data"),
        pytest.param(
            FILM, {"fileData": {"fileUri": "gs://bucket/film.mp4", "mimeType": "video/mp4"}}, id="address"
        ),
        pytest.param(
            {"type": "document", "url": "https://a.example/b.pdf?c=1"},
            {"fileData": {"fileUri": "https://a.example/b.pdf?c=1", "mimeType": "application/pdf"}},
            id="type-by-name",
        ),
        pytest.param(
            {"type": "video", "url": "https://youtu.be/x"}, {"fileData": {"fileUri": "https://youtu.be/x"}}, id="no-type"
        ),
        pytest.param(
            {"type": "audio", "media_type": "audio/mpeg", "file_id": "files/abc"},
            {"fileData": {"fileUri": f"{BASE}/files/abc", "mimeType": "audio/mpeg"}},
            id="uploaded",
        ),
    ],
)  # fmt: skip
def test_what_a_user_shows(part: dict[str, Any], sent: dict[str, Any]) -> None:
    """Data goes inline, addresses and uploaded files as files, with the media type where it is known."""
    assert _user(part) == [sent]


def test_text_stands_before_what_is_shown() -> None:
    """The text of a block is its first part, and nothing without text."""
    assert [next(iter(part)) for part in _user(PNG, text="see")] == ["text", "inlineData"]
    assert _user() == []


def test_a_film_may_be_cut_and_its_detail_chosen() -> None:
    """Offsets, frame rate and resolution go along with the part."""
    part = {**FILM, "video_metadata": {"start_offset": "10s", "fps": 2}, "media_resolution": "low"}

    (sent,) = _user(part)

    assert sent["videoMetadata"] == {"startOffset": "10s", "fps": 2}
    assert sent["mediaResolution"] == {"level": "MEDIA_RESOLUTION_LOW"}
    assert media_level("MEDIA_RESOLUTION_HIGH") == "MEDIA_RESOLUTION_HIGH"


@pytest.mark.parametrize(
    "part",
    [
        {"type": "hologram"},
        {"type": "image"},
        {"type": "image", "data": "aW1n"},
        {"type": "audio", "file_id": ""},
    ],
)
def test_what_cannot_be_sent_is_refused(part: dict[str, Any]) -> None:
    """A part of an unknown kind, without content or without its media type, is an error that names it."""
    with pytest.raises(EncodeError) as caught:
        _user(part)

    assert (caught.value.code, caught.value.subject) == ("UNSUPPORTED_CONTENT", part["type"])


@pytest.mark.parametrize(
    ("result", "sent"),
    [
        ({"a": 1}, {"a": 1}), ("text", {"result": "text"}), ([1], {"result": [1]}), (None, {"result": None}),
        (False, {"result": False}), ({}, {}),
    ],
)  # fmt: skip
def test_a_result_is_an_object(result: Any, sent: dict[str, Any]) -> None:
    """An object goes as it is, everything else inside of one."""
    response, beside = _result(result)

    assert (response, beside) == ({"name": "f", "response": sent}, [])


def test_a_failure_is_told() -> None:
    """An error stands under its own name, whatever the result."""
    assert _result({"a": 1}, error="no such city")[0]["response"] == {"error": "no such city"}


def test_an_id_is_sent_where_there_is_one() -> None:
    """The id that came with a call stands on its answer."""
    assert _result(1, call_id="lx8q")[0]["id"] == "lx8q"


def test_media_inside_a_result() -> None:
    """Files that the model reads inside a response stand there, others follow in the same content."""
    response, beside = _result(None, parts=[PNG, FILM], inside=("image/png",))

    assert response["parts"] == [{"inlineData": {"mimeType": "image/png", "data": "aW1n"}}]
    assert response["response"] == {}
    assert [part["fileData"]["fileUri"] for part in beside] == ["gs://bucket/film.mp4"]


def test_older_models_get_media_beside_a_result() -> None:
    """Without media in responses all of them follow."""
    response, beside = _result({"ok": True}, parts=[PNG])

    assert (response, len(beside)) == ({"name": "f", "response": {"ok": True}}, 1)


@pytest.mark.parametrize(
    ("result", "sent"), [(None, {"result": "a\nb"}), ({"n": 1}, {"result": {"n": 1}, "text": "a\nb"})]
)
def test_texts_beside_a_result(result: Any, sent: dict[str, Any]) -> None:
    """Text parts of an answer are joined; beside a result they have their own name."""
    texts = [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]

    assert _result(result, parts=texts)[0]["response"] == sent
