"""Prices and context windows of models, from the data package genai-prices."""
