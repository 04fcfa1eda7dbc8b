"""The value of `--timeout`."""

from __future__ import annotations

import math
from typing import Any

import click

__all__ = ["Seconds"]

#: threads cannot wait for as long as a float can say
_MOST = 1_000_000_000


class Seconds(click.FloatRange):
    """A number of seconds above 0; `nan` fits every range, so it is looked for."""

    name = "seconds"

    def __init__(self) -> None:
        super().__init__(min=0, min_open=True, max=_MOST)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Return the number; fail for what is none."""
        number = super().convert(value, param, ctx)
        if math.isnan(number):
            self.fail(f"{value!r} is no number of seconds.", param, ctx)
        return number
