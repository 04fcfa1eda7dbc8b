"""The hookspecs, the kinds and what importing them costs."""

from __future__ import annotations

import inspect
import subprocess
import sys

import geppetto.plugins
from geppetto.plugins import Kind, hookspecs


def test_every_kind_has_its_hook() -> None:
    """Kinds and hookspecs are the same set, and no hook takes an argument."""
    hooks = {name for name in vars(hookspecs) if name.startswith("geppetto_")}

    assert {kind.spec.hook for kind in Kind} == hooks
    assert all(not inspect.signature(getattr(hookspecs, name)).parameters for name in hooks)
    assert all(len(getattr(hookspecs, name)()) == 0 for name in hooks)


def test_the_page_explains_every_group() -> None:
    """The module's text, which an author reads first, names every group and hook."""
    text = hookspecs.__doc__ or ""

    assert all(kind.spec.group in text and kind.spec.hook in text for kind in Kind)


def test_groups_are_found_again() -> None:
    """Each group leads back to its kind, and no other word does."""
    assert [Kind.of_group(kind.spec.group) for kind in Kind] == list(Kind)
    assert Kind.of_group("geppetto.engine") is None


def test_public_names_exist() -> None:
    """What the package promises can be imported and is listed."""
    for name in geppetto.plugins.__all__:
        assert getattr(geppetto.plugins, name) is not None
        assert name in dir(geppetto.plugins)


def test_hookimpl_is_cheap() -> None:
    """A plugin that imports `hookimpl` imports pluggy and none of the heavy modules."""
    code = "import sys; from geppetto.plugins import hookimpl; print(*sys.modules)"

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    heavy = {"click", "importlib_metadata", "pydantic", "httpx", "jsonschema", "yaml", "rich", "asyncio"}
    assert heavy.isdisjoint(done.stdout.split())
