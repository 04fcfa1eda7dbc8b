"""Caches of vectors: in memory, and in a folder that processes share."""

import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from geppetto.embedding import DiskCache, EmbeddingCache, MemoryCache
from geppetto.embedding.cache import key_of
from geppetto.embedding.open import open_cache
from geppetto.errors import InvalidOption
from hypothesis import given
from hypothesis import strategies as st


def _caches(folder: Path) -> list[EmbeddingCache]:
    return [MemoryCache(3), DiskCache(folder / "vectors", max_entries=3)]


def test_a_vector_comes_back_exactly(tmp_path: Path) -> None:
    """No digit is lost, and an empty vector is one too."""
    for cache in _caches(tmp_path):
        for text, vector in (("a", (0.1, -2.5e-300, 1e300)), ("b", ())):
            cache.put(key_of("m", text), vector)
            assert cache.get(key_of("m", text)) == vector
        assert cache.get(key_of("m", "c")) is None


@given(st.text(), st.text(), st.text(), st.text())
def test_keys_tell_models_and_texts_apart(one: str, text: str, other: str, words: str) -> None:
    """Two models never share a vector, whatever the texts are (a NUL stands between the two)."""
    if (one, text) != (other, words) and "\0" not in one + other:
        assert key_of(one, text) != key_of(other, words)


def test_the_one_used_longest_ago_makes_room(tmp_path: Path) -> None:
    """Reading counts as use."""
    memory = MemoryCache(2)
    memory.put("a", (1.0,))
    memory.put("b", (2.0,))
    memory.get("a")
    memory.put("c", (3.0,))

    disk = DiskCache(tmp_path, max_entries=2)
    for name in "ab":
        disk.put(name * 4, (1.0,))
        os.utime(next(tmp_path.glob(f"*/{name * 4}.vec")), (1, 1 if name == "b" else 2))
    disk._written = 64
    disk.put("cccc", (3.0,))

    assert [memory.get(name) is None for name in "abc"] == [False, True, False]
    assert [disk.get(name * 4) is None for name in "abc"] == [False, True, False]
    assert len(disk) == len(memory) == 2


def test_bytes_are_bounded_too(tmp_path: Path) -> None:
    """What is larger than the limit alone is not kept."""
    disk = DiskCache(tmp_path, max_bytes=200)

    for number in range(70):
        disk.put(f"{number:04}", tuple([1.0] * 10))

    assert sum(path.stat().st_size for path in tmp_path.glob("*/*.vec")) < 200 + 64 * 130


@pytest.mark.parametrize(
    "damage", [b"", b"GEV1", b"not ours at all, but long enough to be a file of vectors"]
)
def test_a_damaged_file_is_a_miss_and_goes(tmp_path: Path, damage: bytes) -> None:
    """Nothing of it is believed."""
    disk = DiskCache(tmp_path)
    disk.put("aaaa", (1.0, 2.0))
    [path] = tmp_path.glob("*/*.vec")
    path.write_bytes(damage)

    assert disk.get("aaaa") is None
    assert not path.exists()


def test_every_single_byte_of_a_file_counts(tmp_path: Path) -> None:
    """One flipped bit anywhere is found."""
    disk = DiskCache(tmp_path)
    disk.put("aaaa", (1.0, 2.0))
    [path] = tmp_path.glob("*/*.vec")
    whole = path.read_bytes()

    for place in range(len(whole)):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        assert disk.get("aaaa") is None, place


def test_processes_share_a_folder(tmp_path: Path) -> None:
    """What another process wrote is there at once."""
    code = "import sys; from pathlib import Path; from geppetto.embedding import DiskCache; DiskCache(Path(sys.argv[1])).put('aaaa', (4.5,))"

    subprocess.run([sys.executable, "-c", code, str(tmp_path)], check=True)

    assert DiskCache(tmp_path).get("aaaa") == (4.5,)


def test_a_folder_that_cannot_be_written_fails_no_call(tmp_path: Path) -> None:
    """A cache helps or does nothing."""
    (tmp_path / "file").write_text("in the way")
    disk = DiskCache(tmp_path / "file")

    disk.put("aaaa", (1.0,))

    assert disk.get("aaaa") is None
    disk.clear()


def test_threads_may_share_a_cache(tmp_path: Path) -> None:
    """Eight writers and readers, no error and no vector of another text."""
    for cache in (MemoryCache(50), DiskCache(tmp_path, max_entries=50)):
        wrong: list[object] = []

        def work(shift: int, cache: EmbeddingCache = cache, wrong: list[object] = wrong) -> None:
            for number in range(100):
                name = f"{(number + shift) % 80:04}"
                cache.put(name, (float(name),))
                found = cache.get(name)
                if found not in (None, (float(name),)):
                    wrong.append(found)

        threads = [threading.Thread(target=work, args=(shift,)) for shift in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert wrong == []


def test_clear_forgets_everything(tmp_path: Path) -> None:
    """And the cache goes on."""
    for cache in _caches(tmp_path):
        cache.put("aaaa", (1.0,))
        cache.clear()
        assert cache.get("aaaa") is None
        cache.put("aaaa", (2.0,))
        assert cache.get("aaaa") == (2.0,)


def test_limits_and_names_are_checked(tmp_path: Path) -> None:
    """A limit of 0 would throw everything away at once; a name is one of three."""
    with pytest.raises(InvalidOption, match="max_entries"):
        MemoryCache(0)
    with pytest.raises(InvalidOption, match="max_bytes"):
        DiskCache(tmp_path, max_bytes=0)
    with pytest.raises(InvalidOption, match="file") as caught:
        open_cache("file", tmp_path)

    assert caught.value.next_step == "none, memory or disk"
    assert open_cache("none", tmp_path) is open_cache(None, tmp_path) is None
    memory = MemoryCache()
    assert open_cache(memory, tmp_path) is memory
    assert isinstance(open_cache("disk", tmp_path), DiskCache)
