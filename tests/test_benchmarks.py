"""The benchmarks run, and their pure parts say what they should; what the figures say is for people to judge."""

import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from benchmarks import tables, venvs
from benchmarks.contest import Cell, compete
from benchmarks.contestants import Contestant, chosen, known
from benchmarks.crowd import paced_together, stream_together
from benchmarks.disciplines import DISCIPLINES, Discipline
from benchmarks.growth import run_with_blocks, session_of_turns
from benchmarks.loopback import answering
from benchmarks.plot import picture
from benchmarks.replies import SENTENCE, answer
from benchmarks.report import replaced
from benchmarks.series import Series, measured, table
from benchmarks.soak import chunk_costs, soak
from benchmarks.worker import MEASURES

TESTS = Path(__file__).parent
ADAPTERS = TESTS / "benchmarks/adapters"


def _run(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "benchmarks", *arguments]
    return subprocess.run(command, cwd=TESTS, capture_output=True, text=True, check=False, timeout=300)


def test_the_table_has_a_row_for_each_measurement() -> None:
    """Each row names ours, the floor and the ratio between them."""
    done = _run("--rows", "overhead,memory")

    rows = [line.split("|") for line in done.stdout.splitlines() if line.startswith("| ")][1:]
    assert done.returncode == 0, done.stderr
    assert len(rows) == 5
    assert all(float(row[4].replace(",", "")) > 0 for row in rows)


@pytest.mark.parametrize(
    "arguments",
    [
        ["--rows", "nothing"],
        ["--rows", "overhead", "--peers", "all"],
        ["--peers", "nobody"],
        ["--growth", "hair"],
    ],
)
def test_what_does_not_exist_is_refused(arguments: list[str]) -> None:
    """An unknown row, peer or growth is a usage error that names what there is."""
    done = _run(*arguments)

    assert done.returncode == 2
    assert "known: " in done.stderr


def test_every_peer_is_pinned_and_has_an_adapter() -> None:
    """A peer without an exact version would make two runs of the same table differ."""
    for one in known().values():
        assert (ADAPTERS / f"{one.adapter}.py").is_file()
        assert all("==" in requirement for requirement in one.requires)
        assert bool(one.requires) is not (one.ours or one.floor)
    assert all(discipline.measure in {*MEASURES, "import"} for discipline in DISCIPLINES.values())


def test_ours_and_the_floors_always_take_part() -> None:
    """Ratios are within one run only."""
    names = [one.name for one in chosen(["litellm"])]

    assert names == ["geppetto", "geppetto[fast]", "httpx", "asyncio", "litellm"]
    assert len(chosen(["all"])) == len(known())


def test_the_server_and_the_adapters_understand_each_other() -> None:
    """Ours and the floors get the replies that they expect, over a real socket, in processes of their own."""
    here = [
        Contestant(name, adapter, "pass", ours=name == "geppetto", floor=name != "geppetto")
        for name, adapter in (("geppetto", "geppetto"), ("httpx", "httpx"), ("asyncio", "asyncio_bare"))
    ]
    rows = [
        Discipline("awaited", "µs", "sequential_async", 5),
        Discipline("stream", "µs", "streaming", 20),
        Discipline("tools", "µs", "tool_loop", 3),
        Discipline("memory", "KiB", "held_streams", 3),
    ]

    cells = compete(here, rows, 1, lambda _: None, python_of=lambda _: Path(sys.executable))

    assert [[cell.reason for cell in cells[one.name]] for one in here] == [
        ["", "", "", ""],
        ["", "", "", ""],
        ["", "", "not offered", ""],
    ]
    assert "| awaited | " in tables.place_of_ours(here, rows, cells)


def test_a_peer_that_fails_is_a_line_with_the_reason() -> None:
    """Nothing is silently missing: not what is not installed, not what raises."""
    ours = Contestant("geppetto", "geppetto", "pass", ours=True)
    bare = Contestant("httpx", "httpx", "pass", floor=True)
    odd = Contestant("odd", "no_such_adapter", "import no_such_module", ("odd==1",))
    rows = [Discipline("import", "ms", "import"), Discipline("run", "µs", "in_process")]

    cells = compete([ours, bare, odd], rows, 1, lambda _: None, python_of=lambda _: Path(sys.executable))
    told = tables.side_by_side([ours, bare, odd], rows, cells)

    assert "| odd 1 | ModuleNotFoundError: No module named 'no_such_module' | - |" in told
    assert "No module named 'benchmarks.adapters.no_such_adapter'" in told
    assert "| httpx (floor) | not offered | - |" in told


