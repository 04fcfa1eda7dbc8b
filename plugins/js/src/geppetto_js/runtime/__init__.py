"""The runtime: one engine, one thread, and the ways into it; `geppetto_js.runtime.runtime` is the face."""
