"""Write `_generated.py` from `vocabulary.yaml`, or say that the two differ (`--check`)."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import yaml

__all__ = ["main", "render"]

_HERE = Path(__file__).parent
_HEAD = '''"""Constants generated from `vocabulary.yaml` by `python -m geppetto.turns.generate`; do not edit."""

from enum import StrEnum
from typing import Final

'''


def _constant(word: str) -> str:
    return "".join(c if c.isalnum() else "_" for c in word).upper()


def _enum(name: str, doc: str, values: list[str]) -> str:
    rows = "\n".join(f'    {_constant(value)} = "{value}"' for value in values)
    return f'\n\nclass {name}(StrEnum):\n    """{doc}"""\n\n{rows}\n'


def _constants(name: str, doc: str, rows: dict[str, str]) -> str:
    body = "\n".join(f'    {constant}: Final = "{value}"' for constant, value in rows.items())
    return f'\n\nclass {name}:\n    """{doc}"""\n\n{body}\n'


def _key_rows(namespace: str, family: dict[str, int]) -> dict[str, str]:
    return {_constant(value): f"{namespace}.{value}@v{version}" for value, version in family.items()}


def render(vocabulary: dict[str, Any]) -> str:
    """Return the text of `_generated.py` for a parsed vocabulary."""
    parts = [_enum(name, spec["doc"], spec["values"]) for name, spec in vocabulary["enums"].items()]
    parts.append(_enum("EventType", "The name of a canonical event.", vocabulary["events"]))
    payload = {_constant(key): key for key in vocabulary["payload_keys"]}
    parts.append(_constants("PayloadKey", "The keys of a block's payload that the core knows.", payload))
    for family, values in vocabulary["keys"].items():
        rows = _key_rows(vocabulary["namespace"], values)
        parts.append(
            _constants(f"{family.title()}KeyId", f"The ids of the core's typed {family} keys.", rows)
        )
    names = sorted(
        [*vocabulary["enums"], "EventType", "PayloadKey", *(f"{f.title()}KeyId" for f in vocabulary["keys"])]
    )
    exported = "__all__ = [\n" + "".join(f'    "{name}",\n' for name in names) + "]\n"
    return _HEAD + exported + "".join(parts)


def main(arguments: list[str]) -> int:
    """Write the generated file; with `--check` compare only and return 1 when it differs."""
    target = _HERE / "_generated.py"
    text = render(yaml.safe_load((_HERE / "vocabulary.yaml").read_text("utf-8")))
    if "--check" not in arguments:
        target.write_text(text, "utf-8")
        return 0
    if target.exists() and target.read_text("utf-8") == text:
        return 0
    sys.stderr.write(f"{target.name} differs from vocabulary.yaml: run `python -m geppetto.turns.generate`\n")
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
