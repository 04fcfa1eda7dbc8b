"""Turn and Block: the conversation as data. A turn is a mutable list of blocks; a block is a frozen value."""

from __future__ import annotations

from collections.abc import Mapping
from os import urandom
from typing import TYPE_CHECKING, Any, Self

from geppetto.errors import DecodeError, InvalidOption, nearest
from geppetto.turns._generated import BlockKind, PayloadKey
from geppetto.turns.frozen import FrozenDict, freeze
from geppetto.turns.opaque import Opaque

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["Block", "Turn", "new_id"]

_EMPTY = FrozenDict()
_set = object.__setattr__
_VARIANT = {digit: "89ab"[int(digit, 16) % 4] for digit in "0123456789abcdef"}  # RFC 9562 §4.1


def new_id() -> str:
    """Return a fresh id for a turn, block, session or run (UUID 4 as text)."""
    # `str(uuid.uuid4())` without the object in between: every run makes half a dozen of them
    digits = urandom(16).hex()
    variant = _VARIANT[digits[16]]
    return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-{variant}{digits[17:20]}-{digits[20:]}"


def _kind(value: Any) -> BlockKind:
    """Read a kind without regard to case and blanks; what is not known becomes `other`."""
    if type(value) is BlockKind:
        return value
    if value is not None and not isinstance(value, str):
        raise DecodeError(f"kind: expected text, got {type(value).__name__}", subject="kind")
    try:
        return BlockKind((value or "other").strip().lower())
    except ValueError:
        return BlockKind.OTHER


def _text(value: Any, name: str) -> str:
    if value is None or isinstance(value, str):
        return value or ""
    raise DecodeError(f"{name}: expected text, got {type(value).__name__}", subject=name)


def _json(value: Any, name: str) -> FrozenDict:
    """Freeze an object; a frozen one is shared."""
    if value is None:
        return _EMPTY
    if not isinstance(value, Mapping):
        raise DecodeError(f"{name}: expected an object, got {type(value).__name__}", subject=name)
    found: FrozenDict = freeze(value if isinstance(value, dict) else dict(value), name)
    return found


def _copied(values: Opaque | Mapping[str, Any], store: str) -> Opaque:
    """Copy a map; somebody may have put a plain dict in its place."""
    return values.clone() if type(values) is Opaque else Opaque(values, store=store)


def _wanted(kind: BlockKind | str) -> BlockKind:
    """Read a kind that somebody asks for: here an unknown one is a mistake."""
    text = kind.strip().lower()
    if text in list(BlockKind):
        return BlockKind(text)
    hint = nearest(text, list(BlockKind)) or ", ".join(BlockKind)
    raise InvalidOption(f"no block kind '{kind}'", subject=str(kind), next_step=hint)


def _rebuild(fields: dict[str, Any]) -> Block:
    return Block(fields.pop("kind"), fields.pop("payload"), **fields)


class Block:
    """One piece of a turn: frozen, so that turns, clones and the history can share it.

    `payload` and `metadata` are JSON objects that cannot be edited in place; `replace` makes a changed block.
    """

    __slots__ = ("id", "kind", "metadata", "payload", "role")

    id: str
    kind: BlockKind
    role: str
    payload: FrozenDict
    metadata: FrozenDict

    def __init__(
        self,
        kind: BlockKind | str,
        payload: Mapping[str, Any] | None = None,
        *,
        id: str = "",
        role: str = "",
        metadata: Mapping[str, Any] | None = None,
    ) -> None:
        _set(self, "kind", _kind(kind))
        _set(self, "id", _text(id, "id"))
        _set(self, "role", _text(role, "role"))
        _set(self, "payload", _json(payload, "payload"))
        _set(self, "metadata", _json(metadata, "metadata"))

    def __setattr__(self, name: str, value: object) -> None:
        msg = f"a Block is frozen: use `block.replace({name}=...)`"
        raise TypeError(msg)

    def __delattr__(self, name: str) -> None:
        self.__setattr__(name, None)

    def replace(self, **changes: Any) -> Block:
        """Return a block with some of kind, id, role, payload and metadata changed."""
        unknown = changes.keys() - set(Block.__slots__)
        if unknown:
            msg = f"Block has no field {sorted(unknown)[0]!r}"
            raise TypeError(msg)
        fields = {name: changes.get(name, getattr(self, name)) for name in Block.__slots__}
        return _rebuild(fields)

    @property
    def text(self) -> str:
        """The block's text, or the empty text."""
        text = self.payload.get(PayloadKey.TEXT)
        return text if isinstance(text, str) else ""

    def to_json(self) -> dict[str, Any]:
        """Return the block as plain JSON; empty fields are left out, `kind` never."""
        from geppetto.turns.serde import block_to_json

        return block_to_json(self)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Block):
            return NotImplemented
        return all(getattr(self, name) == getattr(other, name) for name in Block.__slots__)

    def __hash__(self) -> int:
        return hash((self.id, self.kind, self.role))

    def __repr__(self) -> str:
        return f"Block({self.kind.value!r}, {dict(self.payload)!r}, id={self.id!r})"

    def __reduce__(self) -> tuple[Any, ...]:
        return (_rebuild, ({name: getattr(self, name) for name in Block.__slots__},))

    def __copy__(self) -> Block:
        return self

    def __deepcopy__(self, memo: dict[int, Any]) -> Block:
        return self


