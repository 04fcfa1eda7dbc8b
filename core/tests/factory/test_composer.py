"""The engine factory: plans, engines, builders and sessions from a profile, with an error of its own for each mistake."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
from geppetto import Host, MiddlewareDefinition, Turn, use_host
from geppetto.builtin.echo import EchoEngine
from geppetto.builtin.scripted import ScriptedEngine
from geppetto.config import Layer
from geppetto.config.document import Document
from geppetto.engine import EngineFactory
from geppetto.errors import (
    ConfigError,
    GeppettoError,
    InvalidOption,
    MiddlewareError,
    NotFound,
    PolicyViolation,
    ProfileError,
    ProfileNotFound,
    RunCancelled,
    SessionError,
    UsageError,
)
from geppetto.factories import ComposedPlan, create_engine_factory, middleware_patch
from geppetto.inference import Builder, Session
from geppetto.plugins import Kind

Hosted = Callable[..., Host]
Make = Callable[..., MiddlewareDefinition]

OPEN = """slug: open
profiles:
  default:
    runtime:
      step_settings_patch:
        engine: {name: echo}
        inference: {seed: 7}
        ai-client: {timeout: 30}
      system_prompt: Be brief.
      tools: [calculator]
      middlewares:
        - {name: marks, id: a, config: {word: one}}
        - {name: marks, id: b, config: {word: two}, enabled: false}
    policy: {allow_overrides: true, denied_override_keys: [tools]}
  silent: {runtime: {step_settings_patch: {engine: {name: echo}}, system_prompt: Mine.}}
  shut: {runtime: {step_settings_patch: {engine: {name: echo}}}, policy: {allow_overrides: false}}
