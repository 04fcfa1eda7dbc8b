"""Turns in files, and files in prompts: `--save`, `--load` and `-a`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from geppetto.atomic import check_writable, write_atomically
from geppetto.errors import DecodeError, InvalidOption
from geppetto.turns import Turn, block, from_json, from_yaml, repair, to_json, to_yaml

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["attachment", "check_target", "load_turn", "prompt_block", "read_schema", "save_turn"]

_JSON = ".json"
_MOST_BYTES = 50 * 1024 * 1024


def load_turn(path: Path) -> tuple[Turn, list[str]]:
    """Read a turn from a YAML or JSON file and answer its dangling calls; return it with their ids.

    Raises DecodeError naming the file.
    """
    try:
        text = path.read_text("utf-8")
        turn = from_json(text) if path.suffix == _JSON else from_yaml(text)
    except (OSError, UnicodeDecodeError) as error:
        raise DecodeError(f"{path}: cannot be read: {error}", subject=str(path)) from error
    except DecodeError as error:
        raise DecodeError(
            f"{path}: {error.message}", subject=error.subject, next_step=error.next_step
        ) from error
    return repair(turn)


def read_schema(path: Path) -> dict[str, Any]:
    """Read a JSON Schema from a JSON or YAML file; raise DecodeError naming the file."""
    from geppetto.turns.yaml_text import load

    try:
        found = load(path.read_text("utf-8"), str(path))
    except OSError as error:
        raise DecodeError(f"{path}: cannot be read: {error.strerror}", subject=str(path)) from error
    if not isinstance(found, dict):
        raise DecodeError(f"{path}: a schema is an object, found {type(found).__name__}", subject=str(path))
    return found


def save_turn(turn: Turn, path: Path) -> None:
    """Write a turn to a YAML or JSON file; a crash leaves the old file or the new one. Raises InvalidOption."""
    text = to_json(turn) if path.suffix == _JSON else to_yaml(turn)
    try:
        write_atomically(path, text)
    except OSError as error:
        raise _unwritable(path, error) from error


def check_target(path: Path) -> None:
    """Raise InvalidOption for a file that could not be written: before a run, not after it has been paid for."""
    try:
        check_writable(path)
    except OSError as error:
        raise _unwritable(path, error) from error


def _unwritable(path: Path, error: OSError) -> InvalidOption:
    return InvalidOption(
        f"{path}: cannot be written: {error.strerror}",
        subject=str(path),
        next_step="choose a file in a folder that you may write, on a disk with room",
    )


def attachment(source: str) -> dict[str, Any]:
    """Make a part of an image, document or audio file, or of a URL. Raises InvalidOption."""
    if source.startswith(("https://", "http://")):
        return block.image(source) if _kind(source) == "image" else block.document(source)
    path = Path(source)
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise InvalidOption(f"{path} is larger than {_MOST_BYTES // 1024 // 1024} MiB", subject=source)
        return {"image": block.image, "audio": block.audio}.get(_kind(source), block.document)(path)
    except OSError as error:
        raise InvalidOption(f"{path}: cannot be read: {error.strerror}", subject=source) from error


def _kind(source: str) -> str:
    import mimetypes

    return (mimetypes.guess_type(source.split("?", maxsplit=1)[0])[0] or "").split("/")[0]


def prompt_block(prompt: str, attachments: Sequence[str]) -> Any:
    """Make the user block of a prompt and its attachments."""
    return block.user(prompt, *(attachment(source) for source in attachments))
