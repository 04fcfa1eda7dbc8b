"""Anthropic's Messages API for Geppetto."""
