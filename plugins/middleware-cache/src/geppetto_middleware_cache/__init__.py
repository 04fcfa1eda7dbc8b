"""A cache of replies: the middleware `cache`."""
