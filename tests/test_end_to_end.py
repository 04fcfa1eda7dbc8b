"""The whole way: the command line, an installed provider, a real server on loopback that speaks the vendor's API."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from geppetto.testing import Exchange, ReplayServer

KEY = "sk-test-0123456789abcdef0123456789abcdef"
SSE = {"content-type": "text/event-stream"}


def _chunk(delta: dict[str, Any], finish: str | None = None) -> bytes:
    body = {
        "id": "chatcmpl-1",
        "object": "chat.completion.chunk",
        "created": 1,
        "model": "m-1",
        "choices": [{"index": 0, "delta": delta, "finish_reason": finish}],
    }
    return f"data: {json.dumps(body)}\n\n".encode()


_USAGE = b'data: {"choices":[],"usage":{"prompt_tokens":9,"completion_tokens":4,"total_tokens":13}}\n\n'
_DONE = b"data: [DONE]\n\n"


def _says(*words: str) -> tuple[bytes, ...]:
    return (*(_chunk({"content": word}) for word in words), _chunk({}, "stop"), _USAGE, _DONE)


def _calls(name: str, arguments: str) -> tuple[bytes, ...]:
    begun = {"index": 0, "id": "call_1", "type": "function", "function": {"name": name, "arguments": ""}}
    rest = [{"index": 0, "function": {"arguments": part}} for part in (arguments[:5], arguments[5:])]
    deltas: list[dict[str, Any]] = [
        {"role": "assistant", "tool_calls": [begun]},
        *({"tool_calls": [part]} for part in rest),
    ]
    return (*(_chunk(delta) for delta in deltas), _chunk({}, "tool_calls"), _USAGE, _DONE)


def _command(server: ReplayServer, *words: str) -> list[str]:
    base = [sys.executable, "-m", "geppetto", "run", "-e", "openai", "-m", "m-1"]
    return [*base, "--base-url", f"{server.url}/v1", "--allow-local", *words]


def _env(tmp_path: Path) -> dict[str, str]:
    return {**os.environ, "GEPPETTO_HOME": str(tmp_path), "GEPPETTO_KEY": KEY, "NO_COLOR": "1"}


def _run(server: ReplayServer, tmp_path: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        _command(server, *words), capture_output=True, text=True, env=_env(tmp_path), check=False, timeout=60
    )


def test_a_prompt_prints_the_streamed_answer(tmp_path: Path) -> None:
    """`geppetto run -e openai` prints what the server streams, with nothing else on stdout."""
    with ReplayServer([Exchange(headers=SSE, chunks=_says("Hello", ", ", "world"))]) as server:
        done = _run(server, tmp_path, "say hello", "--set", f"api_key={KEY}")
        [request] = server.requests

    assert done.returncode == 0, done.stderr
    assert done.stdout == "Hello, world\n"
    assert request.path == "/v1/chat/completions"
    assert request.headers["authorization"] == f"Bearer {KEY}"
    assert request.json["messages"] == [{"role": "user", "content": "say hello"}]


def test_the_answer_arrives_as_it_is_streamed(tmp_path: Path) -> None:
    """The first words are on stdout while the server still holds back the rest."""
    chunks = _says("first ", "second")
    with ReplayServer([Exchange(headers=SSE, chunks=chunks, hang_after=1)]) as server:
        process = subprocess.Popen(
            _command(server, "go"), stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=_env(tmp_path)
        )
        assert process.stdout is not None
        first = os.read(process.stdout.fileno(), 100)
        process.kill()
        process.communicate()

    assert first == b"first "


def test_a_tool_round_trip_runs_a_local_tool(tmp_path: Path) -> None:
    """The model's call runs the calculator here, and its result goes back with the next request."""
    exchanges = [
        Exchange(headers=SSE, chunks=_calls("calculator", '{"expression": "6*7"}')),
        Exchange(headers=SSE, chunks=_says("It is ", "42.")),
    ]
    with ReplayServer(exchanges) as server:
        done = _run(server, tmp_path, "6*7?", "--tool", "calculator")
        second = server.requests[1].json["messages"]
        server.assert_all_used()

    assert done.stdout == "It is 42.\n"
    assert second[1]["tool_calls"][0]["function"] == {
        "name": "calculator",
        "arguments": '{"expression":"6*7"}',
    }
    assert second[2] == {"role": "tool", "tool_call_id": "call_1", "content": "42"}


