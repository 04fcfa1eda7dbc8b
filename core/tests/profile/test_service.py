"""Profiles as an application writes them: checked first, with versions, in the store that owns them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from geppetto import Host, profiles, use_host
from geppetto.errors import (
    PolicyViolation,
    ProfileError,
    ProfileInvalid,
    ProfileNotFound,
    ReadOnlyStore,
    VersionConflict,
)
from geppetto.profile import profile_to_json
from geppetto.profile.redact import redacted
from geppetto.profile.service import ProfileService


@pytest.fixture
def host(tmp_path: Path) -> Iterator[Host]:
    """Give a host whose own file is the store that is written; it is the default host."""
    with Host(plugins=False, env={"GEPPETTO_HOME": str(tmp_path)}) as host, use_host(host):
        yield host


@pytest.fixture
def service(host: Host) -> ProfileService:
    """Give the host's service, with the registry `mine` and the profiles `fast` and `slow`."""
    service = host.profile_service()
    service.ensure_registry("mine")
    service.create({"slug": "fast", "runtime": {"system_prompt": "Be quick.", "tools": ["clock"]}})
    service.create({"slug": "slow"})
    return service


@pytest.mark.parity(294, 295, 296, 297)
def test_what_is_written_is_listed(service: ProfileService) -> None:
    """Registries and profiles, by name or the default."""
    assert [found.slug for found in profiles.list_registries()] == ["mine"]
    assert profiles.get_registry().slug == profiles.get_registry("mine").slug == "mine"
    assert [found.slug for found in profiles.list_profiles()] == ["fast", "slow"]
    assert profiles.get_profile("fast", "mine").runtime.tools == ("clock",)
    with pytest.raises(ProfileNotFound):
        profiles.get_profile("nope")


@pytest.mark.parity(298, 299, 303, 367)
def test_a_profile_is_created_once(service: ProfileService, tmp_path: Path) -> None:
    """With its version and who made it, in a file that another host reads."""
    made = profiles.create_profile(
        {"slug": "New", "runtime": {"system_prompt": "Hi."}}, "mine", actor="me", source="test"
    )

    assert (made.slug, made.metadata.version, made.metadata.created_by) == ("new", 1, "me")
    with pytest.raises(VersionConflict):
        profiles.create_profile({"slug": "new"})
    with Host(plugins=False, env={"GEPPETTO_HOME": str(tmp_path)}) as other:
        assert other.resolve_profile("new").runtime.system_prompt == "Hi."


@pytest.mark.parity(300, 303)
def test_a_patch_changes_the_given_fields(service: ProfileService) -> None:
    """Stack and metadata too; the rest stays. A version that is gone is a conflict with both numbers."""
    changed = profiles.update_profile(
        "slow", {"stack": [{"profile_slug": "fast"}], "description": "New"}, expected=1
    )

    assert (changed.description, changed.metadata.version) == ("New", 2)
    assert profiles.resolve("slow").runtime.system_prompt == "Be quick."
    assert profiles.get_profile("fast").runtime.tools == ("clock",)
    with pytest.raises(VersionConflict) as caught:
        profiles.update_profile("slow", {"description": "Newer"}, expected=1)
    assert caught.value.details == {"expected": 1, "actual": 2}
    with pytest.raises(ProfileInvalid):
        profiles.update_profile("slow", {"descripton": "x"})
    with pytest.raises(ProfileNotFound):
        profiles.update_profile("nope", {"description": "x"})
    with pytest.raises(ProfileInvalid, match="a profile keeps its slug"):
        profiles.update_profile("slow", {"slug": "slower"})
    assert profiles.update_profile("slow", {"slug": "slow", "description": "x"}).description == "x"


@pytest.mark.parity(300)
def test_metadata_of_a_patch_counts(service: ProfileService) -> None:
    """Its tags are the profile's; the version stays the store's."""
    changed = profiles.update_profile("fast", {"metadata": {"tags": ["a"]}})

    assert changed.metadata.tags == ("a",)
    assert changed.metadata.version == 2


