"""Fill a folder with the wheels of everything that the workspace's packages need, and keep it while that is the same.

Packages are then installed into clean environments from this folder alone, without an index.
"""

import hashlib
import subprocess
import sys
import tomllib
from pathlib import Path

__all__ = ["fill", "requirements"]

ROOT = Path(__file__).parents[2]


def distributions() -> list[Path]:
    """Return the folders of the workspace's packages."""
    found = [ROOT / "core", *ROOT.glob("contrib-providers/*"), *ROOT.glob("plugins/*")]
    return sorted(folder for folder in found if (folder / "pyproject.toml").exists())


def requirements() -> list[str]:
    """Return what all packages declare, less the packages of the workspace."""
    projects = [
        tomllib.loads((folder / "pyproject.toml").read_text("utf-8"))["project"] for folder in distributions()
    ]
    own = {project["name"] for project in projects}
    declared = {need for project in projects for need in project.get("dependencies", [])}
    names = {need: need.split("[")[0].split(">")[0].split("=")[0].split("<")[0].strip() for need in declared}
    return sorted(need for need, name in names.items() if name not in own)


def fill(folder: Path) -> None:
    """Download the wheels unless the folder holds them already."""
    needs = requirements()
    stamp = folder / ".requirements"
    text = hashlib.sha256("\n".join([sys.version, *needs]).encode()).hexdigest()
    if stamp.exists() and stamp.read_text("utf-8") == text:
        return
    folder.mkdir(exist_ok=True)
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*command, "--only-binary", ":all:", "--dest", str(folder), *needs], check=True)
    stamp.write_text(text, "utf-8")


if __name__ == "__main__":
    fill(Path(sys.argv[1]))
