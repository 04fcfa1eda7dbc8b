"""Requests and answers recorded and replayed, as authors of providers use them."""

from pathlib import Path
from typing import Any

import pytest
from geppetto.errors import ConfigError, ProviderError
from geppetto.recording import Cassette, Level, RecordingTransport, ReplayTransport, case_of
from geppetto.secret import Secret
from geppetto.testing import CannedTransport, Exchange, run_context
from geppetto.testing.contracts import Case
from geppetto.turns import yaml_text

KEY = "s3cret-s3cret-s3cret"
URL = "https://vendor.example/v1/say?key=s3cret-s3cret-s3cret"


async def _stream(transport: Any, text: str) -> list[str]:
    headers = {"authorization": Secret(f"Bearer {KEY}")}
    async with transport.stream(
        "POST", URL, ctx=run_context(), headers=headers, json={"say": text}
    ) as answer:
        return [event.data async for batch in answer.sse() for event in batch]


async def _whole(transport: Any, text: str) -> Any:
    async with transport.stream("POST", URL, ctx=run_context(), json={"say": text}) as answer:
        return await answer.json()


async def _recorded(path: Path, *exchanges: Exchange) -> RecordingTransport:
    cassette = Cassette(Level.HTTP)
    transport = RecordingTransport(CannedTransport(exchanges), cassette)
    await _stream(transport, "one")
    await _whole(transport, "two")
    with pytest.raises(ProviderError):
        await _whole(transport, "three")
    cassette.write(path, transport.secrets)
    return transport


EXCHANGES = (
    Exchange(
        headers={"content-type": "text/event-stream", "x-request-id": "r1"},
        body="event: a\ndata: é\n\ndata: 2\n\n",
    ),
    Exchange(body={"answer": [1, None]}),
    Exchange(400, body={"error": {"message": f"bad key {KEY}"}}),
)


async def test_answers_come_again(tmp_path: Path) -> None:
    """Streams event by event, bodies whole, refusals as refusals; in any order of the requests."""
    await _recorded(tmp_path / "a.yaml", *EXCHANGES)
    transport = ReplayTransport(Cassette.read(tmp_path / "a.yaml"))

    with pytest.raises(ProviderError) as caught:
        await _whole(transport, "three")
    assert await _whole(transport, "two") == {"answer": [1, None]}
    assert await _stream(transport, "one") == ["é", "2"]

    assert caught.value.status == 400
    transport.check_all_used()


async def test_no_secret_is_in_the_file(tmp_path: Path) -> None:
    """Not from the headers, not from the address, not from what the vendor echoed."""
    transport = await _recorded(tmp_path / "a.yaml", *EXCHANGES)

    assert KEY in transport.secrets
    assert KEY not in (tmp_path / "a.yaml").read_text()


async def test_a_request_that_was_not_recorded_is_an_error(tmp_path: Path) -> None:
    """It shows the first difference; what is left over is told at the end."""
    await _recorded(tmp_path / "a.yaml", *EXCHANGES)
    transport = ReplayTransport(Cassette.read(tmp_path / "a.yaml"))

    with pytest.raises(ConfigError, match="/body/say: recorded 'one', asked 'four'"):
        await _whole(transport, "four")
    with pytest.raises(ConfigError, match="3 recorded requests"):
        transport.check_all_used()


async def test_a_recorded_interaction_is_a_case_of_a_contract(tmp_path: Path) -> None:
    """Saved among a provider's cases it is read like one written by hand."""
    await _recorded(tmp_path / "a.yaml", *EXCHANGES)
    interaction = Cassette.read(tmp_path / "a.yaml").interactions[0]

    (tmp_path / "case.yaml").write_text(yaml_text.dump(case_of(interaction, "text", text="é2")))

    case = Case.read(tmp_path / "case.yaml")
    assert (case.streaming, set(case.features), case.expect.text) == (True, {"text"}, "é2")
    assert "data: é" in case.stream().decode()
