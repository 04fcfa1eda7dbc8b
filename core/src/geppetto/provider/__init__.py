"""What packages that speak to a vendor over HTTP share: the engine, errors, origins, settings, media.

A provider package describes its vendor (how a request is written, how an answer is read, what errors mean) and gets
streaming, retries, the debug tap and the error texts from here.
"""

from geppetto.provider.content import compact, data_url, result_text, subtype, unsupported_content
from geppetto.provider.counting import Counting
from geppetto.provider.embedding import EmbeddingApi, EmbeddingBatch, HttpEmbedder
from geppetto.provider.errors import ErrorTable, Meaning, Meanings, invalid_reply, truncated
from geppetto.provider.http import HttpEngine, HttpRequest, Reducer
from geppetto.provider.keys import key_for
from geppetto.provider.listing import Listing
from geppetto.provider.options import Options, named_choice, put, run_config, unsupported
from geppetto.provider.origin import Origin
from geppetto.provider.pairing import call_id, paired
from geppetto.provider.rules import ModelRules
from geppetto.turns.json_text import read as read_json

__all__ = [
    "Counting",
    "EmbeddingApi",
    "EmbeddingBatch",
    "ErrorTable",
    "HttpEmbedder",
    "HttpEngine",
    "HttpRequest",
    "Listing",
    "Meaning",
    "Meanings",
    "ModelRules",
    "Options",
    "Origin",
    "Reducer",
    "call_id",
    "compact",
    "data_url",
    "invalid_reply",
    "key_for",
    "named_choice",
    "paired",
    "put",
    "read_json",
    "result_text",
    "run_config",
    "subtype",
    "truncated",
    "unsupported",
    "unsupported_content",
]
