"""A memory limit that ends scripts, not the process.

QuickJS 2025-09-13 crashes where memory ends: while it describes one error, a failed allocation makes another, which
frees the first (quickjs-ng's issue 1469 tells of the same), and a few functions never look whether they got memory.
So two things are done to the engine that quickjs-bindings 0.1.1 carries:

- it is told for good that an error of lack of memory is being made, so it makes none; scripts end with a value whose
  `typeof` is "unknown", and mostly cannot catch it (a few things that could be done with it crash the engine too);
- the engine's own limit stands above ours, and the script is stopped between the two. The engine asks whether to stop
  every ten thousand jumps and calls; a script that grows fast is asked sooner, so that it cannot pass the space between.

Both write into structures of the engine. They are looked at first, and left alone when they are not as expected.
"""

from __future__ import annotations

import ctypes
from typing import Any

from geppetto_js.engine.layout import known_layout, pointer

__all__ = ["NO_ERROR", "NO_LIMIT", "Memory", "as_expected", "can_guard"]

#: how the package names the value that stands for lack of memory
NO_ERROR = frozenset({"[unsupported type]"})

# JSRuntime and JSContext of QuickJS 2025-09-13, in bytes
_SIZE, _LIMIT, _EXCEPTION_TAG, _UNCATCHABLE, _IN_OUT_OF_MEMORY = 40, 48, 248, 256, 257
_RUNTIME_OF_CONTEXT, _COUNTER, _MODULES = 24, 432, 440
_TAG_UNINITIALIZED = 4
_RARELY, _AT_FIRST, _OFTEN = 10_000, 500, 50
_LEAST_RESERVE = 8 * 1024 * 1024
#: what stands for none: more than a machine has
NO_LIMIT = 2**60


def can_guard(name: str, version: str) -> bool:
    """Say whether `Memory` knows a release of a package."""
    return name == "quickjs-bindings" and known_layout(name, version) is not None


class Memory:
    """The heap of one engine, looked at whenever the engine asks whether to stop."""

    def __init__(self, runtime: Any, context: Any, limit: int) -> None:
        self._runtime, self._limit = runtime, limit
        self._reserve = max(limit // 4, _LEAST_RESERVE)
        address = pointer(runtime)
        self._size = ctypes.c_size_t.from_address(address + _SIZE)
        #: what the engine counts down at each jump and call until it asks
        self.counter = ctypes.c_int.from_address(pointer(context) + _COUNTER)
        self._uncatchable = ctypes.c_uint8.from_address(address + _UNCATCHABLE)
        # what is thrown sets it back; lack of memory is not thrown, and finds it so
        self._uncatchable.value = True
        ctypes.c_uint8.from_address(address + _IN_OUT_OF_MEMORY).value = True
        runtime.set_memory_limit(limit + self._reserve)
        self._before, self._pace = self._size.value, _AT_FIRST
        self.counter.value = _AT_FIRST

    def ask_again(self, *, soon: bool) -> None:
        """Have the engine ask at its next jump or call, or as seldom as before."""
        self.counter.value = 1 if soon else max(self._pace, _AT_FIRST)

    def spent(self) -> bool:
        """Say whether the heap is full, and stays full without garbage; set when to ask next."""
        full = self._size.value > self._limit
        if full:
            self._runtime.run_gc()
        size = self._size.value
        grown, self._before = max(size - self._before, 1), size
        steady = self._pace * (self._reserve // 4) // grown  # a quarter of the reserve until the next look
        self._pace = max(_OFTEN, min(_RARELY, 2 * self._pace, steady))
        self.counter.value = self._pace
        self._uncatchable.value = True
        # one that stays nearly full would be collected at every look, and run a hundred times slower instead of ending
        return full and size > self._limit - self._limit // 16


def as_expected(runtime: Any, context: Any, limit: int) -> bool:
    """Look for what must stand in a new engine: the limit just set, no exception, the way back, a list of no modules."""
    address, inner = pointer(runtime), pointer(context)
    return (
        ctypes.c_size_t.from_address(address + _LIMIT).value == limit
        and ctypes.c_size_t.from_address(address + _SIZE).value
        == runtime.compute_memory_usage()["malloc_size"]
        and ctypes.c_int64.from_address(address + _EXCEPTION_TAG).value == _TAG_UNINITIALIZED
        and ctypes.c_uint8.from_address(address + _IN_OUT_OF_MEMORY).value == 0
        and ctypes.c_size_t.from_address(inner + _RUNTIME_OF_CONTEXT).value == address
        and ctypes.c_int.from_address(inner + _COUNTER).value == 0
        and ctypes.c_size_t.from_address(inner + _MODULES).value == inner + _MODULES
    )
