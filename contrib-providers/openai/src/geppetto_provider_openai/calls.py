"""Which tool call a streamed fragment belongs to: hosts number calls, repeat ids, or do neither."""

from __future__ import annotations

__all__ = ["CallKeys"]


class CallKeys:
    """Give each call one key, however its fragments are marked.

    By index, then: a new id on a used index is a new call (some hosts send index 0 for all); without an index the id
    decides, without both the fragment goes on with the latest call.
    """

    __slots__ = ("_by_id", "_by_index", "_id_of", "_named")

    def __init__(self) -> None:
        self._by_index: dict[int, int] = {}
        self._by_id: dict[str, int] = {}
        self._id_of: list[str] = []
        self._named: set[int] = set()

    def __len__(self) -> int:
        return len(self._id_of)

    def key(self, index: int | None, call_id: str, name: str) -> tuple[int, str]:
        """Return the call's key, and its id where the fragment begins a call whose id is not taken."""
        known = self._known(index, call_id, name)
        key = len(self._id_of) if known is None else known
        fresh_id = ""
        if known is None:
            fresh_id = "" if call_id in self._by_id else call_id
            self._id_of.append(call_id)
            self._by_id.setdefault(call_id, key)
        if index is not None:
            self._by_index[index] = key
        if name:
            self._named.add(key)
        return key, fresh_id

    def _known(self, index: int | None, call_id: str, name: str) -> int | None:
        if index is None:
            return self._by_id.get(call_id) if call_id else self._latest(name)
        key = self._by_index.get(index)
        if key is None or not call_id or self._id_of[key] in {"", call_id}:
            return key
        return self._by_id.get(call_id)

    def _latest(self, name: str) -> int | None:
        latest = len(self._id_of) - 1
        return None if latest < 0 or (name and latest in self._named) else latest
