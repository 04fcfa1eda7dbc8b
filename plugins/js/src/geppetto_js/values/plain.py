"""Python values on their way out: which are plain data, and the tagged text of those that are more."""

from __future__ import annotations

import dataclasses
import datetime as dt
import enum
import json
from collections.abc import Callable, Mapping
from typing import Any, Final

from geppetto_js.errors import JsValueUnsupported
from geppetto_js.values.handles import HostFunction, JsHandle
from geppetto_js.values.undefined import UNDEFINED

__all__ = ["MAX_DEPTH", "MAX_PARTS", "SAFE_INT", "Packer", "is_plain"]

#: how deep lists and objects may be nested, in both directions; deeper is refused, since both sides recurse
MAX_DEPTH: Final = 100
#: how many parts a value may have, in both directions; a list that stands in itself many times has more than memory
MAX_PARTS: Final = 1_000_000
#: the last whole number that a JavaScript number holds exactly; beyond it, integers are BigInt
SAFE_INT: Final = 2**53
_LOW = -SAFE_INT
_EASY = frozenset({str, bool, float, type(None)})


def is_plain(value: Any) -> bool:
    """Say whether the engine may copy a list or dict as it is."""
    return _parts_of(value, 0) >= 0


def _parts_of(value: Any, depth: int) -> int:  # noqa: C901  # a call for each part would double the price
    """Count the parts of plain data, -1 for what is none; cycles end at the depth or the count that is allowed."""
    kind = type(value)
    if kind is dict:
        try:
            names = "".join(value)
        except TypeError:  # a key that is no text
            return -1
        if "\0" in names or "__proto__" in names:  # the engine would take them for something else
            return -1
        value = value.values()
    elif kind is not list:
        return -1
    count = len(value)
    for part in value:
        kind = type(part)
        if kind in _EASY:
            continue
        if kind is dict or kind is list:
            if not part:
                continue
            inner = _parts_of(part, depth + 1) if depth < MAX_DEPTH else -1
            if inner < 0:
                return -1
            count += inner
        elif kind is not int or not _LOW <= part <= SAFE_INT:
            return -1
    return count if count <= MAX_PARTS else -1


class Packer:
    """Write one value as tagged JSON text; functions go ahead of it and are named by number."""

    def __init__(self, hold_function: Callable[[HostFunction], int], owner: object) -> None:
        self._hold, self._owner = hold_function, owner
        self._above: set[int] = set()
        self._count = 0

    def text(self, value: Any) -> str:
        """Return the text; raise JsValueUnsupported with the path of what cannot cross."""
        return json.dumps(self.pack(value, ""), allow_nan=False, separators=(",", ":"))

    def pack(self, value: Any, path: str) -> Any:
        """Return the tagged tree of a value that stands at `path`."""
        if value is None or isinstance(value, bool):
            return value
        if value is UNDEFINED:
            return {"$js": "undefined"}
        if isinstance(value, enum.Enum):
            return self.pack(value.value, path)
        if isinstance(value, str):
            return str(value)
        if isinstance(value, (int, float)):
            return _number(value)
        return self._pack_object(value, path)

    def _pack_object(self, value: Any, path: str) -> Any:
        if isinstance(value, (bytes, bytearray, memoryview)):
            return {"$js": "bytes", "v": bytes(value).decode("latin-1")}
        if isinstance(value, (dt.datetime, dt.date)):
            return value.isoformat()
        if isinstance(value, JsHandle):
            return {"$js": "held", "v": value.id_for(self._owner)}
        if isinstance(value, HostFunction) or (callable(value) and not isinstance(value, type)):
            made = value if isinstance(value, HostFunction) else HostFunction(value)
            return {"$js": "once", "v": self._hold(made)}
        return self._pack_container(value, path)

    def _pack_container(self, value: Any, path: str) -> Any:
        if id(value) in self._above:
            raise JsValueUnsupported(path, "a cycle")
        if len(self._above) > MAX_DEPTH:
            raise JsValueUnsupported(path, f"nested deeper than {MAX_DEPTH} levels")
        parts = _parts(value, path)
        self._count += len(parts)
        if self._count > MAX_PARTS:
            raise JsValueUnsupported(path, f"more than {MAX_PARTS} parts")
        self._above.add(id(value))
        packed: list[Any] = []
        for key, part in parts:  # a loop, not a comprehension: that would be one more frame for each level
            packed.append((key, self.pack(part, f"{path}/{_escaped(key)}")))
        self._above.discard(id(value))
        if isinstance(value, (list, tuple)):
            return [part for _, part in packed]
        return {"$js": "object", "v": packed} if any(key == "$js" for key, _ in packed) else dict(packed)


def _parts(value: Any, path: str) -> list[tuple[str, Any]]:
    """Return the keys and values of a container; raise JsValueUnsupported for what is none."""
    if isinstance(value, (list, tuple)):
        return [(str(index), part) for index, part in enumerate(value)]
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return [(field.name, getattr(value, field.name)) for field in dataclasses.fields(value)]
    if not isinstance(value, Mapping):
        raise JsValueUnsupported(path, f"a {type(value).__name__}")
    for key in value:
        if not isinstance(key, str):
            raise JsValueUnsupported(path, f"the key {key!r}, which is no text")
    return [(str(key), part) for key, part in value.items()]


def _number(value: float) -> Any:
    if isinstance(value, int):
        number = int(value)
        if -SAFE_INT <= number <= SAFE_INT:
            return number
        return {"$js": "bigint", "v": hex(abs(number)), "less": number < 0}
    if value - value != 0:  # NaN and the infinities have no JSON
        names = {float("inf"): "Infinity", float("-inf"): "-Infinity"}
        return {"$js": "number", "v": names.get(value, "NaN")}
    return float(value)


def _escaped(key: str) -> str:
    return key.replace("~", "~0").replace("/", "~1")
