"""What happens in a run, as a stream of small typed values."""

from geppetto.events.codec import EventTypes
from geppetto.events.model import *  # noqa: F403  # the module's __all__ is the vocabulary
from geppetto.events.model import __all__ as _vocabulary
from geppetto.events.sinks import Collector, Printer, Sink, function_sink, null_sink
from geppetto.events.stream import EventStream

__all__ = [  # noqa: PLE0604  # the vocabulary is a list of names, star-imported above
    "Collector",
    "EventStream",
    "EventTypes",
    "Printer",
    "Sink",
    "function_sink",
    "null_sink",
    *_vocabulary,
]
