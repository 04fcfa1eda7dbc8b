"""How the worker reaches each contestant: one small module per peer, run in the peer's own environment.

An adapter has some of these functions; a row that needs one that is missing says "not offered":

- `connect(url)` -> a client of a blocking API; `ask(client)` -> the reply's text; `use_tools(client)` -> the text after a
  call of `common.get_weather`
- `open_async(url)` -> a client of an async API; `ask_async(client)`; `stream_async(client)` -> the deltas, one by one
- `in_process(layers)` -> an async function that runs once without a network, through so many layers of middleware
- `LAYERED = False` where the peer has no layers: then only 0 layers are measured

`url` ends in the behaviour that is wanted of the server (see `benchmarks.replies`); a client adds `/v1` where its vendor does.
"""