class Turn:
    """A conversation up to one point: a list of blocks, with typed metadata and data.

    `clone()` copies the list and shares the blocks; no edit of one turn shows in another.
    """

    __slots__ = ("blocks", "data", "id", "metadata")

    def __init__(
        self,
        blocks: Iterable[Block] = (),
        *,
        id: str = "",
        metadata: Opaque | Mapping[str, Any] | None = None,
        data: Opaque | Mapping[str, Any] | None = None,
    ) -> None:
        self.id = id
        self.blocks: list[Block] = list(blocks)
        self.metadata = Opaque(metadata or (), store="Turn.metadata")
        self.data = Opaque(data or (), store="Turn.data")

    def clone(self, *, id: str | None = None) -> Turn:
        """Return an independent turn with the same blocks, under the same id unless another is given."""
        made = object.__new__(Turn)  # every run makes half a dozen
        made.id = self.id if id is None else id
        made.blocks = list(self.blocks)
        made.metadata = _copied(self.metadata, "Turn.metadata")
        made.data = _copied(self.data, "Turn.data")
        return made

    def append(self, *blocks: Block) -> Self:
        """Append blocks at the end and return this turn."""
        self.blocks.extend(blocks)
        return self

    def prepend(self, *blocks: Block) -> Self:
        """Put blocks at the front and return this turn."""
        self.blocks[:0] = blocks
        return self

    def take(self, other: Turn) -> None:
        """Replace this turn's content by that of `other`; the id stays unless it is empty."""
        if other is self:
            return
        self.id = self.id or other.id
        self.blocks, self.metadata, self.data = list(other.blocks), other.metadata.clone(), other.data.clone()

    def of_kind(self, *kinds: BlockKind | str) -> list[Block]:
        """Return the blocks of these kinds, in turn order; raise InvalidOption for a kind that does not exist."""
        wanted = {_wanted(kind) for kind in kinds}
        return [block for block in self.blocks if block.kind in wanted]

    @property
    def text(self) -> str:
        """The text that the model wrote after the last user block."""
        found: list[str] = []
        for block in reversed(self.blocks):
            if block.kind is BlockKind.USER:
                break
            if block.kind is BlockKind.LLM_TEXT:
                found.append(block.text)
        return "".join(reversed(found))

    def to_json(self) -> dict[str, Any]:
        """Return the turn as plain JSON (see `geppetto.turns.serde`)."""
        from geppetto.turns.serde import turn_to_json

        return turn_to_json(self)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Turn):
            return NotImplemented
        return (self.id, self.blocks, self.metadata, self.data) == (
            other.id,
            other.blocks,
            other.metadata,
            other.data,
        )

    __hash__ = None  # type: ignore[assignment]  # a turn is mutable

    def __copy__(self) -> Turn:
        return self.clone()

    def __deepcopy__(self, memo: dict[int, Any]) -> Turn:
        return self.clone()

    def __repr__(self) -> str:
        return f"Turn(id={self.id!r}, blocks={self.blocks!r})"
