"""The policy decides before any import: files, environment and command line, in that order."""

from __future__ import annotations

from pathlib import Path

import pytest
from geppetto.errors import ConfigError
from geppetto.plugins import PluginPolicy, Row
from geppetto.plugins.paths import lock_file, paths
from geppetto.plugins.policy import Trust

ROW = Row("tool", "web_search", "geppetto-tools-web", "1.0", "web_plugin")
CORE = Row("engine", "echo", "geppetto", "1.0", "geppetto.builtin.plugin")


def _write(folder: Path, text: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "plugins.toml"
    file.write_text(text)
    return file


@pytest.mark.parametrize(
    "selector",
    ["geppetto-tools-web", "Geppetto_Tools.Web", "geppetto-tools-web/webSearch", "tool:web-search"],
)
def test_a_selector_means_a_distribution_or_a_contribution(selector: str) -> None:
    """Rows are denied by distribution, by namespaced name and by kind and name, in any spelling."""
    policy = PluginPolicy(deny=frozenset({selector}), source={selector: "somewhere"})

    assert selector in policy.blocks(ROW)
    assert "somewhere" in policy.blocks(ROW)


@pytest.mark.parametrize("selector", ["geppetto-tools", "geppetto-tools-web/other", "engine:web_search"])
def test_a_selector_means_nothing_else(selector: str) -> None:
    """A selector does not touch rows that only resemble what it names."""
    assert PluginPolicy(deny=frozenset({selector})).blocks(ROW) == ""


def test_only_keeps_the_core_and_what_it_names() -> None:
    """`only` excludes strangers it does not name, never the core; a denial is stronger."""
    other = PluginPolicy(only=frozenset({"geppetto-other"}))
    both = PluginPolicy(only=frozenset({"geppetto-tools-web"}), deny=frozenset({"geppetto-tools-web"}))

    assert "only" in other.blocks(ROW)
    assert other.blocks(CORE) == ""
    assert "denied" in both.blocks(ROW)


def test_no_plugins_keeps_the_core() -> None:
    """Without plugins exactly the core's rows remain."""
    policy = PluginPolicy(no_plugins=True)

    assert policy.blocks(ROW)
    assert policy.blocks(CORE) == ""


def test_no_files_allow_everything(tmp_path: Path) -> None:
    """Where no plugins.toml exists and nothing is set, nothing is blocked."""
    policy = PluginPolicy.read(tmp_path / "plugins.toml", tmp_path, {})

    assert policy == PluginPolicy(source=policy.source, lock_file=tmp_path / "plugins.lock")
    assert policy.told_trust == ""


def test_the_users_file_denies_allows_and_overrides(tmp_path: Path) -> None:
    """The user's plugins.toml sets all three, and a reason names file and line."""
    file = _write(
        tmp_path,
        '# denied, for good\ndeny = [\n  "geppetto-a",\n]\nonly = ["geppetto-b"]\n[override]\n"tool/web-search" = "geppetto-b"\n',
    )

    policy = PluginPolicy.read(file, None, {})

    assert policy.blocks(Row("tool", "x", "geppetto-a", "", "m")).endswith(f"{file}:3")
    assert policy.blocks(ROW).endswith(f"{file}:5")
    assert policy.owner("tool", "webSearch") == "geppetto-b"
    assert policy.owner("engine", "webSearch") is None


def test_the_project_may_only_deny(tmp_path: Path) -> None:
    """A project's plugins.toml adds denials; its `only` and `override` are ignored, and a warning names the line."""
    user = _write(tmp_path / "user", 'deny = ["geppetto-a"]\n')
    project = tmp_path / "project"
    file = _write(project, 'deny = ["geppetto-b"]\nonly = []\n[override]\n"tool/x" = "evil"\n')

    policy = PluginPolicy.read(user, project, {})

    assert policy.deny == {"geppetto-a", "geppetto-b"}
    assert policy.only is None
    assert policy.owner("tool", "x") is None
    assert [warning.partition(": ")[0] for warning in policy.warnings] == [f"{file}:2", f"{file}:3"]


def test_the_environment_is_above_the_files(tmp_path: Path) -> None:
    """The environment adds denials, replaces `only`, and switches plugins off or to strict."""
    user = _write(tmp_path, 'deny = ["geppetto-a"]\nonly = ["geppetto-c"]\n')
    env = {
        "GEPPETTO_PLUGINS_DENY": " geppetto-b , tool:x,",
        "GEPPETTO_PLUGINS_ONLY": "geppetto-tools-web",
        "GEPPETTO_NO_PLUGINS": "0",
        "GEPPETTO_STRICT_PLUGINS": "1",
    }

    policy = PluginPolicy.read(user, None, env)

    assert policy.deny == {"geppetto-a", "geppetto-b", "tool:x"}
    assert policy.only == frozenset({"geppetto-tools-web"})
    assert (policy.no_plugins, policy.strict) == (False, True)
    assert PluginPolicy.read(user, None, {"GEPPETTO_NO_PLUGINS": "1"}).no_plugins
    assert PluginPolicy.read(user, None, {}, no_plugins=True).no_plugins


@pytest.mark.parametrize(
    ("text", "line", "word"),
    [
        ('deny = ["a"]\nonly = [\n', 2, "TOML"),
        ('\ndenny = ["a"]\n', 2, "deny"),
        ('deny = "a"\n', 1, "list of strings"),
        ("only = [1]\n", 1, "list of strings"),
        ('deny = ["a",\n  "enigne:b"]\n', 2, "engine"),
        ('\n[override]\nlookup = "geppetto-a"\n', 3, "kind/name"),
        ('[override]\n"tool/x" = 1\n', 2, "kind/name"),
        ('override = "x"\n', 1, "table"),
    ],
)
def test_a_malformed_file_is_an_error_with_file_and_line(
    tmp_path: Path, text: str, line: int, word: str
) -> None:
    """What does not fit is refused with file and line, and with what to write instead."""
    file = _write(tmp_path, text)

    with pytest.raises(ConfigError) as caught:
        PluginPolicy.read(file, None, {})

    shown = f"{caught.value.message} {caught.value.next_step}"
    assert f"{file}:{line}" in shown or f"line {line}" in shown
    assert word in shown


def test_a_file_that_is_no_text_is_an_error(tmp_path: Path) -> None:
    """Bytes that are no UTF-8, and a folder in place of the file, are refused by name."""
    file = tmp_path / "plugins.toml"
    file.write_bytes(b"deny = ['\xff']")
    folder = tmp_path / "folder"
    folder.mkdir()

    for bad in (file, folder):
        with pytest.raises(ConfigError, match="cannot be read"):
            PluginPolicy.read(bad, None, {})


def test_a_bad_selector_in_the_environment_names_the_variable() -> None:
    """A kind that does not exist is refused with the name of the variable."""
    with pytest.raises(ConfigError, match="GEPPETTO_PLUGINS_DENY"):
        PluginPolicy.read(Path("/nowhere"), None, {"GEPPETTO_PLUGINS_DENY": "tol:x"})


def test_home_holds_configuration_and_data(tmp_path: Path) -> None:
    """`$GEPPETTO_HOME` holds both folders; without it the platform's own are used."""
    found = paths({"GEPPETTO_HOME": str(tmp_path)})

    assert (found.config, found.data) == (tmp_path / "config", tmp_path / "data")
    assert paths({}).config.name == "geppetto"


def test_a_home_that_nobody_has_is_told() -> None:
    """Not as an error of Python's."""
    with pytest.raises(ConfigError, match="nobody here has that home") as caught:
        paths({"GEPPETTO_HOME": "~nobody-has-this-name/x"})

    assert caught.value.subject == "GEPPETTO_HOME"


def test_trust_is_the_users_or_the_environments(tmp_path: Path) -> None:
    """The user's file says it with its line, the environment goes before it, and an empty variable says nothing."""
    file = _write(tmp_path, '# careful\ntrust = "locked"\n')

    user = PluginPolicy.read(file, None, {"GEPPETTO_PLUGINS_TRUST": " "})
    outside = PluginPolicy.read(file, None, {"GEPPETTO_PLUGINS_TRUST": "installed"})
    alone = PluginPolicy.read(tmp_path / "none.toml", None, {"GEPPETTO_PLUGINS_TRUST": "locked"})

    assert (user.trust, user.source["trust"]) == (Trust.LOCKED, f"{file}:2")
    assert f"{file}:2" in user.told_trust
    assert str(tmp_path / "plugins.lock") in user.told_trust
    assert (outside.trust, outside.told_trust) == (Trust.INSTALLED, "")
    assert (alone.trust, alone.source["trust"]) == (Trust.LOCKED, "GEPPETTO_PLUGINS_TRUST")


def test_a_project_may_not_say_whom_to_trust(tmp_path: Path) -> None:
    """What comes with a clone neither loosens nor tightens; that it is ignored is told."""
    project = _write(tmp_path / "project", 'trust = "installed"\n')
    user = _write(tmp_path / "user", 'trust = "locked"\n')

    policy = PluginPolicy.read(user, project.parent, {})

    assert policy.trust is Trust.LOCKED
    [warning] = policy.warnings
    assert warning.startswith(f"{project}:1: `trust` is ignored")


@pytest.mark.parametrize(
    ("value", "hint"),
    [('"lokced"', "did you mean locked?"), ("true", "write installed or locked"), ('""', "write")],
)
def test_a_trust_that_nobody_knows_is_an_error(tmp_path: Path, value: str, hint: str) -> None:
    """A misspelt word must not mean that everything may be used; it is told with file and line, or the variable."""
    file = _write(tmp_path, f"deny = []\ntrust = {value}\n")

    with pytest.raises(ConfigError, match="there is no trust") as caught:
        PluginPolicy.read(file, None, {})
    with pytest.raises(ConfigError) as outside:
        PluginPolicy.read(tmp_path / "none.toml", None, {"GEPPETTO_PLUGINS_TRUST": "some"})

    assert (caught.value.code, caught.value.subject) == ("PLUGIN_POLICY", f"{file}:2")
    assert hint in caught.value.next_step
    assert outside.value.subject == "GEPPETTO_PLUGINS_TRUST"


def test_only_omits_what_it_does_not_name() -> None:
    """Never the core, and nothing where there is no `only`."""
    policy = PluginPolicy(only=frozenset({"geppetto-other"}))

    assert (policy.omits(ROW), policy.omits(CORE), PluginPolicy().omits(ROW)) == (True, False, False)


def test_the_lock_stands_beside_the_policy(tmp_path: Path) -> None:
    """In the configuration folder, where the policy looks for it."""
    env = {"GEPPETTO_HOME": str(tmp_path)}

    policy = PluginPolicy.read(paths(env).config / "plugins.toml", None, env)

    assert policy.lock_file == lock_file(env) == tmp_path / "config" / "plugins.lock"
