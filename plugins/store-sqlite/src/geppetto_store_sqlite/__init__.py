"""Profile registries in an SQLite database."""
