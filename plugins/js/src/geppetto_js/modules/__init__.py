"""Modules of scripts: CommonJS and ES modules from granted directories, and modules made in Python."""
