"""JavaScript's `undefined`, for the few places where it is not the same as null."""

from __future__ import annotations

import enum
from typing import Final, Literal

__all__ = ["UNDEFINED", "Undefined"]


class Undefined(enum.Enum):
    """The type of `UNDEFINED`; false, as in JavaScript."""

    UNDEFINED = "undefined"

    def __bool__(self) -> Literal[False]:
        return False

    def __repr__(self) -> str:
        return "UNDEFINED"


#: becomes `undefined` in JavaScript; the other way `undefined` becomes None, and is left out of objects
UNDEFINED: Final = Undefined.UNDEFINED
