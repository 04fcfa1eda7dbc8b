"""How many tokens a request is: the provider's own word, a tokenizer's, or an estimate, always labelled which."""

from geppetto.tokens.estimate import estimate_tokens
from geppetto.tokens.model import CountsTokens, TokenCount

__all__ = ["CountsTokens", "TokenCount", "estimate_tokens"]
