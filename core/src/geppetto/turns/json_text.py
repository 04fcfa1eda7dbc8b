"""JSON text, read strictly and written so that it is always UTF-8."""

from __future__ import annotations

import json
import math
import re
from typing import Any, NoReturn

__all__ = ["dumps", "loads"]

_SURROGATE = re.compile("[\ud800-\udfff]")


def _no_constant(name: str) -> NoReturn:
    msg = f"{name} is no JSON number"
    raise ValueError(msg)


def _finite(text: str) -> float:
    number = float(text)
    if math.isinf(number):
        _no_constant(text)
    return number


def loads(text: str | bytes) -> Any:
    """Read JSON text; raise ValueError for what is none: NaN, numbers without bound and endless nesting too."""
    try:
        return json.loads(text, parse_constant=_no_constant, parse_float=_finite)
    except RecursionError:
        msg = "nested too deeply"
        raise ValueError(msg) from None


def dumps(value: Any) -> str:
    """Return frozen or plain JSON data as text; a lone surrogate is escaped, everything else is readable."""
    text = json.dumps(value, ensure_ascii=False, allow_nan=False)
    return _SURROGATE.sub(lambda found: f"\\u{ord(found[0]):04x}", text)
