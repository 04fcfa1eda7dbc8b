"""A secret, said in any layer, is used and never shown: no plan, trace, event, log, error, repr, recording or output has it."""

from __future__ import annotations

import json
import logging
import os
import pickle
import subprocess
import sys
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from geppetto import Host
from geppetto.errors import GeppettoError, ProviderError
from geppetto.factory.request import Request, composed
from geppetto.factory.standing import trust_store
from geppetto.plugins import Kind, PluginPolicy, PluginRegistry
from geppetto.testing import Exchange, ReplayServer

KEY, HEADER = "canary-key-0123456789", "canary-header-0123456789"
STRAY = "canary-of-the-environment-0123456789"

VENDOR = """
from geppetto.engine import CredentialSpec, EngineFactory, Reply
from geppetto.plugins import hookimpl
from geppetto.secret import Secret
from geppetto.turns import FinishClass

SPEC = CredentialSpec("vendor", env=("VENDOR_API_KEY",), hosts=("vendor.example",))
TEXT = {"type": "string"}


class Engine:
    def __init__(self, settings, deps):
        self._settings, self._deps = settings, deps

    async def run_inference(self, ctx, turn):
        url = self._settings["base_url"]
        key = self._deps.credentials.resolve(SPEC, base_url=url, explicit=self._settings.get("api_key"))
        self._deps.log.debug("asking %s with %s", url, self._settings)
        headers = {"Authorization": Secret(f"Bearer {key.reveal()}"), **self._settings.get("extra_headers", {})}
        async with self._deps.transport.stream("POST", url + "/say", ctx=ctx, headers=headers, json={"say": turn.blocks[-1].text}) as answer:
            said = await answer.json()
        reply = Reply(ctx, provider="vendor", model="v")
        reply.start()
        reply.text(said["text"])
        reply.finish(finish_class=FinishClass.COMPLETED)
        return reply.extend(turn)


def settings():
    secret = {**TEXT, "writeOnly": True}
    headers = {"type": "object", "additionalProperties": secret}
    properties = {"base_url": TEXT, "api_key": secret, "extra_headers": headers}
    return {"type": "object", "properties": properties, "additionalProperties": False}


VENDOR = EngineFactory(name="vendor", build=Engine, settings=settings, credentials=(SPEC,))


@hookimpl
def geppetto_engine_factories():
    return [VENDOR]
"""
OK = Exchange(body={"text": "fine"})
REFUSED = Exchange(401, body={"error": {"message": f"bad key {KEY}, bad header {HEADER}"}})


@dataclass
class Case:
    """One layer that says the secret: where it is written, and what a request says beside it."""

    tmp_path: Path
    url: str
    env: dict[str, str] = field(default_factory=dict)
    given: dict[str, Any] = field(default_factory=dict)
    arguments: list[str] = field(default_factory=list)

    @property
    def settings(self) -> dict[str, Any]:
        """The settings with the secrets."""
        return {"base_url": self.url, "api_key": KEY, "extra_headers": {"X-Own": HEADER}}

    def write(self, name: str, value: Any) -> None:
        """Write a file as JSON, which is YAML."""
        path = self.tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(value))
        path.chmod(0o600)

    def profile(self, base: dict[str, Any], top: dict[str, Any] | None = None) -> None:
        """Write the registry: a profile over another one, open for overrides."""
        self.write(
            "home/config/profiles/team.yaml",
            {
                "slug": "team",
                "profiles": {
                    "base": {"runtime": {"step_settings_patch": base}, "policy": {"allow_overrides": True}},
                    "default": {
                        "stack": [{"profile_slug": "base"}],
                        "runtime": {"step_settings_patch": top or {}, "system_prompt": "Be brief."},
                        "extensions": {"acme.vault@v1": {"password": KEY}},
                    },
                },
            },
        )

    def document(self) -> dict[str, Any]:
        """What a file says."""
        return {"engine": "vendor", "settings": self.settings}


NAMED = {"engine": {"name": "vendor"}}


def _file(case: Case, name: str, section: str) -> None:
    case.profile({})
    case.write(name, {section: case.document()})


def _trusted(case: Case) -> None:
    _file(case, "work/geppetto.yaml", "overrides")
    trust_store(case.tmp_path / "home" / "data").trust(case.tmp_path / "work" / "geppetto.yaml")


def _environment(case: Case) -> None:
    case.profile({})
    settings = "GEPPETTO__SETTINGS__"
    case.env = {
        "GEPPETTO__ENGINE": "vendor",
        f"{settings}BASE_URL": case.url,
        f"{settings}API_KEY": KEY,
        f"{settings}EXTRA_HEADERS": json.dumps({"X-Own": HEADER}),
    }