"""
#: everything of the factory that composes
CALLS = ("plan", "create_session", "create_engine", "create_builder")


@pytest.fixture
def host(hosted: Hosted, middleware: Make) -> Host:
    """A host with the registry above and the middleware `marks`."""
    return hosted(OPEN, middleware_definitions=[middleware("marks")])


def _systems(turn: Turn) -> list[str]:
    return [found.text for found in turn.blocks if found.kind.value == "system"]


@pytest.mark.parity(138, 314, 316, 325, 326)
def test_a_session_is_what_its_profile_says(host: Host) -> None:
    """Engine, options, prompt, middlewares and tools of the profile really run, in an ordinary session."""
    session = host.create_engine_factory().create_session(session_id="mine")

    completed = session.run("hi")

    assert isinstance(session, Session)
    assert session.session_id == "mine"
    assert _systems(completed) == ["Be brief."]
    assert completed.text == "hi"
    assert session.spec.engine_name == "echo"
    assert session.spec.inference.seed == 7
    assert session.spec.timeout == 30.0
    assert [tool.name for tool in session.spec.tools or ()] == ["calculator"]
    assert [use.name for use in session.spec.middlewares] == ["marks#a", "systemPrompt"]


@pytest.mark.parity(120, 325, 335, 338)
def test_the_middlewares_of_the_profile_see_the_request(hosted: Hosted) -> None:
    """Each adds its word, outermost first; those that are switched off do not."""
    seen: list[str] = []

    def build(_deps: Any, config: Any) -> Any:
        async def call(ctx: Any, turn: Turn, call_next: Any) -> Turn:
            seen.append(config["word"])
            result: Turn = await call_next(ctx, turn)
            return result

        return call

    words = {"type": "object", "properties": {"word": {"type": "string"}}, "additionalProperties": False}
    host = hosted(OPEN, middleware_definitions=[MiddlewareDefinition("marks", build, lambda: words)])
    patch = middleware_patch().append("marks", id="c", config={"word": "three"})

    host.create_engine_factory().create_session(middleware_patch=patch).run("hi")

    assert seen == ["one", "three"]


@pytest.mark.parity(325)
def test_the_tools_of_the_profile_are_called(hosted: Hosted) -> None:
    """The demo engine asks for the calculator that the profile offers."""
    host = hosted("slug: r\nprofiles: {default: {runtime: {tools: [calculator]}}}")

    completed = host.create_engine_factory().create_session().run("what is 17 * 23?")

    assert "391" in completed.text
    assert [found.kind.value for found in completed.blocks].count("tool_use") == 1


@pytest.mark.parity(315, 313)
def test_engines_and_builders_bring_the_same(host: Host) -> None:
    """An engine runs single turns; a builder is open and can be changed before it builds."""
    factory = host.create_engine_factory()

    engine = factory.create_engine()
    builder = factory.create_builder()
    built = (
        builder.use(lambda ctx, turn, call_next: call_next(ctx, turn), name="mine")
        .tags({"a": 1})
        .build_session()
    )

    assert (engine.provider, engine.run("hi").text) == ("echo", "hi")
    assert isinstance(builder, Builder)
    assert [use.name for use in built.spec.middlewares] == ["marks#a", "systemPrompt", "mine"]
    assert _systems(built.run("hi")) == ["Be brief."]
    assert [tool.name for tool in built.spec.tools or ()] == ["calculator"]
    for name in ("engine_name", "inference", "timeout", "tool_config", "tool_loop", "grace"):
        assert getattr(built.spec, name) == getattr(engine.spec, name), name


@pytest.mark.parity(310, 311, 312, 356)
def test_the_functions_use_the_default_host(host: Host) -> None:
    """`geppetto.factories` stands on `default_host()`."""
    with use_host(host):
        plan = create_engine_factory(default_profile_slug="silent").plan()

    assert isinstance(plan, ComposedPlan)
    assert (plan.registry_slug, plan.profile_slug, plan.runtime_key) == ("open", "silent", "silent")
    assert plan.runtime_fingerprint.startswith("sha256:")


@pytest.mark.parity(311, 316, 365)
def test_which_profile_is_meant(hosted: Hosted, middleware: Make) -> None:
    """The named one, the environment's, the factory's default, the host's, else the default of the registry."""
    other = "slug: other\nprofiles: {default: {}, silent: {}}\n"
    own = {"middleware_definitions": [middleware("marks")]}
    host = hosted(OPEN, other, default_registry_slug="open", default_profile_slug="silent", **own)
    plain = hosted(OPEN, other, **own)
    named = hosted(OPEN, other, env={"GEPPETTO_PROFILE": "shut"}, **own)

    def of(host: Host, options: dict[str, str] | None = None, **given: str) -> tuple[str, str, str]:
        plan = host.create_engine_factory(**(options or {})).plan(**given)
        return plan.registry_slug, plan.profile_slug, plan.runtime_key

    assert of(host) == ("open", "silent", "silent")
    assert of(host, {"default_profile_slug": "shut"}) == ("open", "shut", "shut")
    assert of(host, {"default_registry_slug": "other"}) == ("other", "silent", "silent")
    assert of(host, {"default_profile_slug": "shut"}, profile="silent", registry="open") == (
        "open",
        "silent",
        "silent",
    )
    assert of(plain) == ("other", "default", "default")
    assert of(plain, registry="open", runtime_key_fallback="mine") == ("open", "default", "mine")
    assert of(named, {"default_profile_slug": "silent"}) == ("open", "shut", "shut")


@pytest.mark.parity(319, 376)
def test_run_defaults_are_options_of_every_run(host: Host) -> None:
    """Deadline in seconds and tags; the profile's own deadline stands below."""
    factory = host.create_engine_factory()

    session = factory.create_session(run_defaults={"timeout": 5, "tags": {"user": "me"}})

    assert (session.spec.timeout, session.spec.tags) == (5, {"user": "me"})
    assert factory.create_engine(run_defaults={"tags": {"a": 1}}).spec.timeout == 30.0
    assert factory.create_engine(run_defaults={"timeout": None}).spec.timeout is None


@pytest.mark.parity(376, 290)
def test_tags_and_deadline_reach_the_middlewares(hosted: Hosted) -> None:
    """A middleware of the profile sees the run's context."""
    seen: dict[str, Any] = {}

    def build(_deps: Any, _config: Any) -> Any:
        async def call(ctx: Any, turn: Turn, call_next: Any) -> Turn:
            seen.update(
                session=ctx.session_id, run=ctx.inference_id, tags=dict(ctx.tags), left=ctx.remaining()
            )
            result: Turn = await call_next(ctx, turn)
            return result

        return call

    text = "slug: r\nprofiles: {default: {runtime: {step_settings_patch: {engine: {name: echo}}, middlewares: [{name: m}]}}}"
    host = hosted(text, middleware_definitions=[MiddlewareDefinition("m", build)])

    session = host.create_engine_factory().create_session(run_defaults={"timeout": 9, "tags": {"a": 1}})
    session.run("hi", tags={"b": 2})

    assert seen["session"] == session.session_id
    assert seen["run"]
    assert seen["tags"] == {"a": 1, "b": 2}
    assert 0 < seen["left"] <= 9


