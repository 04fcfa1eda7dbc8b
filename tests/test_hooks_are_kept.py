"""Every hook is documented and exercised: nothing is promised that no test runs."""

import inspect
from pathlib import Path

import pytest
from geppetto.plugins import hookspecs

ROOT = Path(__file__).parent.parent
HOOKS = {
    name: function
    for name, function in vars(hookspecs).items()
    if name.startswith("geppetto_") and inspect.isfunction(function)
}


@pytest.mark.parametrize("name", HOOKS)
def test_a_hook_and_its_arguments_are_documented(name: str) -> None:
    """The reference page has the hook with its signature, and its docstring says what it gives."""
    page = (ROOT / "docs" / "reference" / "hooks.md").read_text("utf-8")

    assert f"{name}{inspect.signature(HOOKS[name])}" in page
    assert (inspect.getdoc(HOOKS[name]) or "").startswith("Give")


@pytest.mark.parametrize("name", HOOKS)
def test_a_hook_is_used_by_a_test(name: str) -> None:
    """Some test loads a plugin through the hook, by its name or through the table of kinds."""
    from geppetto.plugins import Kind

    [kind] = [kind for kind in Kind if kind.spec.hook == name]
    tests = [*ROOT.glob("core/tests/**/*.py"), *ROOT.glob("contrib-providers/*/tests/*.py")]
    texts = [path.read_text("utf-8") for path in tests]

    assert any(name in text or f"Kind.{kind.name}" in text for text in texts), f"no test uses {name}"