def _request(case: Case) -> None:
    case.profile(NAMED)
    case.given = {"request_overrides": {"step_settings_patch": {**NAMED, "settings": case.settings}}}


def _key_file(case: Case) -> None:
    case.profile({**NAMED, "settings": {"base_url": case.url, "extra_headers": {"X-Own": HEADER}}})
    case.write("home/config/keys.json", {"vendor": {"key": KEY, "hosts": [case.url]}})


def _flags(case: Case) -> None:
    case.profile({})
    headers = json.dumps({"X-Own": HEADER})
    case.arguments = [
        "-e", "vendor", "--base-url", case.url, "--set", f"api_key={KEY}", "--set", f"extra_headers={headers}",
    ]  # fmt: skip


LAYERS: dict[str, Callable[[Case], None]] = {
    "defaults of the user": lambda case: _file(case, "home/config/geppetto.yaml", "defaults"),
    "overrides of the user": lambda case: _file(case, "home/config/geppetto.yaml", "overrides"),
    "trusted project": _trusted,
    "base of a stack": lambda case: case.profile({**NAMED, "settings": case.settings}),
    "top of a stack": lambda case: case.profile(NAMED, {"settings": case.settings}),
    "environment": _environment,
    "request": _request,
    "key file": _key_file,
    "flags": _flags,
}


@pytest.fixture
def server() -> Iterator[ReplayServer]:
    """Give a server on this machine."""
    with ReplayServer() as server:
        yield server


@pytest.fixture
def case(request: pytest.FixtureRequest, tmp_path: Path, server: ReplayServer) -> Case:
    """Give the case of a layer, with the vendor's plugin installed."""
    (tmp_path / "work").mkdir()
    site = tmp_path / "site"
    info = site / "geppetto_vendor-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: geppetto-vendor\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[geppetto.engines]\nvendor = canary_vendor\n")
    (site / "canary_vendor.py").write_text(VENDOR)
    made = Case(tmp_path, server.url)
    LAYERS[request.param](made)
    return made


@pytest.fixture
def host(case: Case, monkeypatch: pytest.MonkeyPatch) -> Iterator[Host]:
    """Give a host on the machine of the case."""
    monkeypatch.chdir(case.tmp_path / "work")
    monkeypatch.syspath_prepend(str(case.tmp_path / "site"))
    env = {"GEPPETTO_HOME": str(case.tmp_path / "home"), "VENDOR_API_KEY": STRAY, **case.env}
    namespace: dict[str, Any] = {}
    exec(VENDOR, namespace)
    registry = PluginRegistry(PluginPolicy(no_plugins=True))
    registry.add(Kind.ENGINE, namespace["VENDOR"])
    with Host(registry=registry, env=env, allow_local=True, grace=0.5) as host:
        yield host
    sys.modules.pop("canary_vendor", None)


def _told(error: BaseException) -> list[str]:
    told = [str(error), repr(error), *traceback.format_exception(error), str(error.__dict__)]
    if isinstance(error, GeppettoError):
        told += [
            json.dumps(error.to_json()),
            repr(pickle.dumps(error)),
            repr(pickle.loads(pickle.dumps(error))),
        ]
    return told


def _check(*texts: str) -> None:
    for text in texts:
        at = text.find("canary-")
        assert at < 0, f"shown: ...{text[max(0, at - 300) : at + 60]}..."


@pytest.mark.parametrize("case", [name for name in LAYERS if name != "flags"], indirect=True)
def test_a_secret_is_used_and_never_shown(
    case: Case, host: Host, server: ReplayServer, caplog: pytest.LogCaptureFixture
) -> None:
    """In a run that goes well, and in one that the vendor refuses with the key in its message."""
    caplog.set_level(logging.DEBUG)
    server.add(OK, REFUSED)
    factory = host.create_engine_factory()
    events: list[Any] = []

    plan = factory.plan(**case.given)
    session = factory.create_session(debug=True, **case.given)
    handle = session.start("hello", on={"*": events.append})
    turn = handle.result(10)
    with pytest.raises(ProviderError) as caught:
        session.run("hello", on={"*": events.append})

    assert turn.text == "fine"
    for request in server.requests:
        assert request.headers["authorization"] == f"Bearer {KEY}"
        assert request.headers["x-own"] == HEADER
    _check(json.dumps(plan.to_json()), repr(plan), caplog.text)
    _check(*(json.dumps(event.to_json()) for event in events), *map(repr, events))
    _check(json.dumps(turn.to_json()), repr(turn), repr(session.history))
    _check(repr(session), repr(session.spec), repr(handle), repr(host), repr(factory))
    _check(repr(factory.create_engine(**case.given)), repr(factory.create_builder(**case.given)))
    _check(*_told(caught.value))
    assert any(event.type == "error" or "fail" in event.type for event in events)


