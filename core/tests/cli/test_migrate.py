"""`geppetto profiles migrate-legacy`."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

Geppetto = Callable[..., subprocess.CompletedProcess[str]]
OLD = "# mine\ndefault:\n  ai-chat: {ai-engine: m, ai-api-type: openai}\nfast: {}\n"


def test_an_old_map_becomes_a_registry_file_beside_it(geppetto: Geppetto, tmp_path: Path) -> None:
    """That resolves; a second run does not overwrite it without being told."""
    old = tmp_path / "profiles.yaml"
    old.write_text(OLD)
    new = tmp_path / "profiles.runtime.yaml"

    dry = geppetto("profiles", "migrate-legacy", str(old), "--dry-run")
    untouched = not new.exists()
    done = geppetto("profiles", "migrate-legacy", str(old), "--registry", "mine", "--json")
    again = geppetto("profiles", "migrate-legacy", str(old))
    resolved = geppetto("profiles", "resolve", "--profile-registries", str(new), "--json")

    assert (dry.returncode, untouched, dry.stdout.splitlines()[0]) == (0, True, "slug: default")
    assert json.loads(done.stdout) == {"form": "legacy-map", "written": str(new)}
    assert (again.returncode, "--force" in again.stderr) == (2, True)
    assert (
        json.loads(resolved.stdout)["effective_runtime"]["step_settings_patch"]["ai-chat"]["ai-engine"] == "m"
    )
    assert old.read_text() == OLD


def test_a_file_replaced_in_place_is_kept_beside(geppetto: Geppetto, tmp_path: Path) -> None:
    """And what is a registry already is left alone."""
    old = tmp_path / "profiles.yaml"
    old.write_text(OLD)

    done = geppetto("profiles", "migrate-legacy", str(old), "--in-place")
    skipped = geppetto("profiles", "migrate-legacy", str(old), "--skip-if-not-legacy")
    refused = geppetto("profiles", "migrate-legacy", str(old), "--json")

    assert (done.returncode, skipped.returncode, refused.returncode) == (0, 0, 2)
    assert (tmp_path / "profiles.yaml.bak").read_text() == OLD
    assert json.loads(refused.stdout or refused.stderr)["error"]["code"] == "NOT_LEGACY"