def test_the_standing_says_which_place() -> None:
    """Fewer microseconds and more requests are better; floors are no peers."""
    ours = Contestant("geppetto", "geppetto", "pass", ours=True)
    bare = Contestant("httpx", "httpx", "pass", floor=True)
    peers = [Contestant(name, name, "pass", (f"{name}==1",)) for name in ("a", "b")]
    rows = [Discipline("cost", "µs", "x"), Discipline("speed", "1/s", "x", more_is_better=True)]
    figures = {"geppetto": [20.0, 20.0], "httpx": [10.0, 10.0], "a": [15.0, 15.0], "b": [30.0, 5.0]}
    cells = {name: [Cell([value]) for value in row] for name, row in figures.items()}

    told = tables.place_of_ours([ours, bare, *peers], rows, cells).splitlines()

    assert told[2] == "| cost | 20 µs | 10 | 2.00 | a 15 | 1.33 | 2 of 3 |"
    assert told[3] == "| speed | 20 1/s | 10 | 2.00 | a 15 | 1.33 | 1 of 3 |"


@pytest.mark.parametrize("path", [b"v1/chat/completions", b"v1/messages", b"v1beta/models/m:generateContent"])
def test_replies_say_the_sentence_or_call_the_tool(path: bytes) -> None:
    """Each vendor's form: plain, a tool first, its result then."""
    plain, _ = answer(b"/plain/" + path, b"{}")
    call, _ = answer(b"/tool/" + path, b"{}")
    after, _ = answer(
        b"/tool/" + path, b'{"tool_call_id": 1, "x": "tool_result", "tool_result": 1, "functionResponse": 1}'
    )

    assert SENTENCE.encode() in plain
    assert b"get_weather" in call
    assert SENTENCE.encode() in after


def test_a_held_stream_is_left_open() -> None:
    """Three deltas, then nothing, and no end of the response."""
    response, held = answer(b"/hold/v1/chat/completions", b'{"stream":true}')

    assert held
    assert response.count(b"tok") == 3
    assert not response.endswith(b"0\r\n\r\n")


def test_growth_is_told_as_a_power_of_the_size() -> None:
    """Quadratic is 2, flat is 0."""
    square = measured("square", "µs", (10, 100), lambda size: float(size * size), rounds=2)
    flat = Series("flat", "ms", (1, 10), ((5.0,), (5.0,)))

    told = table([square, flat])

    assert (square.exponent, flat.exponent) == (2.0, 0.0)
    assert "| square | 10: 100 (100-100) µs; 100: 10,000 (10,000-10,000) µs | 2.00 |" in told


def test_the_picture_is_an_svg_with_a_panel_for_each_series() -> None:
    """It is well-formed, also where a title holds what XML does not take."""
    series = [Series(f"<{n}>", "µs", (10, 100, 1000), ((1.0,), (2.0,), (30.0,))) for n in range(4)]

    root = ET.fromstring(picture(series))

    assert root.tag.endswith("svg")
    assert len(root.findall("{http://www.w3.org/2000/svg}g")) == 4


def test_a_section_of_the_page_is_replaced_and_the_rest_stays() -> None:
    """What people wrote around the marks is theirs."""
    page = "a\n<!-- begin: x -->\nold\n<!-- end: x -->\nz\n"

    assert replaced(page, "x", "new") == "a\n<!-- begin: x -->\n\nnew\n\n<!-- end: x -->\nz\n"
    with pytest.raises(ValueError, match="no section 'y'"):
        replaced(page, "y", "new")


def test_the_page_has_a_section_for_everything_that_is_measured() -> None:
    """Else a long run would end in an error."""
    page = (TESTS.parent / "docs/benchmarks.md").read_text()

    for section in ("short", "peers", "growth", "soak"):
        assert replaced(page, section, "x")


def test_growth_and_soak_run() -> None:
    """Short ones: many blocks, many turns, many runs, a crowd of streams."""
    assert run_with_blocks(10, runs=2) > 0
    assert len(session_of_turns(5)) == 5
    assert len(soak(runs=20).resident) == 10
    with answering() as url:
        assert stream_together(url, sessions=3, deltas=5) > 0
        middle, worst = paced_together(url, sessions=3, beats=200)
    assert 0 < middle <= worst


def test_long_replies_cost_no_quadratic_work() -> None:
    """A chunk of a reply of 10,000 costs about what one of 1,000 does; quadratic work would be ten times."""
    short, long = chunk_costs(rounds=1).values()

    assert long < 3 * short


def test_an_environment_that_cannot_be_built_says_why(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The reason becomes the peer's line; nothing is installed for it."""
    monkeypatch.setenv("UV_OFFLINE", "1")
    odd = Contestant("odd", "openai", "pass", ("no such requirement ==",))

    with pytest.raises(venvs.InstallError, match=r"\S"):
        venvs.python_of(odd, tmp_path)
