"""`geppetto.keys`: the core's typed keys, and `Key` to make one's own."""

from geppetto.engine.keys import *  # noqa: F403  # the module's __all__ is the list
from geppetto.engine.keys import __all__ as _keys
from geppetto.turns import BlockKeyId, DataKeyId, Key, TurnKeyId

__all__ = ["BlockKeyId", "DataKeyId", "Key", "TurnKeyId", *_keys]  # noqa: PLE0604  # names, star-imported above