@pytest.mark.parametrize("case", [name for name in LAYERS if name != "flags"], indirect=True)
def test_what_is_between_shows_no_secret(case: Case, host: Host) -> None:
    """Resolved profiles and their traces, compositions and their documents, stores and registries."""
    overrides = case.given.get("request_overrides") or {}

    resolved = host.resolve_profile(overrides=overrides)
    made = composed(host, Request(chain=host.profiles, overrides=overrides, places=True))
    history = made.composition.history()

    _check(json.dumps(resolved.to_json()), repr(resolved), repr(resolved.trace))
    _check(repr(host.profiles), repr(host.profiles.registries()), repr(host.profiles.profile()))
    _check(repr(made), repr(made.layers), repr(made.composition.documents), repr(made.composition.parts))
    shown = {
        pointer: [step.to_json() for step in steps]
        for pointer, steps in history.items()
        if "password" not in pointer
    }
    _check(json.dumps(shown), repr(made.composition.settings))
    if "api_key" in made.composition.settings:
        assert made.composition.settings["api_key"].reveal() == KEY


@pytest.mark.parametrize("case", ["top of a stack"], indirect=True)
@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"api_key": "', '"api_ky": "'),
        (f'"api_key": "{KEY}"', f'"api_key": ["{KEY}"]'),
        (f'"api_key": "{KEY}"', f'"api_key": {{"a": "{KEY}"}}'),
        (f'{{"X-Own": "{HEADER}"}}', f'"{HEADER}"'),
        (f'{{"X-Own": "{HEADER}"}}', f'{{"X-Own": ["{HEADER}"]}}'),
    ],
)
def test_a_secret_that_is_written_wrongly_is_not_shown(case: Case, host: Host, old: str, new: str) -> None:
    """The error names path and place, not the value."""
    file = case.tmp_path / "home" / "config" / "profiles" / "team.yaml"
    assert old in file.read_text()
    file.write_text(file.read_text().replace(old, new))
    factory = host.create_engine_factory()

    for call in (factory.plan, factory.create_session):
        with pytest.raises(GeppettoError) as caught:
            call()
        _check(*_told(caught.value))


@pytest.mark.parametrize(
    "case", ["overrides of the user", "top of a stack", "environment", "flags", "key file"], indirect=True
)
def test_the_command_line_shows_no_secret(case: Case, server: ReplayServer) -> None:
    """Neither on its outputs nor in recordings, whether the run goes well or not."""
    server.add(*[OK] * 5, *[REFUSED] * 3)
    base = {key: value for key, value in os.environ.items() if not key.startswith("GEPPETTO_")}
    own = {"PYTHONPATH": str(case.tmp_path / "site"), "GEPPETTO_HOME": str(case.tmp_path / "home")}
    env = {**base, **own, "GEPPETTO_PROFILE": "default", "VENDOR_API_KEY": STRAY, **case.env}

    def geppetto(*arguments: str) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            [sys.executable, "-P", "-m", "geppetto", *arguments],
            capture_output=True, text=True, check=False, cwd=case.tmp_path / "work", timeout=60, env=env,
        )  # fmt: skip
        _check(done.stdout, done.stderr)
        return done

    turns, http = case.tmp_path / "turns.yaml", case.tmp_path / "http.yaml"
    run = ("run", "--allow-local", *case.arguments)
    good = [geppetto(*run, "--events", "hello"), geppetto(*run, "--json", "hello")]
    good += [
        geppetto(*run, "--record", str(turns), "hello"),
        geppetto(*run, "--record-http", str(http), "hello"),
    ]
    good += [geppetto(*run, "--save", str(case.tmp_path / "turn.yaml"), "hello")]
    bad = [
        geppetto(*run, *more, "hello")
        for more in ((), ("--json",), ("--record-http", str(http), "--overwrite"))
    ]
    for command in (("plan",), ("config", "explain")):
        good += [geppetto(*command, *case.arguments), geppetto(*command, *case.arguments, "--json")]
    for arguments in (("show", "default"), ("resolve", "default", "--json"), ("list", "--json")):
        good.append(geppetto("profiles", *arguments))

    assert [done.stderr for done in good if done.returncode] == []
    assert {done.returncode for done in bad} == {4}
    assert len(server.requests) == 8
    _check(turns.read_text(), http.read_text(), (case.tmp_path / "turn.yaml").read_text())


@pytest.mark.parametrize("case", ["base of a stack"], indirect=True)
def test_a_project_that_is_not_trusted_shows_no_secret_of_its_own(case: Case, host: Host) -> None:
    """The refusals name lines only."""
    case.write("work/geppetto.yaml", {"overrides": case.document()})

    made = composed(host, Request(chain=host.profiles))

    assert any("/settings/api_key" in warning for warning in made.warnings)
    _check(*made.warnings, repr(made))
