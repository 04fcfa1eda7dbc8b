"""Where the API is: the version in the path of a base, and the methods of a model."""

from __future__ import annotations

import re
from urllib.parse import quote, urlsplit

__all__ = ["endpoint", "file_uri", "full_name", "method_of", "versioned"]

_VERSION = re.compile(r"v\d+(?:(?:alpha|beta)\d*)?")
_DEFAULT_VERSION = "v1beta"
_COLLECTIONS = ("models", "tunedModels")
_METHODS = {True: ("streamGenerateContent", "alt=sse"), False: ("generateContent", "")}


def versioned(base_url: str, version: str | None) -> str:
    """Return the base with a version in its path: the wanted one, else its own, else the default."""
    parts = urlsplit(base_url)
    steps = parts.path.rstrip("/").split("/")
    found = next((place for place, step in enumerate(steps) if _VERSION.fullmatch(step)), None)
    if found is None:
        steps.append(version or _DEFAULT_VERSION)
    else:
        steps[found] = version or steps[found]
    return parts._replace(path="/".join(steps)).geturl()


def endpoint(base: str, model: str, *, stream: bool) -> str:
    """Return the address at which a model generates content, as a stream or not."""
    method, form = _METHODS[stream]
    return method_of(base, model, method, form)


def method_of(base: str, model: str, method: str, form: str = "") -> str:
    """Return the address of a model's method; a query of the base stays, the model's name is escaped."""
    parts = urlsplit(base)
    collection, _, name = full_name(model).partition("/")
    path = f"{parts.path}/{collection}/{quote(name, safe='')}:{method}"
    query = "&".join(text for text in (parts.query, form) if text)
    return parts._replace(path=path, query=query).geturl()


def full_name(model: str) -> str:
    """Return a model's name with its collection, which may be left out."""
    return model if model.rpartition("/")[0] in _COLLECTIONS else f"{_COLLECTIONS[0]}/{model}"


def file_uri(base: str, name: str) -> str:
    """Return the address of an uploaded file; what is an address already stays."""
    return urlsplit(base)._replace(query="").geturl() + f"/{name}" if name.startswith("files/") else name