@pytest.mark.parity(144, 145, 288, 289)
def test_sessions_of_a_factory_start_and_end_as_all_others(hosted: Hosted) -> None:
    """One run at a time, a handle that cancels, results that wait."""
    host = hosted("slug: r\nprofiles: {default: {runtime: {step_settings_patch: {engine: {name: slow}}}}}")
    began = threading.Event()

    def build(_settings: Any, _deps: Any) -> ScriptedEngine:
        return ScriptedEngine([{"text": "one two three four", "delay": 0.2}, "done"])

    host.registry.add(Kind.ENGINE, EngineFactory(name="slow", build=build))
    session = host.create_engine_factory().create_session()

    handle = session.start("hi", on={"*": lambda _event: began.set()})
    assert began.wait(5)
    with pytest.raises(SessionError, match="session already has an active inference"):
        session.start("again")
    running = session.is_running
    assert (handle.session_id, bool(handle.inference_id)) == (session.session_id, True)
    session.cancel_active()
    with pytest.raises(RunCancelled):
        handle.result(5)

    assert (running, session.is_running) == (True, False)
    assert session.run("again").text == "done"


@pytest.mark.parity(288)
async def test_sessions_of_a_factory_run_in_async_code(host: Host) -> None:
    """Events, the turn and its history as everywhere else."""
    session = host.create_engine_factory().create_session(profile="silent")

    async with session.start("hi") as handle:
        types = [event.type async for event in handle.events()]
    completed = await session.run_async("again")

    assert types[0] == "run-started"
    assert completed.text == "again"
    assert [len(turn.blocks) for turn in session.history] == [3, 5]


@pytest.mark.parity(293, 345, 355)
@pytest.mark.parametrize("profile", ["silent", "shut"])
def test_overrides_are_closed_by_default(host: Host, profile: str) -> None:
    """The policy's reason stands in the error; a plan shows it and goes on without the override."""
    factory = host.create_engine_factory()
    given: dict[str, Any] = {"profile": profile, "request_overrides": {"system_prompt": "Other."}}

    with pytest.raises(PolicyViolation, match="request overrides are disabled for this profile") as caught:
        factory.create_session(**given)
    plan = factory.plan(**given)

    assert caught.value.code == "POLICY_VIOLATION"
    assert plan.refusals == [
        {"key": "system_prompt", "reason": "request overrides are disabled for this profile"}
    ]
    assert plan.resolved_runtime["system_prompt"] == ("Mine." if profile == "silent" else "")


@pytest.mark.parity(311)
def test_a_host_may_open_overrides_where_policies_say_nothing(host: Host) -> None:
    """`allow_runtime_overrides_by_default` opens what is silent, never what is shut."""
    factory = host.create_engine_factory(allow_runtime_overrides_by_default=True)
    given: dict[str, Any] = {"request_overrides": {"system_prompt": "Other."}}

    completed = factory.create_session(profile="silent", **given).run("hi")

    assert _systems(completed) == ["Other."]
    with pytest.raises(PolicyViolation):
        factory.create_session(profile="shut", **given)


@pytest.mark.parity(348, 355)
def test_a_key_that_the_policy_denies(host: Host) -> None:
    """OVERRIDE_NOT_ALLOWED with the policy's reason; what is allowed beside it stays in a plan."""
    factory = host.create_engine_factory()
    given: dict[str, Any] = {"request_overrides": {"tools": [], "systemPrompt": "Other."}}

    for call in ("create_session", "create_engine", "create_builder"):
        with pytest.raises(PolicyViolation, match='override key "tools" is denied') as caught:
            getattr(factory, call)(**given)
        assert caught.value.code == "OVERRIDE_NOT_ALLOWED"
    plan = factory.plan(**given)

    assert plan.refusals == [{"key": "tools", "reason": 'override key "tools" is denied'}]
    assert plan.resolved_runtime["system_prompt"] == "Other."
    assert plan.resolved_runtime["tools"] == ["calculator"]


