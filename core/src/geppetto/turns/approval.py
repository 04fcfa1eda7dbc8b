"""A human's word on a tool call that waits: written on the call's block, and good for the arguments that were seen alone."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from geppetto.errors import InvalidOption
from geppetto.turns._generated import BlockKeyId

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Approval", "approval_of", "approved", "check_seen", "denied", "fingerprint_of"]

_STATE, _SEEN, _BY, _REASON = "state", "fingerprint", "by", "reason"
_APPROVED, _DENIED = "approved", "denied"


@dataclass(slots=True, frozen=True)
class Approval:
    """Who let a call run, and why, as far as they said."""

    by: str = ""
    reason: str = ""


def fingerprint_of(call_id: str, name: str, arguments: Mapping[str, Any]) -> str:
    """Return what stands for a call as it was seen: a SHA-256 of its id, name and arguments."""
    text = json.dumps([call_id, name, arguments], sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def approval_of(metadata: Mapping[str, Any], fingerprint: str) -> Approval | None:
    """Return the approval on a block's metadata, None where it is for other arguments than the block has now."""
    record = metadata.get(BlockKeyId.APPROVAL)
    if not isinstance(record, dict) or record.get(_STATE) != _APPROVED or record.get(_SEEN) != fingerprint:
        return None
    return Approval(str(record.get(_BY) or ""), str(record.get(_REASON) or ""))


def approved(fingerprint: str, by: str, reason: str) -> dict[str, str]:
    """Return the record of an approval."""
    return {_STATE: _APPROVED, _SEEN: fingerprint, _BY: by, _REASON: reason}


def denied(fingerprint: str, by: str, reason: str) -> dict[str, str]:
    """Return the record of a denial."""
    return {_STATE: _DENIED, _SEEN: fingerprint, _BY: by, _REASON: reason}


def check_seen(call_id: str, seen: str, now: str) -> None:
    """Raise InvalidOption where a call is not the one that was seen."""
    if seen and seen != now:
        raise InvalidOption(
            f"the call '{call_id}' is not the one that was shown: its arguments have changed since",
            code="CALL_CHANGED",
            subject=call_id,
            next_step="show the call again, and approve what it is now",
        )
