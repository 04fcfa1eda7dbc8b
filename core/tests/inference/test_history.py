"""The history keeps every turn as it was, at the cost of what each one adds."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from geppetto import Block, Turn, block
from geppetto.inference.history import History, Ledger
from hypothesis import example, given
from hypothesis import strategies as st

_BLOCKS = [block.user(f"block {number}", id=str(number)) for number in range(6)]
_BLOCKS_OF_A_TURN = st.lists(st.sampled_from(_BLOCKS), max_size=8)
_GROWING = st.integers(0, len(_BLOCKS))
_TURNS = st.lists(_BLOCKS_OF_A_TURN, max_size=8)


@given(turns=_TURNS, replaced=_BLOCKS_OF_A_TURN)
def test_any_sequence_of_turns_reads_back_the_same(turns: list[list[Block]], replaced: list[Block]) -> None:
    """Whatever turns are appended, and the last one replaced, each reads back as it was written."""
    ledger, expected = Ledger(), []
    for number, blocks in enumerate(turns):
        written = Turn(blocks, id=str(number), metadata={"n": number})
        ledger.append(written)
        expected.append(written.clone())
        written.blocks.clear()
    if turns:
        last = Turn(replaced, id="last")
        ledger.replace_last(last)
        expected[-1] = last

    history = History(ledger)
    assert list(history) == expected
    assert history[:] == expected


def test_a_turn_that_goes_on_shares_the_blocks_of_the_one_before() -> None:
    """A longer turn stores its own tail only."""
    ledger = Ledger()
    ledger.append(Turn(_BLOCKS[:4]))

    ledger.append(Turn(_BLOCKS[:6]))

    assert ledger._entries[1].kept == 4
    assert ledger._entries[1].tail == tuple(_BLOCKS[4:6])


def test_dropping_the_last_turn_leaves_the_others() -> None:
    """A turn that is taken back leaves no trace."""
    ledger = Ledger()
    ledger.append(Turn(_BLOCKS[:2], id="a"))
    ledger.append(Turn(_BLOCKS[:3], id="b"))

    ledger.drop_last()

    assert History(ledger) == [Turn(_BLOCKS[:2], id="a")]


@given(steps=st.lists(st.tuples(st.sampled_from(["append", "replace", "drop"]), _GROWING), max_size=12))
@example([("append", 1), ("append", 2), ("append", 3), ("drop", 0), ("replace", 3), ("append", 4)])
def test_any_sequence_of_writes_reads_back_like_a_list(steps: list[tuple[str, int]]) -> None:
    """Turns that are dropped and replaced one after the other leave those before them as they were."""
    ledger, expected = Ledger(), list[Turn]()
    for number, (step, count) in enumerate(steps):
        written = Turn(_BLOCKS[:count], id=str(number))
        if step == "append" or not expected:
            ledger.append(written)
            expected.append(written)
        elif step == "replace":
            ledger.replace_last(written)
            expected[-1] = written
        else:
            ledger.drop_last()
            expected.pop()

    assert History(ledger) == expected


def test_a_history_is_a_sequence_of_copies_that_nobody_can_write() -> None:
    """Slices, indexes from the end, iteration and equality; what is read is the reader's own."""
    ledger = Ledger()
    turns = [Turn(_BLOCKS[:count], id=str(count)) for count in range(1, 4)]
    for turn in turns:
        ledger.append(turn)
    history = History(ledger)

    history[0].blocks.clear()

    assert history == turns
    assert history != turns[:2]
    assert (history[-1], history[1:], len(history)) == (turns[2], turns[1:], 3)
    assert turns[1] in history
    assert list(reversed(history)) == turns[::-1]
    assert not {name for name in dir(history) if not name.startswith("_")} - {"count", "index"}
    with pytest.raises(IndexError):
        history[3]


def test_a_turn_is_replaced_under_readers_who_see_one_or_the_other() -> None:
    """A thread that reads at a run's end finds a last turn, and each turn with its own blocks."""
    ledger, ended = Ledger(), threading.Event()
    history = History(ledger)
    turns = [Turn(_BLOCKS[:count], id=str(count)) for count in range(1, 7)]
    ledger.append(turns[0])

    def read() -> set[bool]:
        found = set()
        while not ended.is_set():
            last = history[-1]
            found.add(last.id == str(len(last.blocks)))
        return found

    with ThreadPoolExecutor(2) as pool:
        reading = [pool.submit(read) for _ in range(2)]
        for number in range(20_000):
            ledger.replace_last(turns[number % 6])
        ended.set()

    assert [found.result() for found in reading] == [{True}, {True}]