def test_events_are_lines_of_json_and_the_last_one_is_terminal(tmp_path: Path) -> None:
    """`--events` prints the whole run, one event a line."""
    with ReplayServer([Exchange(headers=SSE, chunks=_says("hi"))]) as server:
        done = _run(server, tmp_path, "hi", "--events")

    events = [json.loads(line) for line in done.stdout.splitlines()]
    assert events[0]["type"] == "run-started"
    assert events[-1]["type"] == "run-finished"
    assert events[-1]["result"]["usage"]["total"] == 13
    assert [event["seq"] for event in events] == list(range(1, len(events) + 1))


def test_json_prints_turn_and_result(tmp_path: Path) -> None:
    """`--json` prints one document with the documented keys."""
    with ReplayServer([Exchange(headers=SSE, chunks=_says("hi"))]) as server:
        done = _run(server, tmp_path, "hi", "--json")

    document = json.loads(done.stdout)
    assert set(document) == {"turn", "result", "session_id", "inference_id", "error"}
    assert document["error"] is None
    assert document["turn"]["blocks"][-1]["payload"]["text"] == "hi"


def _interrupt_after_text(server: ReplayServer, tmp_path: Path, *words: str) -> tuple[int, str, str]:
    """Start a run, send Ctrl-C when its first output is there, and return how it ended."""
    process = subprocess.Popen(
        _command(server, "go", *words),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**_env(tmp_path), "PYTHONUNBUFFERED": "1"},
    )
    assert process.stdout is not None
    seen = b""
    while b"partial" not in seen:
        part = os.read(process.stdout.fileno(), 65536)
        assert part, seen
        seen += part
    process.send_signal(signal.SIGINT)
    rest, errors = process.communicate(timeout=30)
    return process.returncode, (seen + rest).decode(), errors.decode()


def test_ctrl_c_ends_with_130_closes_the_socket_and_keeps_the_events_whole(tmp_path: Path) -> None:
    """An interrupted run has one terminal event, last; the connection is closed; the exit code is 130."""
    with ReplayServer([Exchange(headers=SSE, chunks=_says("partial ", "never"), hang_after=1)]) as server:
        code, out, _ = _interrupt_after_text(server, tmp_path, "--events")
        closed = server.wait_closed(5)

    types = [json.loads(line)["type"] for line in out.splitlines()]
    assert code == 130
    assert types[-1] == "run-stopped"
    assert sum(name in {"run-stopped", "run-failed", "run-finished"} for name in types) == 1
    assert closed


def test_ctrl_c_says_so_in_one_paragraph(tmp_path: Path) -> None:
    """The text that came stays on stdout; stderr says that the run was cancelled, without a traceback."""
    with ReplayServer([Exchange(headers=SSE, chunks=_says("partial ", "never"), hang_after=1)]) as server:
        code, out, errors = _interrupt_after_text(server, tmp_path)

    assert (code, out) == (130, "partial \n")
    assert "the run was cancelled" in errors
    assert "Traceback" not in errors


def test_a_deadline_ends_with_124(tmp_path: Path) -> None:
    """`--timeout` bounds a server that never answers."""
    with ReplayServer([Exchange(headers=SSE, chunks=_says("x"), hang_after=0)]) as server:
        done = _run(server, tmp_path, "go", "--timeout", "0.5")

    assert done.returncode == 124
    assert "DEADLINE_EXCEEDED" in done.stderr


