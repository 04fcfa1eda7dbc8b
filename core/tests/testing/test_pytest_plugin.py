"""The pytest plugin, in suites of strangers: fixtures, the network switch, and contracts that find what is wrong."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

FIXTURES = """
def test_a_host_with_a_scripted_answer(geppetto_host, scripted_engine):
    engine = scripted_engine(["fine"])
    assert geppetto_host.create_session(engine=engine).run("hi").text == "fine"

def test_a_server(replay_server):
    assert replay_server.url.startswith("http://127.0.0.1:")

def test_a_transport_and_a_port(canned_transport, recording_port, geppetto_home):
    assert canned_transport.requests == recording_port.events == []
"""
NETWORK = """
import socket
import pytest

def test_dials():
    with socket.socket() as one:
        one.connect(("192.0.2.1", 9))
"""
FAULTY = '''
from pathlib import Path
from geppetto.engine import Capabilities, EngineFactory, Reply
from geppetto.testing import EngineContract

SCHEMA = {"type": "object", "properties": {"model": {}, "base_url": {}, "api_key": {"type": "string"}}}

class Careless:
    """Reads streams without looking for their end, and shows its key."""

    def __init__(self, settings, deps):
        self.settings, self.deps = settings, deps

    async def run_inference(self, ctx, turn):
        reply = Reply(ctx, provider="careless", model="m")
        reply.start()
        async with self.deps.transport.stream("POST", f"{self.settings['base_url']}/say?key={self.settings['api_key']}", ctx=ctx, json={}) as answer:
            async for batch in answer.sse():
                for event in batch:
                    reply.text(event.data)
        reply.finish(finish_class="completed")
        turn.append(*reply.blocks())
        return reply.extend(turn)

def build(settings, deps):
    return Careless(settings, deps)

class TestCareless(EngineContract):
    factory = EngineFactory("careless", build, settings=lambda: SCHEMA, description="x", capabilities=Capabilities(streaming=True))
    cases = Path(__file__).parent / "cases"
'''
CASE = """
features: [text]
response:
  headers: {content-type: text/event-stream}
  events: [Hel, lo, there]
expect: {text: Hellothere, total: 3}
"""


def _pytest(folder: Path, *options: str) -> str:
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-rA", str(folder), *options]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=folder)
    return done.stdout + done.stderr


def test_the_fixtures_are_there_when_geppetto_is_installed(tmp_path: Path) -> None:
    """No import, no conftest: a test just asks for them."""
    (tmp_path / "test_it.py").write_text(FIXTURES)

    assert "3 passed" in _pytest(tmp_path)


@pytest.mark.parametrize("ini", [False, True])
def test_the_network_can_be_switched_off(tmp_path: Path, *, ini: bool) -> None:
    """By an option, or by a setting of the suite."""
    (tmp_path / "test_it.py").write_text(NETWORK)
    (tmp_path / "pytest.ini").write_text("[pytest]\n" + ("geppetto_no_network = true\n" if ini else ""))

    shown = _pytest(tmp_path, *([] if ini else ["--no-network"]))

    assert "1 failed" in shown
    assert "may not use the network" in shown


def test_a_contract_finds_what_is_wrong(tmp_path: Path) -> None:
    """A careless engine fails where it is careless: the key in the address, ends that nobody looks for, edited turns."""
    (tmp_path / "test_careless.py").write_text(FAULTY)
    (tmp_path / "cases").mkdir()
    (tmp_path / "cases" / "text.yaml").write_text(CASE)

    shown = _pytest(tmp_path, "--tb=no")

    failed = {
        line.split("::")[-1].split("[")[0].split(" ")[0]
        for line in shown.splitlines()
        if line.startswith("FAILED")
    }
    assert failed >= {
        "test_the_key_travels_in_a_header",
        "test_a_stream_that_ends_early_is_an_error",
        "test_the_given_turn_stays_as_it_is",
        "test_usage_is_counted_once",
        "test_every_setting_is_described",
        "test_there_is_a_case_for_each_kind_of_error",
        "test_calls_without_an_answer_are_refused_before_the_vendor_does",
        "test_the_debug_tap_sees_all_five_points",
    }
    assert "test_single_bytes_are_enough" not in failed
