"""What a plugin's own code raises while a run is put together: an error of ours that names it."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from geppetto.errors import GeppettoError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["composing"]


@contextmanager
def composing(subject: str) -> Iterator[None]:
    """Let errors of ours pass, and turn every other one into UsageError (INFERENCE_COMPOSITION_FAILED)."""
    try:
        yield
    except GeppettoError:
        raise
    except Exception as error:
        raise UsageError(
            f"the run cannot be put together: {type(error).__name__}: {error}",
            code="INFERENCE_COMPOSITION_FAILED",
            subject=subject,
            next_step="geppetto plugins list --load shows what is broken",
        ) from error
