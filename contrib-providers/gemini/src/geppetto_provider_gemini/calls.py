"""Function calls of one reply: mostly whole in one part; from Vertex AI also piece by piece."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from geppetto.provider import compact

from geppetto_provider_gemini.arguments import Arguments

if TYPE_CHECKING:
    from geppetto.engine import Reply
    from geppetto.provider import Origin
    from geppetto.tooling.names import ToolNames

__all__ = ["Calls"]


class Calls:
    """Report the calls to a Reply, one key each: this vendor numbers none, and gives an id only to some.

    Whether an id came is kept, because one that we made up is refused; what stood beside the call, its signature above
    all, is kept with it.
    """

    __slots__ = ("_arguments", "_beside", "_id", "_ids", "_names", "_origin", "_reply", "count")

    def __init__(self, reply: Reply, names: ToolNames, origin: Origin) -> None:
        self._reply, self._names, self._origin = reply, names, origin
        self._arguments: Arguments | None = None
        self._id = ""
        self._beside: dict[str, Any] = {}
        self._ids: set[str] = set()
        self.count = 0

    def add(self, part: dict[str, Any]) -> None:
        """Take a part with a call, or with a piece of the one that is open."""
        call = part["functionCall"]
        call_id = str(call.get("id") or "")
        if self._arguments is None or (call.get("name") and call_id != self._id):
            self.end()
            if not call:
                return
            self._begin(str(call.get("name") or ""), call_id)
        assert self._arguments is not None
        self._arguments.add(call.get("args"), call.get("partialArgs") or ())
        self._beside |= {name: value for name, value in part.items() if name != "functionCall"}
        self._reply.attach_call(self.count, opaque=self._origin.tagged(id=self._id, part=self._beside))
        if not call.get("willContinue"):
            self.end()

    def end(self) -> None:
        """End the open call, if there is one: its arguments are complete."""
        if self._arguments is not None:
            self._reply.tool_call(self.count, arguments=compact(self._arguments.value))
            self._arguments = None

    def _begin(self, name: str, call_id: str) -> None:
        self.count += 1
        self._arguments, self._id, self._beside = Arguments(), call_id, {}
        fresh = "" if call_id in self._ids else call_id  # one that comes again cannot tell two calls apart
        self._ids.add(call_id)
        self._reply.tool_call(self.count, id=fresh, name=self._names.local(name))