def test_secrets_that_are_shown_as_stars_stay(service: ProfileService) -> None:
    """A profile that was read, changed and written back keeps its key; stars where there is no secret are refused."""
    service.create(
        {"slug": "keyed", "extensions": {"acme.keys@v1": {"api_key": "k-1", "list": [{"token": "t"}]}}}
    )
    shown = redacted(profile_to_json(profiles.get_profile("keyed")))
    assert "k-1" not in str(shown)

    profiles.update_profile("keyed", {"extensions": shown["extensions"], "description": "new"})
    service.replace({**shown, "display_name": "Keyed", "metadata": {}})
    kept = profiles.get_profile("keyed")

    assert kept.extensions["acme.keys@v1"]["api_key"] == "k-1"
    assert (kept.display_name, kept.description) == ("Keyed", "")
    with pytest.raises(ProfileInvalid, match=r"extensions\.acme\.keys@v1\.api_key") as caught:
        service.create({**shown, "slug": "other"})
    assert caught.value.next_step
    with pytest.raises(ProfileInvalid):
        profiles.update_profile("slow", {"extensions": shown["extensions"]})


@pytest.mark.parity(301, 302)
def test_the_default_is_set_and_goes_with_its_profile(service: ProfileService) -> None:
    """Deleting it leaves a registry that can be read."""
    registry = profiles.set_default_profile("fast")
    before = profiles.resolve().profile
    profiles.delete_profile("fast")

    assert (registry.default_profile, before) == ("fast", "fast")
    assert [found.slug for found in profiles.list_profiles()] == ["slow"]
    assert profiles.resolve().profile == "slow"
    with pytest.raises(ProfileNotFound):
        profiles.set_default_profile("fast")
    with pytest.raises(ProfileNotFound):
        profiles.delete_profile("fast")


@pytest.mark.parity(304)
def test_a_profile_that_is_read_only(service: ProfileService) -> None:
    """Its policy refuses changes and deletion; other ways to say the same fail the same."""
    profiles.update_profile("fast", {"policy": {"read_only": True}})

    for call in (
        lambda: profiles.update_profile("fast", {"description": "x"}),
        lambda: profiles.delete_profile("fast"),
        lambda: service.replace({"slug": "fast"}),
    ):
        with pytest.raises(PolicyViolation, match="read-only"):
            call()
    assert profiles.get_profile("fast").description == ""


@pytest.mark.parametrize(
    ("profile", "field"),
    [
        ({"slug": "x", "runtime": {"middlewares": [{"name": "nobody"}]}}, "runtime.middlewares[0].name"),
        ({"slug": "x", "runtime": {"middlewares": [{"name": "logging", "config": {"level": 1}}]}}, "runtime.middlewares[0].config"),
        ({"slug": "x", "runtime": {"tools": "clock"}}, "runtime.tools"),
        ({"slug": ""}, "profile.slug"),
    ],
)  # fmt: skip
def test_a_bad_profile_is_not_written(
    service: ProfileService, tmp_path: Path, profile: dict[str, Any], field: str
) -> None:
    """Neither created nor updated nor replaced; the file stays as it is."""
    file = tmp_path / "config" / "profiles.yaml"
    before = file.read_bytes()

    for call in (service.create, service.replace):
        with pytest.raises(ProfileInvalid) as caught:
            call(profile)
        assert caught.value.field.endswith(field)
    if "runtime" in profile:
        with pytest.raises(ProfileInvalid):
            service.update("fast", {"runtime": profile["runtime"]})

    assert file.read_bytes() == before


@pytest.mark.parity(305)
def test_stacks_are_connected_and_disconnected(service: ProfileService, tmp_path: Path) -> None:
    """The new one stands on top; named files are read and not written."""
    (tmp_path / "team.yaml").write_text("slug: team\nprofiles: {default: {display_name: Team}}\n")

    sources = profiles.connect_stack(str(tmp_path / "team.yaml"))
    top = profiles.resolve().registry
    with pytest.raises(ReadOnlyStore, match="read-only"):
        profiles.create_profile({"slug": "new"}, "team")
    rest = profiles.disconnect_stack(sources[-1])

    assert (top, profiles.resolve().registry) == ("team", "mine")
    assert sources[:-1] == rest == profiles.connected_sources()
    with pytest.raises(ProfileNotFound):
        profiles.disconnect_stack(sources[-1])


@pytest.mark.parity(329, 340, 353, 366, 367)
def test_functions_exist_without_a_registry(host: Host) -> None:
    """They fail when they are called, with a code."""
    for call in (
        profiles.list_registries,
        profiles.get_registry,
        profiles.list_profiles,
        profiles.resolve,
        lambda: profiles.get_profile("x"),
    ):
        with pytest.raises(ProfileError) as caught:
            call()
        assert caught.value.code == "PROFILE_REGISTRY_NOT_CONFIGURED"
