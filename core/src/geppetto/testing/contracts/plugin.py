"""What every plugin owes the host that lists it: a module that is imported in no time."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any, ClassVar

__all__ = ["PluginSuite", "described"]


class PluginSuite:
    """Check the module that a plugin's entry point names."""

    #: libraries that a listing or another plugin's user should not wait for
    heavy: ClassVar[tuple[str, ...]] = (
        "pydantic",
        "httpx",
        "httpcore",
        "anyio",
        "jsonschema",
        "yaml",
        "aiohttp",
        "requests",
        "click",
    )

    @property
    def plugin_module(self) -> str:
        """The module to import."""
        raise NotImplementedError

    def test_the_plugin_is_light(self) -> None:
        """Importing the module that the entry point names loads no library that a listing would wait for."""
        code = f"import json, sys, {self.plugin_module}; print(json.dumps(sorted(sys.modules)))"

        env = {
            **os.environ,
            "PYTHONPATH": os.pathsep.join(sys.path),
        }  # the suite may have found it by a setting of its own
        command = [sys.executable, "-c", code]
        loaded = json.loads(subprocess.check_output(command, text=True, env=env))  # noqa: S603  # our own words

        assert [name for name in self.heavy if name in loaded] == []


def described(node: Any) -> bool:
    """Say whether a property of a JSON Schema says what it is for."""
    return bool(node.get("description"))
