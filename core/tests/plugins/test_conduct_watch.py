"""What the audit events of the interpreter say of a plugin, told from what Python does by itself."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from geppetto.conduct.finding import Fault
from geppetto.conduct.watch import heard


@pytest.mark.parametrize(
    ("event", "given", "fault", "what"),
    [
        ("socket.connect", (object(), ("127.0.0.1", 9)), Fault.DIALS, "socket.connect 127.0.0.1:9"),
        ("socket.getaddrinfo", ("example.com", 80, 0, 0, 0), Fault.DIALS, "socket.getaddrinfo example.com"),
        ("subprocess.Popen", ("git", ["git"], None, None), Fault.STARTS_PROCESS, "subprocess.Popen git"),
        ("os.fork", (), Fault.STARTS_PROCESS, "os.fork"),
        ("open", ("/x/log", "a", os.O_WRONLY | os.O_APPEND), Fault.WRITES, "open /x/log"),
        ("open", (b"/x/log", None, os.O_CREAT), Fault.WRITES, "open /x/log"),
        ("os.mkdir", ("/x", 0o777, -1), Fault.WRITES, "os.mkdir /x"),
        ("sqlite3.connect", ("/x/db",), Fault.WRITES, "sqlite3.connect /x/db"),
    ],
)
def test_the_world_is_heard(event: str, given: tuple[object, ...], fault: Fault, what: str) -> None:
    """Sockets, files that are written and processes are faults, with what was done."""
    assert heard(event, given) == (fault, what)


@pytest.mark.parametrize(
    ("event", "given"),
    [
        ("open", ("/x/file", "r", os.O_RDONLY)),
        ("open", (os.devnull, "w", os.O_WRONLY)),
        ("open", (1, "w", os.O_WRONLY)),
        ("open", ("/x/__pycache__/a.pyc.1", "wb", os.O_WRONLY | os.O_CREAT)),
        ("os.mkdir", ("/x/__pycache__", 0o777, -1)),
        ("os.rename", ("/x/__pycache__/a.pyc.1", "/x/__pycache__/a.pyc", -1, -1)),
        ("sqlite3.connect", (":memory:",)),
        ("import", ("json", None, None, None, None)),
        ("socket.__new__", (object(), 2, 1, 0)),
    ],
)
def test_what_harms_nobody_is_not_heard(event: str, given: tuple[object, ...]) -> None:
    """Reading, /dev/null, open descriptors, Python's own bytecode and sockets that go nowhere are no faults."""
    assert heard(event, given) is None


def test_a_real_process_is_watched_only_while_it_is_entered(tmp_path: Path) -> None:
    """The events of this interpreter have the shapes that are understood, and name the line that is to blame."""
    code = f"""
import os, socket, sqlite3, subprocess, sys, json
from geppetto.conduct.watch import Watch

watch = Watch(["__main__"])
open({str(tmp_path / "before")!r}, "w").close()
with watch:
    open({str(tmp_path / "file")!r}, "w").close()
    os.open({str(tmp_path / "low")!r}, os.O_CREAT | os.O_WRONLY)
    os.mkdir({str(tmp_path / "folder")!r})
    sqlite3.connect({str(tmp_path / "db")!r})
    subprocess.run([sys.executable, "-c", ""])
    try:
        socket.create_connection(("127.0.0.1", 9), 0.1)
    except OSError:
        pass
open({str(tmp_path / "after")!r}, "w").close()
print(json.dumps([list(each) for each in watch.seen]))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    seen = json.loads(done.stdout)
    writes = [Path(what.split()[1]).name for fault, what, _ in seen if fault == "writes"]
    assert writes == ["file", "low", "folder", "db"]
    assert {fault for fault, _, _ in seen} == {"writes", "starts-process", "dials"}
    assert all(where.startswith("__main__:") for _, _, where in seen)