def _failing(host: Host, error_class: type[GeppettoError], code: str, words: str, **given: Any) -> None:
    for call in CALLS:
        with pytest.raises(error_class, match=words) as caught:
            getattr(host.create_engine_factory(), call)(**given)
        assert caught.value.code == code, call


@pytest.mark.parity(329, 340, 353, 366)
def test_no_registry_at_all(hosted: Hosted) -> None:
    """PROFILE_REGISTRY_NOT_CONFIGURED from every method, when it is called, not before."""
    host = hosted()

    _failing(host, ProfileError, "PROFILE_REGISTRY_NOT_CONFIGURED", "there is no profile registry")
    _failing(host, ProfileError, "PROFILE_REGISTRY_NOT_CONFIGURED", "there is no", profile="x")


@pytest.mark.parity(10, 343, 344)
def test_names_that_nobody_has(host: Host) -> None:
    """PROFILE_NOT_FOUND and REGISTRY_NOT_FOUND."""
    _failing(host, ProfileNotFound, "PROFILE_NOT_FOUND", "profile not found", profile="slient")
    _failing(host, ProfileNotFound, "PROFILE_NOT_FOUND", "profile not found", profile="nope", registry="open")
    _failing(host, ProfileNotFound, "REGISTRY_NOT_FOUND", "registry not found", registry="nope")


@pytest.mark.parity(341, 346)
def test_middlewares_that_nobody_has(hosted: Hosted, host: Host, middleware: Make) -> None:
    """MIDDLEWARE_NOT_FOUND; where the host was made without any, it says that."""
    empty = hosted(OPEN, middleware_definitions=[])

    _failing(host, NotFound, "MIDDLEWARE_NOT_FOUND", "no middleware 'mrks'", middleware_patch=[
        {"op": "append", "use": {"name": "mrks"}},
    ])  # fmt: skip
    _failing(
        empty, UsageError, "MIDDLEWARE_DEFINITION_REGISTRY_NOT_CONFIGURED", "a middleware definition registry"
    )


def test_a_system_prompt_needs_no_middleware_of_the_application(hosted: Hosted) -> None:
    """A host with definitions of its own, or with none, still gives the profile's prompt."""
    host = hosted(OPEN, middleware_definitions=[])

    completed = host.create_engine_factory().create_session(profile="silent").run("hi")

    assert _systems(completed) == ["Mine."]


@pytest.mark.parity(336, 347)
def test_a_config_that_does_not_fit(host: Host) -> None:
    """SCHEMA_VALIDATION_FAILED after the patch: the last step is the schema."""
    patch = middleware_patch().configure("marks#a", {"times": "two"})

    _failing(host, ConfigError, "SCHEMA_VALIDATION_FAILED", "marks#a: /times: 'two'", middleware_patch=patch)


@pytest.mark.parity(336)
def test_a_config_that_fits_once_it_is_read(host: Host) -> None:
    """A number in quotes is the number, whoever says it."""
    patch = middleware_patch().configure("marks#a", {"times": "2"})

    plan = host.create_engine_factory().plan(middleware_patch=patch)

    uses = plan.resolved_runtime["middlewares"]
    assert [use["config"]["times"] for use in uses if use.get("id") == "a"] == [2]


@pytest.mark.parity(350)
def test_a_patch_that_fits_nothing(host: Host) -> None:
    """INVALID_PATCH from every method."""
    _failing(host, UsageError, "INVALID_PATCH", "did you mean marks#", middleware_patch=[
        {"op": "remove", "target": "marks#z"},
    ])  # fmt: skip
    _failing(host, UsageError, "INVALID_PATCH", "ops", middleware_patch={"op": "remove"})


@pytest.mark.parity(349)
def test_an_engine_other_than_the_profiles(hosted: Hosted) -> None:
    """MERGE_CONFLICT names who says what."""
    host = hosted(OPEN, env={"GEPPETTO__ENGINE": "wire"})

    words = "the profile is for the engine echo, and environment .* names wire"
    _failing(host, InvalidOption, "MERGE_CONFLICT", words)


