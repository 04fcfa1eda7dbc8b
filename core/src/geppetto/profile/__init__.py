"""Profiles: named ways to run, stacked on each other, kept in registries, resolved under policy with provenance."""

from geppetto.profile.documents import decode_registry, encode_registry
from geppetto.profile.model import Metadata, MiddlewareRef, Policy, Profile, ProfileRef, Registry, Runtime
from geppetto.profile.reading import read_profile, read_registry
from geppetto.profile.resolve import ResolvedProfile, resolve_profile
from geppetto.profile.store import (
    Store,
    Write,
    create_profile,
    delete_profile,
    put_registry,
    set_default,
    update_profile,
)
from geppetto.profile.stores import MemoryStore, YamlStore
from geppetto.profile.writing import profile_to_json, registry_to_json

__all__ = [
    "MemoryStore",
    "Metadata",
    "MiddlewareRef",
    "Policy",
    "Profile",
    "ProfileRef",
    "Registry",
    "ResolvedProfile",
    "Runtime",
    "Store",
    "Write",
    "YamlStore",
    "create_profile",
    "decode_registry",
    "delete_profile",
    "encode_registry",
    "profile_to_json",
    "put_registry",
    "read_profile",
    "read_registry",
    "registry_to_json",
    "resolve_profile",
    "set_default",
    "update_profile",
]
