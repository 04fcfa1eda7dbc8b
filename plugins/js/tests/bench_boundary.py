"""Measure what the border costs, each case beside the raw binding in the same run: `python bench_boundary.py`."""

from __future__ import annotations

import asyncio
import json
import os
import queue
import sys
import threading
import time
from collections.abc import Callable
from typing import Any

from geppetto_js import HostFunction, JsFunction, Runtime

RECORD = {
    "role": "user",
    "id": "block-1",
    "index": 3,
    "score": 1.5,
    "ok": True,
    "tags": ["a", "b", "c"],
    "meta": {"source": "x", "deep": {"n": 1, "t": "y"}},
    "text": "hello world",
    "parent": None,
    "kind": "text",
}
TURN = {
    "id": "turn-1",
    "blocks": [
        {
            "id": f"block-{number}",
            "kind": kind,
            "role": kind,
            "payload": {"text": "some words of a conversation"},
            "metadata": {},
        }
        for number, kind in enumerate(("system", "user", "llm_text"))
    ],
    "metadata": {"geppetto.session_id@v1": "s", "geppetto.inference_id@v1": "r"},
    "data": {},
}
LOOP = "(n, f, x) => { for (let i = 0; i < n; i++) f(x); }"


def best(run: Callable[[int], Any], count: int, rounds: int = 5) -> float:
    """Return microseconds for one of `count`, in the best of several rounds."""
    taken = []
    for _ in range(rounds):
        start = time.perf_counter()
        run(count)
        taken.append((time.perf_counter() - start) / count * 1e6)
    return min(taken)


def raw_figures() -> dict[str, float]:
    """Measure the binding alone; empty where another engine is installed."""
    import quickjs

    if not hasattr(quickjs, "Runtime"):
        return {}
    context = quickjs.Context()
    loop = context.eval(LOOP)
    echo = context.new_function(lambda value: value)
    copy = context.new_function(lambda value: value.to_python())
    parse = context.eval("(text) => JSON.parse(text)")
    record, turn = parse(json.dumps(RECORD)), parse(json.dumps(TURN))
    mid = context.new_function(lambda value: context.eval("(x) => x")(value.to_python()).to_python())
    return {
        "scalar": best(lambda n: loop(n, echo, 1), 200_000),
        "dict": best(lambda n: loop(n, copy, record), 50_000),
        "layers": best(lambda n: loop(n, mid, turn), 5_000),
    }


async def raw_hop() -> float:
    """Measure the least that one way from an event loop to a thread and back costs, without any JavaScript."""
    loop, inbox = asyncio.get_running_loop(), queue.SimpleQueue[asyncio.Future[None] | None]()

    def serve() -> None:
        while (future := inbox.get()) is not None:
            loop.call_soon_threadsafe(future.set_result, None)

    thread = threading.Thread(target=serve)
    thread.start()
    taken = []
    for _ in range(5):
        start = time.perf_counter()
        for _ in range(1000):
            inbox.put(future := loop.create_future())
            await future
        taken.append((time.perf_counter() - start) / 1000 * 1e6)
    inbox.put(None)
    thread.join()
    return min(taken)


async def hop(runtime: Runtime) -> float:
    """Measure the same through a runtime: an awaited call of an empty function."""
    empty: JsFunction = await runtime.evaluate_async("() => 1")
    taken = []
    for _ in range(5):
        start = time.perf_counter()
        for _ in range(1000):
            await empty.call_async()
        taken.append((time.perf_counter() - start) / 1000 * 1e6)
    return min(taken)


def own_figures(runtime: Runtime) -> dict[str, float]:
    """Measure the same through a runtime; the loops run in JavaScript."""
    loop: JsFunction = runtime.evaluate(LOOP)
    keep = runtime.evaluate("(f, x) => (n) => { for (let i = 0; i < n; i++) f(x); }")
    record = keep.call(HostFunction(lambda value: value), RECORD)
    return {
        "scalar": best(lambda n: loop.call(n, lambda value: value, 1), 200_000),
        "dict": best(record.call, 50_000),
    }


async def layers(runtime: Runtime) -> float:
    """Measure asyncio -> JS -> asyncio (through a blocking function) -> JS -> asyncio, with all hops between threads."""
    inner: JsFunction = await runtime.evaluate_async("(turn) => turn")

    async def run_inner(turn: Any) -> Any:
        return await inner.call_async(turn)

    outer: JsFunction = await runtime.evaluate_async("(next) => (turn) => next(turn)")
    middleware = await outer.call_async(HostFunction(run_inner, blocking=True))
    taken = []
    for _ in range(5):
        start = time.perf_counter()
        for _ in range(500):
            await middleware.call_async(TURN)
        taken.append((time.perf_counter() - start) / 500 * 1e6)
    return min(taken)


def main() -> None:
    """Print a table; `raw` of the layers is three of them on one thread, without the three hops between threads."""
    if hasattr(os, "sched_setaffinity"):  # a thread that moves between cores measures the move
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    raw = raw_figures()
    with Runtime() as runtime:
        own = own_figures(runtime)
        raw["hop"], own["hop"] = asyncio.run(raw_hop()), asyncio.run(hop(runtime))
        own["layers"] = asyncio.run(layers(runtime))
    sys.stdout.write(f"{'':8} {'raw us':>8} {'ours us':>8} {'ratio':>6}\n")
    for name, figure in own.items():
        base = raw.get(name)
        ratio = figure / base if base else 0
        sys.stdout.write(f"{name:8} {base or 0:8.3f} {figure:8.3f} {ratio:6.2f}\n")


if __name__ == "__main__":
    main()
