"""Sinks: functions, the collector, the printer."""

import io

import pytest
from geppetto.events import (
    Collector,
    Event,
    Log,
    Printer,
    RunFailed,
    RunStopped,
    TextDelta,
    ToolExecutionStarted,
    ToolResultReady,
    function_sink,
    null_sink,
)


def test_a_function_sink_gets_the_types_it_asked_for() -> None:
    """Without types it gets all."""
    some: list[Event] = []
    everything: list[Event] = []
    chosen, all_of_them = function_sink(some.append, "log"), function_sink(everything.append)

    for event in (Log(), TextDelta("x")):
        chosen(event)
        all_of_them(event)
        null_sink(event)

    assert len(some) == 1
    assert len(everything) == 2


def test_the_collector_keeps_everything_in_order() -> None:
    """Events can be asked for by type."""
    seen = Collector()

    seen(Log(message="a"))
    seen(TextDelta("x"))

    assert seen.types() == ["log", "text-delta"]
    assert seen.of_type("log") == [Log(message="a")]


def test_the_printer_writes_what_a_person_reads() -> None:
    """Text as it comes, tools and ends on lines of their own."""
    out = io.StringIO()
    printer = Printer(out)

    for event in (TextDelta("hel"), TextDelta("lo"), ToolResultReady("add", 3), RunStopped("user"), Log()):
        printer(event)

    assert out.getvalue() == "hello[add -> 3]\n\n[stopped: user]\n"


def test_the_printer_names_tools_and_failures() -> None:
    """Arguments before the call, the error in place of a result, the reason at the end."""
    out = io.StringIO()
    printer = Printer(out)

    printer(ToolExecutionStarted("add", {"a": 1}))
    printer(ToolResultReady("add", None, "no such number"))
    printer(RunFailed({"message": "it broke"}))

    assert out.getvalue() == "\n[add {'a': 1}]\n[add -> no such number]\n\n[failed: it broke]\n"


def test_the_printer_writes_to_stdout_unless_told_otherwise(capsys: pytest.CaptureFixture[str]) -> None:
    """The usual place for a reply."""
    Printer()(TextDelta("hi"))

    assert capsys.readouterr().out == "hi"
