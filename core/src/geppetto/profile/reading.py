"""Profiles from JSON and YAML objects, field by field: every refusal names the path of what is wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from geppetto.errors import EncodeError, ProfileInvalid, nearest
from geppetto.profile.model import Metadata, MiddlewareRef, Policy, Profile, ProfileRef, Registry, Runtime
from geppetto.profile.slugs import extension_key, slug
from geppetto.turns import freeze

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["read_profile", "read_registry"]

_PROFILE = (
    "slug", "display_name", "description", "stack", "runtime", "policy", "metadata", "extensions",
)  # fmt: skip
_RUNTIME = ("step_settings_patch", "system_prompt", "middlewares", "tools")
_MIDDLEWARE = ("name", "id", "enabled", "config")
_POLICY = ("allow_overrides", "allowed_override_keys", "denied_override_keys", "read_only")
_METADATA = ("source", "version", "created_at_ms", "updated_at_ms", "created_by", "updated_by", "tags")
_REGISTRY = ("slug", "display_name", "description", "default_profile_slug", "profiles", "metadata")


def read_registry(value: Any) -> Registry:
    """Read a registry object; raise ProfileInvalid."""
    found = _object(value, "registry", _REGISTRY)
    profiles = _mapping(found.get("profiles"), "registry.profiles")
    read = {}
    for name, given in profiles.items():
        place = f"registry.profiles[{name}]"
        key = slug(name, place)
        body = _mapping(given, place)
        own = slug(body.get("slug") or key, f"{place}.slug")
        if own != key:
            raise ProfileInvalid(f"{place}.slug", f'map key "{key}" and profile slug "{own}" must match')
        read[key] = read_profile({**body, "slug": own}, f"{place}.")
    default = found.get("default_profile_slug")
    return Registry(
        slug=slug(found.get("slug"), "registry.slug", "registry slug"),
        profiles=read,
        default_profile=slug(default, "registry.default_profile_slug") if default else "",
        display_name=_text(found, "display_name", "registry."),
        description=_text(found, "description", "registry."),
        metadata=_metadata(found.get("metadata"), "registry.metadata"),
    )


def read_profile(value: Any, above: str = "profile.") -> Profile:
    """Read a profile object; `above` is what stands before its fields in messages. Raises ProfileInvalid."""
    found = _object(value, above.rstrip("."), _PROFILE)
    # the fields inside a profile are named without it, as in `runtime.middlewares[1].name`
    inner = "" if above == "profile." else above
    return Profile(
        slug=slug(found.get("slug"), f"{above}slug"),
        display_name=_text(found, "display_name", above),
        description=_text(found, "description", above),
        stack=tuple(
            _ref(item, f"{above}stack[{n}]") for n, item in enumerate(_list(found, "stack", above) or ())
        ),
        runtime=_runtime(found.get("runtime"), f"{inner}runtime"),
        policy=_policy(found.get("policy"), f"{inner}policy"),
        metadata=_metadata(found.get("metadata"), f"{above}metadata"),
        extensions=_extensions(found.get("extensions"), f"{above}extensions"),
    )


def _ref(value: Any, place: str) -> ProfileRef:
    found = _object(value, place, ("profile_slug", "registry_slug"))
    registry = found.get("registry_slug")
    return ProfileRef(
        slug(found.get("profile_slug"), f"{place}.profile_slug"),
        slug(registry, f"{place}.registry_slug", "registry slug") if registry else "",
    )


def _runtime(value: Any, place: str) -> Runtime:
    found = _object(value, place, _RUNTIME)
    sections = _mapping(found.get("step_settings_patch"), f"{place}.step_settings_patch")
    settings = {
        _name(section, f"{place}.step_settings_patch"): _section(
            fields, f"{place}.step_settings_patch.{section}"
        )
        for section, fields in sections.items()
    }
    prompt = found.get("system_prompt")
    if prompt is not None and not isinstance(prompt, str):
        raise ProfileInvalid(f"{place}.system_prompt", _expected("a text", prompt))
    uses = _list(found, "middlewares", f"{place}.")
    return Runtime(
        settings=freeze(settings),
        system_prompt=prompt,
        middlewares=None if uses is None else _middlewares(uses, f"{place}.middlewares"),
        tools=_names(found, "tools", place),
    )


def _section(fields: Any, place: str) -> dict[str, Any]:
    return {_name(name, place): value for name, value in _mapping(fields, place, empty=False).items()}


def _middlewares(uses: list[Any], place: str) -> tuple[MiddlewareRef, ...]:
    read: list[MiddlewareRef] = []
    ids: dict[str, int] = {}
    for index, use in enumerate(uses):
        at = f"{place}[{index}]"
        found = _object(use, at, _MIDDLEWARE)
        name, given_id, enabled = found.get("name"), found.get("id"), found.get("enabled")
        if not isinstance(name, str) or not name.strip():
            raise ProfileInvalid(f"{at}.name", "must not be empty")
        if given_id is not None and (not isinstance(given_id, str) or (given_id and not given_id.strip())):
            raise ProfileInvalid(f"{at}.id", "must be a text that is not blank")
        own = (given_id or "").strip()
        if own and own in ids:
            first = f"{place}[{ids[own]}].id"
            raise ProfileInvalid(
                f"{at}.id", f'duplicate middleware instance id "{own}" (first seen at {first})'
            )
        ids[own] = index
        if enabled is not None and not isinstance(enabled, bool):
            raise ProfileInvalid(f"{at}.enabled", _expected("true or false", enabled))
        config = None if found.get("config") is None else freeze(_mapping(found["config"], f"{at}.config"))
        read.append(MiddlewareRef(name.strip(), own, enabled, config))
    return tuple(read)


def _policy(value: Any, place: str) -> Policy:
    found = _object(value, place, _POLICY)
    allow, read_only = found.get("allow_overrides"), found.get("read_only")
    for name, given in (("allow_overrides", allow), ("read_only", read_only)):
        if given is not None and not isinstance(given, bool):
            raise ProfileInvalid(f"{place}.{name}", _expected("true or false", given))
    allowed = _names(found, "allowed_override_keys", place)  # an empty list allows none, a missing one all
    denied = _names(found, "denied_override_keys", place) or ()
    both = set(allowed or ()) & set(denied)
    if both:
        raise ProfileInvalid(f"{place}.override_keys", f'"{min(both)}" is both allowed and denied')
    return Policy(
        allow_overrides=allow,
        allowed_keys=allowed,
        denied_keys=denied,
        read_only=bool(read_only),
    )


def _metadata(value: Any, place: str) -> Metadata:
    found = _object(value, place, _METADATA)
    return Metadata(
        source=_text(found, "source", f"{place}."),
        version=_count(found, "version", place),
        created_at_ms=_count(found, "created_at_ms", place),
        updated_at_ms=_count(found, "updated_at_ms", place),
        created_by=_text(found, "created_by", f"{place}."),
        updated_by=_text(found, "updated_by", f"{place}."),
        tags=_names(found, "tags", place) or (),
    )


def _count(found: Mapping[str, Any], name: str, place: str) -> int:
    number = found.get(name) or 0
    if not isinstance(number, int) or isinstance(number, bool) or number < 0:
        raise ProfileInvalid(f"{place}.{name}", _expected("a whole number of at least 0", number))
    return number


def _extensions(value: Any, place: str) -> Mapping[str, Any]:
    found = _mapping(value, place)
    read = {}
    for name, payload in found.items():
        key = extension_key(name, f"{place}[{name}]")
        try:
            read[key] = freeze(payload)
        except EncodeError as error:
            raise ProfileInvalid(f"{place}[{key}]", f"the payload is no JSON: {error}") from error
    return read


def _object(value: Any, place: str, known: tuple[str, ...]) -> Mapping[str, Any]:
    """Return an object that has no other fields than the known ones."""
    found = _mapping(value, place)
    for name in found:
        if name not in known:
            guess = nearest(str(name), known)
            hint = f"did you mean {guess}?" if guess else f"known: {', '.join(known)}"
            raise ProfileInvalid(f"{place}.{name}", "there is no such field", next_step=hint)
    return found


def _mapping(value: Any, place: str, *, empty: bool = True) -> Mapping[str, Any]:
    if value is None and empty:
        return {}
    if not isinstance(value, dict):
        raise ProfileInvalid(place, _expected("an object", value))
    return value


def _list(found: Mapping[str, Any], name: str, above: str) -> list[Any] | None:
    value = found.get(name)
    if value is not None and not isinstance(value, (list, tuple)):
        raise ProfileInvalid(f"{above}{name}", _expected("a list", value))
    return None if value is None else list(value)


def _names(found: Mapping[str, Any], name: str, place: str) -> tuple[str, ...] | None:
    given = _list(found, name, f"{place}.")
    return (
        None if given is None else tuple(_name(each, f"{place}.{name}[{n}]") for n, each in enumerate(given))
    )


def _text(found: Mapping[str, Any], name: str, above: str) -> str:
    value = found.get(name)
    if value is not None and not isinstance(value, str):
        raise ProfileInvalid(f"{above}{name}", _expected("a text", value))
    return (value or "").strip()


def _name(value: Any, place: str) -> str:
    if not isinstance(value, str) or not value.strip():
        raise ProfileInvalid(place, "must not be empty")
    return value.strip()


def _expected(what: str, value: Any) -> str:
    return f"expected {what}, got {type(value).__name__}"
