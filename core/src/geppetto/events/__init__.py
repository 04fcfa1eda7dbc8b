"""What happens in a run, as a stream of small typed values."""

from geppetto.events.codec import EventTypes
from geppetto.events.model import *  # noqa: F403  # the module's __all__ is the vocabulary
from geppetto.events.model import __all__ as _vocabulary

__all__ = ["EventTypes", *_vocabulary]  # noqa: PLE0604  # a list of names, star-imported above