@pytest.mark.parity(351)
def test_a_surprise_while_composing(hosted: Hosted) -> None:
    """What a plugin's own code raises where the run is put together becomes INFERENCE_COMPOSITION_FAILED, from every method."""

    def broken() -> Any:
        msg = "no schema today"
        raise LookupError(msg)

    text = "slug: r\nprofiles: {default: {runtime: {middlewares: [{name: m}]}}, other: {runtime: {step_settings_patch: {engine: {name: e}}}}}"
    host = hosted(text, middleware_definitions=[MiddlewareDefinition("m", lambda *_: None, broken)])
    host.registry.add(Kind.ENGINE, EngineFactory(name="e", build=lambda *_: EchoEngine(), settings=broken))

    for profile in ("default", "other"):
        _failing(
            host, UsageError, "INFERENCE_COMPOSITION_FAILED", "LookupError: no schema today", profile=profile
        )


def test_a_plugin_that_cannot_be_built_is_named(hosted: Hosted) -> None:
    """Only building shows it; the plan is fine."""
    text = "slug: r\nprofiles: {default: {runtime: {middlewares: [{name: m}]}}}"
    host = hosted(text, middleware_definitions=[MiddlewareDefinition("m", lambda *_: 1 / 0)])
    factory = host.create_engine_factory()

    factory.plan()
    with pytest.raises(MiddlewareError, match="middleware m cannot be built: ZeroDivisionError"):
        factory.create_session()


@pytest.mark.parity(11, 160)
@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"profil": "x"}, "factory input: there is no 'profil'; did you mean profile?"),
        ({"zzz": 1}, "factory input: there is no 'zzz'; known: profile, registry"),
        ({"run_defaults": {"timout": 1}}, "run_defaults: there is no 'timout'; did you mean timeout?"),
    ],
)
def test_an_option_that_does_not_exist(host: Host, given: dict[str, Any], words: str) -> None:
    """Every method names the nearest."""
    for call in CALLS:
        with pytest.raises(InvalidOption) as caught:
            getattr(host.create_engine_factory(), call)(**given)
        assert str(caught.value).startswith(words), call


def test_composing_again_gives_the_same_and_changes_nothing(host: Host) -> None:
    """Sessions of one factory share nothing; what was given is left as it is."""
    factory = host.create_engine_factory()
    overrides = {"systemPrompt": "Other.", "step_settings_patch": {"inference": {"seed": 8}}}

    first = factory.create_session(request_overrides=overrides)
    second = factory.create_session()
    first.run("hi")

    assert _systems(second.run("hi")) == ["Be brief."]
    assert second.spec.inference.seed == 7
    assert overrides == {"systemPrompt": "Other.", "step_settings_patch": {"inference": {"seed": 8}}}
    assert factory.plan() == factory.plan()


def test_an_engine_says_which_profile_it_is_from(host: Host) -> None:
    """As the engine of the profile alone does."""
    made = host.create_engine_factory().create_engine(runtime_key_fallback="mine")

    assert made.metadata == host.profile_engine(runtime_key="mine").metadata
    assert (made.metadata["profile_slug"], made.metadata["runtime_key"]) == ("default", "mine")


def test_an_application_may_have_layers_of_its_own(host: Host) -> None:
    """What it says as a default holds where nobody else says anything."""
    own = Document(
        "our defaults", Layer.SCHEMA_DEFAULTS, {"tools": {"max_parallel_tools": 1}, "system_prompt": "Ours."}
    )

    spec = host.create_engine_factory(documents=(own,)).create_engine().spec
    plan = host.create_engine_factory(documents=(own,)).plan()

    assert spec.tool_config.max_parallel_tools == 1
    assert plan.resolved_runtime["system_prompt"] == "Be brief."
    assert plan.merge_layers[0]["details"] == "our defaults"


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("name", ["request_overrides", "run_defaults"])
def test_overrides_and_defaults_are_objects(host: Host, call: str, name: str) -> None:
    """Anything else is refused under the name of the input."""
    with pytest.raises(
        InvalidOption, match=f"{name}: expected an object of names and values, got 'x'"
    ) as caught:
        getattr(host.create_engine_factory(), call)(**{name: "x"})

    assert caught.value.subject == name


def test_overrides_of_a_resolved_profile_and_of_a_builder_are_objects(host: Host) -> None:
    """The same holds where the factory is not asked."""
    with pytest.raises(InvalidOption, match="overrides: expected an object"):
        host.resolve_profile(overrides="x")
    with pytest.raises(InvalidOption, match="request_overrides: expected an object"):
        host.builder().profile(request_overrides="x").build()