@pytest.mark.parametrize(
    ("status", "error", "code"),
    [
        (401, {"message": "no", "type": "invalid_request_error", "code": "invalid_api_key"}, 4),
        (429, {"message": "quota", "type": "insufficient_quota", "code": "insufficient_quota"}, 5),
        (400, {"message": "bad", "type": "invalid_request_error", "code": None}, 1),
    ],
)
def test_vendor_errors_have_their_exit_codes(
    status: int, error: dict[str, Any], code: int, tmp_path: Path
) -> None:
    """Authentication is 4, rate and quota 5, anything else of the provider 1; no key is shown."""
    with ReplayServer([Exchange(status=status, body={"error": error})]) as server:
        done = _run(server, tmp_path, "go", "--set", f"api_key={KEY}")

    assert done.returncode == code, done.stderr
    assert KEY not in done.stderr + done.stdout
    assert "Traceback" not in done.stderr


def test_a_dead_host_is_one_paragraph(tmp_path: Path) -> None:
    """A closed port ends with a readable error and exit code 1."""
    with ReplayServer() as server:
        command = _command(server, "go", "--timeout", "20")

    done = subprocess.run(
        command, capture_output=True, text=True, env=_env(tmp_path), check=False, timeout=60
    )

    assert done.returncode == 1
    assert "CONNECT_REFUSED" in done.stderr
    assert "Traceback" not in done.stderr


def test_this_machine_is_not_reached_without_permission(tmp_path: Path) -> None:
    """Without --allow-local a loopback address is refused before anything is sent."""
    with ReplayServer([Exchange(headers=SSE, chunks=_says("x"))]) as server:
        command = [word for word in _command(server, "go") if word != "--allow-local"]
        done = subprocess.run(
            command, capture_output=True, text=True, env=_env(tmp_path), check=False, timeout=60
        )
        sent = len(server.requests)

    assert done.returncode != 0
    assert sent == 0


def test_no_key_for_the_vendor_ends_with_4(tmp_path: Path) -> None:
    """Without a key nothing is dialled: the error says which variable to set."""
    env = {k: v for k, v in _env(tmp_path).items() if k != "OPENAI_API_KEY"}

    done = subprocess.run(
        [sys.executable, "-m", "geppetto", "run", "-e", "openai", "-m", "m", "hi"],
        capture_output=True, text=True, env=env, check=False, timeout=60,
    )  # fmt: skip

    assert done.returncode == 4
    assert "OPENAI_API_KEY" in done.stderr


def _recordings(corpus: Path) -> list[Path]:
    """Return the streamed chat recordings with a reply of text alone, from which the answer can be read plainly."""
    found = []
    for path in sorted((corpus / "openai_chat").glob("*.json")):
        case = json.loads(path.read_text("utf-8"))
        response = case.get("response") or {}
        plain = "content" in response.get("sse_raw", "") and "tool_calls" not in response.get("sse_raw", "")
        if (
            case.get("fidelity") == "recorded"
            and response.get("status") == 200
            and plain
            and _answer(response)
        ):
            found.append(path)
    return found


def _answer(response: dict[str, Any]) -> str:
    """Put the text of a recorded stream together, choice 0 alone."""
    words = []
    for line in response["sse_raw"].splitlines():
        if line.startswith("data: {"):
            choices = json.loads(line[6:]).get("choices", [])
            words += [c.get("delta", {}).get("content") or "" for c in choices if c.get("index") == 0]
    return "".join(words)


def test_recorded_answers_are_printed_as_they_were_given(corpus: Path, tmp_path: Path) -> None:
    """`geppetto run` against a replay of real exchanges prints the real answers."""
    recordings = _recordings(corpus)[:8]
    assert recordings

    for path in recordings:
        with ReplayServer([Exchange.from_recording(path)]) as server:
            done = _run(server, tmp_path, "as recorded")

        expected = _answer(json.loads(path.read_text("utf-8"))["response"])
        assert done.returncode == 0, f"{path.name}: {done.stderr}"
        assert done.stdout.rstrip("\n") == expected.rstrip("\n"), path.name
