"""The history keeps every turn as it was, at the cost of what each one adds."""

import threading
from concurrent.futures import ThreadPoolExecutor

from geppetto import Block, Turn, block
from geppetto.inference.history import History
from hypothesis import given
from hypothesis import strategies as st

_BLOCKS = [block.user(f"block {number}", id=str(number)) for number in range(6)]
_TURNS = st.lists(st.lists(st.sampled_from(_BLOCKS), max_size=8), max_size=8)


@given(turns=_TURNS, replaced=st.lists(st.sampled_from(_BLOCKS), max_size=8))
def test_any_sequence_of_turns_reads_back_the_same(turns: list[list[Block]], replaced: list[Block]) -> None:
    """Whatever turns are appended, and the last one replaced, each reads back as it was written."""
    history = History()
    expected = []
    for number, blocks in enumerate(turns):
        written = Turn(blocks, id=str(number), metadata={"n": number})
        history.append(written)
        expected.append(written.clone())
        written.blocks.clear()
    if turns:
        last = Turn(replaced, id="last")
        history.replace_last(last)
        expected[-1] = last

    assert list(history) == expected
    assert history[:] == expected


def test_a_turn_that_goes_on_shares_the_blocks_of_the_one_before() -> None:
    """A longer turn stores its own tail only."""
    history = History()
    first = Turn(_BLOCKS[:4])
    history.append(first)

    history.append(Turn(_BLOCKS[:6]))

    assert history._entries[1].kept == 4
    assert history._entries[1].tail == tuple(_BLOCKS[4:6])


def test_dropping_the_last_turn_leaves_the_others() -> None:
    """A turn that is taken back leaves no trace."""
    history = History()
    history.append(Turn(_BLOCKS[:2], id="a"))
    history.append(Turn(_BLOCKS[:3], id="b"))

    history.drop_last()

    assert [turn.id for turn in history] == ["a"]
    assert history[-1].blocks == _BLOCKS[:2]


def test_a_turn_is_replaced_under_readers_who_see_one_or_the_other() -> None:
    """A thread that reads at a run's end finds a last turn, and each turn with its own blocks."""
    history, ended = History(), threading.Event()
    turns = [Turn(_BLOCKS[:count], id=str(count)) for count in range(1, 7)]
    history.append(turns[0])

    def read() -> set[bool]:
        found = set()
        while not ended.is_set():
            last = history[-1]
            found.add(last.id == str(len(last.blocks)))
        return found

    with ThreadPoolExecutor(2) as pool:
        reading = [pool.submit(read) for _ in range(2)]
        for number in range(20_000):
            history.replace_last(turns[number % 6])
        ended.set()

    assert [found.result() for found in reading] == [{True}, {True}]
