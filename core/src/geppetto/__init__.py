"""Geppetto: a plugin-ecosystem framework for LLM inference."""
