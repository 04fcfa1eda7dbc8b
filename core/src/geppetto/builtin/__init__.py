"""The built-in engines, middlewares and tools."""
