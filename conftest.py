"""Settings of the whole test suite."""

import os

from hypothesis import settings

# A build that fails must fail again: there the examples are the same each time, on a developer's machine new ones.
settings.register_profile("ci", derandomize=True)
if os.environ.get("CI"):
    settings.load_profile("ci")
