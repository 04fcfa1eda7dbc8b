"""Conduct: how a plugin behaves while it is loaded, and whether others can live with that."""
